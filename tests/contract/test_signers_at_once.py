"""Signers at once never overwrite each other, over every adapter of the records."""

from concurrent.futures import ThreadPoolExecutor

from cryptography.hazmat.primitives.asymmetric import ec

from lading.adapters.keys_file import FileSigner
from lading.adapters.sql.engine import SqlRecords
from lading.oci.digest import Digest
from lading.signing.claims import Subject
from lading.signing.trust_policy_file import parse_trust_policy, write_trust_policy
from lading.signing.verdicts import Verified
from lading.workflows.local_claims import LocalClaims
from lading.workflows.sign_image import SigningPorts, sign_image
from lading.workflows.verify_image import verify_image
from tests.support.registry import NOON, ROOT, DrivenRegistry
from tests.support.signers import Signing, p256


def test_signers_at_once_never_overwrite_each_other(records: SqlRecords) -> None:
    registry = DrivenRegistry(records)
    digest = registry.push_image("shop/app", tags=("1.0",))
    subject = Subject("shop/app", digest)
    keys = [p256(f"signer-{number}") for number in range(12)]

    def sign(key: Signing) -> Digest:
        assert isinstance(key.private, ec.EllipticCurvePrivateKey)
        own = SigningPorts(registry.ports, FileSigner(key.name, key.private), "registry.example")
        return sign_image(own, ROOT, subject, NOON).attached.referrer

    with ThreadPoolExecutor(6) as threads:
        referrers = list(threads.map(sign, keys))
    assert len(set(referrers)) == len(keys)
    policy = write_trust_policy({key.name: key.public for key in keys}) + f"need = {len(keys)}\n"
    claims = LocalClaims(registry.records, registry.blobs)
    verdict = verify_image(claims, parse_trust_policy(policy), subject, NOON).signatures
    assert isinstance(verdict, Verified), verdict
    with registry.records.read() as kept:
        tag = kept.registry.tag("shop/app", f"sha256-{digest.hex}.sig")
        assert tag is not None
        stored = kept.registry.manifest("shop/app", tag.digest)
        assert stored is not None
        assert stored.raw.count(b"dev.cosignproject.cosign/signature") == len(keys)

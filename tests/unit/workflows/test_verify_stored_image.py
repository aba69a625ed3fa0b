from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from lading.adapters.keys_file import FileSigner
from lading.foundation.errors import Upstream
from lading.oci.digest import Digest
from lading.ports.claim_source import ClaimSource
from lading.signing.claims import Subject
from lading.signing.statement import PredicateType
from lading.signing.trust_policy import TrustPolicy
from lading.signing.trust_policy_file import parse_trust_policy, write_trust_policy
from lading.signing.verdicts import Rejected, Undetermined, Verified
from lading.workflows.local_claims import LocalClaims
from lading.workflows.sign_image import SigningPorts, attest_image, sign_image
from lading.workflows.verify_image import ImageVerification, verify_stored_image
from tests.support.registry import NOON, ROOT, DrivenRegistry
from tests.support.signers import Signing, p256

SERVER, OTHER = p256("server"), p256("other")
POLICY = parse_trust_policy(write_trust_policy({"server": SERVER.public}))
LATER = NOON + timedelta(days=1)


class CountingClaims(LocalClaims):
    """Counts the blobs that were read; can be told to fail at them."""

    reads = 0
    broken = False

    def blob(self, repository: str, digest: Digest, max_bytes: int) -> bytes | None:
        self.reads += 1
        if self.broken:
            raise Upstream("blob-store-busy", "too many requests")
        return super().blob(repository, digest, max_bytes)


@pytest.fixture
def registry() -> DrivenRegistry:
    return DrivenRegistry()


@pytest.fixture
def source(registry: DrivenRegistry) -> CountingClaims:
    return CountingClaims(registry.records, registry.blobs)


def sign(registry: DrivenRegistry, subject: Subject, key: Signing = SERVER) -> None:
    assert isinstance(key.private, ec.EllipticCurvePrivateKey)
    ports = SigningPorts(registry.ports, FileSigner(key.name, key.private), "registry.example.org")
    sign_image(ports, ROOT, subject, NOON)


def attest(registry: DrivenRegistry, subject: Subject) -> None:
    assert isinstance(SERVER.private, ec.EllipticCurvePrivateKey)
    ports = SigningPorts(registry.ports, FileSigner("server", SERVER.private), "registry.example.org")
    attest_image(ports, ROOT, subject, NOON, predicate_type=PredicateType.CYCLONEDX, predicate=b"{}")


def verify(
    registry: DrivenRegistry, source: ClaimSource, subject: Subject, policy: TrustPolicy = POLICY
) -> ImageVerification:
    return verify_stored_image(registry.records, source, policy, subject, LATER)


def test_the_same_claims_are_read_and_judged_once(registry: DrivenRegistry, source: CountingClaims) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    sign(registry, subject)
    attest(registry, subject)
    first = verify(registry, source, subject)
    assert source.reads == 4  # payload, envelope, and a bundle of each
    assert isinstance(first.signatures, Verified)
    assert isinstance(first.attestations[PredicateType.CYCLONEDX], Verified)
    assert verify(registry, source, subject) == first
    assert source.reads == 4


def test_that_there_is_no_signature_is_remembered_until_there_is_one(
    registry: DrivenRegistry, source: CountingClaims
) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    for _ in range(2):
        assert isinstance(verify(registry, source, subject).signatures, Rejected)
    sign(registry, subject)
    assert isinstance(verify(registry, source, subject).signatures, Verified)


def test_a_signature_that_is_taken_away_is_gone_at_once(
    registry: DrivenRegistry, source: CountingClaims
) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    sign(registry, subject)
    assert isinstance(verify(registry, source, subject).signatures, Verified)
    with registry.records.write() as kept:
        kept.registry.delete_tag("team/app", f"sha256-{subject.digest.hex}.sig", at=NOON, by="x")
        for referrer in kept.registry.referrers("team/app", subject.digest).items:
            kept.registry.delete_manifest("team/app", referrer.digest, at=NOON, by="x")
    assert isinstance(verify(registry, source, subject).signatures, Rejected)


def test_a_verdict_holds_for_one_trust_policy_only(registry: DrivenRegistry, source: CountingClaims) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    sign(registry, subject)
    others = parse_trust_policy(write_trust_policy({"other": OTHER.public}))
    assert isinstance(verify(registry, source, subject).signatures, Verified)
    assert isinstance(verify(registry, source, subject, others).signatures, Rejected)
    assert isinstance(verify(registry, source, subject).signatures, Verified)


def test_a_verdict_holds_for_one_repository_only(registry: DrivenRegistry, source: CountingClaims) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    sign(registry, subject)
    assert isinstance(verify(registry, source, subject).signatures, Verified)
    copied = Subject("other/app", registry.push_image("other/app"))
    assert copied.digest == subject.digest
    assert isinstance(verify(registry, source, copied).signatures, Rejected)


def test_what_could_not_be_told_is_asked_again(registry: DrivenRegistry, source: CountingClaims) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    sign(registry, subject)
    source.broken = True
    found = verify(registry, source, subject).signatures
    assert isinstance(found, Undetermined)
    assert found.reason == "too many requests"
    source.broken = False
    assert isinstance(verify(registry, source, subject).signatures, Verified)


def test_a_signature_of_the_index_that_comes_later_is_seen(
    registry: DrivenRegistry, source: CountingClaims
) -> None:
    child = Subject("team/app", registry.push_image("team/app"))
    assert isinstance(verify(registry, source, child).signatures, Rejected)
    index = registry.push_index("team/app", child.digest)
    assert isinstance(verify(registry, source, child).signatures, Rejected)
    sign(registry, Subject("team/app", index))
    for _ in range(2):
        found = verify(registry, source, child)
        assert isinstance(found.signatures, Verified)
        assert found.through == index

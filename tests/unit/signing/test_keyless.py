"""Trust roots as they may be imported, and files that were signed under a certificate."""

import base64
import json
from typing import Any

import pytest
from cryptography import x509

from lading.foundation.errors import Malformed
from lading.oci.digest import Digest
from lading.signing.certification import CertifiedSigner, NotCertified
from lading.signing.dsse import parse_envelope
from lading.signing.file_verification import verify_file
from lading.signing.keyless import certify_message, parse_root
from lading.signing.proofs import Trying
from lading.signing.sigstore_bundle import encode_certified_bundle, parse_bundle
from lading.signing.statement import build_statement
from lading.signing.timestamps import parse_timestamp_authority
from lading.signing.trust_policy import TrustPolicy
from lading.signing.trust_policy_file import parse_trust_policy
from lading.signing.verdicts import Rejected, Step, Verified
from tests.attacks import keyless
from tests.attacks.case import AT
from tests.support.certificates import Authority, openssl_tsa
from tests.support.signers import envelope, p256
from tests.support.sigstore_log import WHO, SigstoreLog, text

FILE = b"a file"
PRIVATE_ROOT = json.loads(keyless.unlogged_root())
STATEMENT = build_statement([("file", Digest.of(FILE))], "https://x", b"{}")


def trying(root: str) -> Trying:
    policy: TrustPolicy = parse_trust_policy(keyless.policy_of(root))
    return Trying(policy, "all", policy.signers, AT)


def message_bundle(content: bytes = FILE) -> bytes:
    who = keyless.now_certified()
    signature = who.sign(content)
    return json.dumps(
        {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "messageSignature": {"signature": text(signature)},
            "verificationMaterial": {
                "certificate": {"rawBytes": text(who.der)},
                "timestampVerificationData": {
                    "rfc3161Timestamps": [{"signedTimestamp": text(keyless.stamping()[0](signature))}]
                },
            },
        }
    ).encode()


def test_a_file_that_somebody_signed_is_verified_under_a_root_without_logs() -> None:
    private = trying(json.dumps(PRIVATE_ROOT))
    found = verify_file(FILE, message_bundle(), private)
    assert isinstance(found, Verified), found
    assert found.signers[0].key_id.startswith(WHO)
    attested = keyless.stamped(STATEMENT)
    assert isinstance(verify_file(FILE, attested, private), Verified)
    for other in (message_bundle(b"another file"), keyless.stamped()):
        assert isinstance(verify_file(FILE, other, private), Rejected)


def test_a_file_that_somebody_signed_without_a_log_is_refused_under_a_root_with_logs() -> None:
    logged = trying(keyless.LOGGED.trusted_root)
    found = verify_file(FILE, message_bundle(), logged)
    assert isinstance(found, Rejected)
    assert found.step is Step.CERTIFICATE
    root = parse_root("acme", keyless.LOGGED.trusted_root)
    assert isinstance(certify_message(b"{", root, FILE), NotCertified)
    for bundle in (b"{}", keyless.raw(keyless.bundle())):
        assert isinstance(certify_message(bundle, root, FILE), NotCertified)


def test_a_bundle_that_we_write_is_read_back() -> None:
    sealed = parse_envelope(envelope(STATEMENT, p256("x")))
    raw = encode_certified_bundle(sealed, b"certificate", b"stamp")
    found = parse_bundle(raw)
    assert (found.envelope, found.has_certificate, found.timestamps) == (sealed, True, (b"stamp",))


def changed(member: str, **entry: Any) -> str:
    document = json.loads(json.dumps(PRIVATE_ROOT))
    document[member] = [{**document[member][0], **entry}]
    return json.dumps(document)


@pytest.mark.parametrize(
    ("root", "why"),
    [
        ("{}", "certificateAuthorities must be a list"),
        (json.dumps({**PRIVATE_ROOT, "certificateAuthorities": []}), "must be a list of 1 to"),
        (json.dumps({**PRIVATE_ROOT, "timestampAuthorities": [1] * 101}), "must be a list of 1 to"),
        (json.dumps({**PRIVATE_ROOT, "timestampAuthorities": [1]}), "needs a certChain"),
        (json.dumps({**PRIVATE_ROOT, "ctlogs": [{}]}), "a log of certificates, and none of signatures"),
        (changed("certificateAuthorities", certChain=1), "needs a certChain"),
        (changed("certificateAuthorities", certChain={"certificates": [1]}), "cannot be read"),
        (changed("certificateAuthorities", certChain={"certificates": []}), "1 to 10 certificates"),
        (changed("certificateAuthorities", validFor=1), "validFor"),
        (changed("certificateAuthorities", validFor={}), "validFor"),
        (changed("timestampAuthorities", validFor={"start": "yesterday"}), "validFor"),
        (changed("timestampAuthorities", validFor={"start": "2020-01-01T00:00:00"}), "need a zone"),
        (
            changed("timestampAuthorities", validFor={"start": "2020-01-01T00:00:00Z", "end": "2021-01-01"}),
            "need a zone",
        ),
        (json.dumps({**PRIVATE_ROOT, "tlogs": [{}]}), "not a Sigstore trust root"),
        (json.dumps({**PRIVATE_ROOT, "tlogs": 1}), "not a Sigstore trust root"),
    ],
)
def test_a_root_that_is_none_is_refused_when_it_is_imported(root: str, why: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_root("acme", root)
    assert why in refused.value.message


def test_a_root_that_names_a_log_is_never_judged_as_one_that_names_none() -> None:
    assert parse_root("acme", keyless.LOGGED.trusted_root).unlogged is None
    assert parse_root("acme", json.dumps(PRIVATE_ROOT)).unlogged is not None


def test_of_two_authorities_the_one_that_issued_the_certificate_counts() -> None:
    other = keyless.authority_json(Authority("Another Root").pem)
    root = {**PRIVATE_ROOT, "certificateAuthorities": [other, *PRIVATE_ROOT["certificateAuthorities"]]}
    assert isinstance(verify_file(FILE, message_bundle(), trying(json.dumps(root))), Verified)


def test_the_moment_of_signing_is_the_timestamps_and_not_the_certificates() -> None:
    root = parse_root("acme", json.dumps(PRIVATE_ROOT))
    found = certify_message(message_bundle(), root, FILE)
    assert isinstance(found, CertifiedSigner)
    raw = base64.b64decode(json.loads(message_bundle())["verificationMaterial"]["certificate"]["rawBytes"])
    assert found.signed_at > x509.load_der_x509_certificate(raw).not_valid_before_utc


def test_a_timestamp_authority_is_found_by_its_root_by_its_chain_and_by_its_own_certificate(
    tmp_path: Any,
) -> None:
    stamp, root = openssl_tsa(tmp_path)
    own = (tmp_path / "tsa.pem").read_text()
    answer = stamp(b"message")
    for pem in (root, own + root):
        assert parse_timestamp_authority("x", pem).moment(answer, b"message") is not None
        assert parse_timestamp_authority("x", pem).moment(answer, b"other") is None
    between = Authority("Between", issuer=SigstoreLog().authority)
    assert parse_timestamp_authority("x", between.pem + root).moment(answer, b"message") is not None
    stranger = Authority("Stranger", issuer=Authority("Strange Root"))
    for pem in (stranger.pem, own + stranger.pem, SigstoreLog().authority.pem):
        assert parse_timestamp_authority("x", pem).moment(answer, b"message") is None

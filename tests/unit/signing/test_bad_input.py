"""Every attack that is known here, by its name, and the step that refuses it, with the reason."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from lading.foundation.errors import LadingError, Malformed
from lading.oci.digest import Digest
from lading.signing import cbor, notary, notary_cose, notary_signing
from lading.signing.cbor import Tagged
from lading.signing.certificates import (
    DistinguishedName,
    load_certificates,
    load_chain,
    parse_certificate_authority,
)
from lading.signing.certification import utf8_string
from lading.signing.claims import ClaimedAttestation, ClaimedNotarySignature, ClaimedSignature, Subject
from lading.signing.cosign import build_payload
from lading.signing.file_verification import verify_file
from lading.signing.keyless import has_certificate
from lading.signing.keyless_promise import parse_promised
from lading.signing.keys import public_key
from lading.signing.notary_cose import parse_cose
from lading.signing.notary_jws import parse_jws
from lading.signing.proofs import Trying
from lading.signing.sigstore_bundle import parse_bundle
from lading.signing.statement import build_statement
from lading.signing.timestamps import parse_timestamp_authority, response_of_token, token_of_response
from lading.signing.trust_policy import TrustPolicy
from lading.signing.trust_policy_file import parse_trust_policy, revoke_in
from lading.signing.verdicts import Rejected, Step, Verdict, Verified
from lading.signing.verification import (
    SignatureClaim,
    judge_attestations,
    verify_signatures,
    with_demands,
)
from tests.support.certificates import END, START, Authority, Holder, name
from tests.support.notary_envelopes import (
    AT,
    BY_AUTHORITY,
    GOOD_HEADERS,
    HOLDER,
    IMAGE,
    PAYLOAD,
    ROOT,
    cose,
    jws,
    raw_signature,
)
from tests.support.signers import envelope, p256, trust

SUBJECT = Subject("team/app", IMAGE)


def policy(root: Authority = ROOT, more: str = "", subject: str = "*", signers: str = '"who"') -> TrustPolicy:
    return parse_trust_policy(
        f'[[authorities]]\nname = "ca"\ncertificates = """\n{root.pem}"""\n{more}\n'
        f'[[certificates]]\nname = "who"\nauthority = "ca"\nsubject = "{subject}"\n'
        f'[[trust]]\nname = "all"\nrepositories = ["**"]\nsigned-as = ["**"]\nsigners = [{signers}]\n'
    )


def verdict(claim: SignatureClaim, trusted: TrustPolicy | None = None) -> Verdict:
    return verify_signatures(SUBJECT, [claim], (), trusted or policy(), at=AT)


def test_what_the_attacks_below_begin_from_is_good() -> None:
    assert isinstance(verdict(ClaimedNotarySignature(jws())), Verified)
    assert isinstance(verdict(ClaimedNotarySignature(cose(), in_cose=True)), Verified)
    rsa_holder = ROOT.issue(key=rsa.generate_private_key(65537, 3072))
    headers = {**GOOD_HEADERS, "alg": "PS384"}
    assert isinstance(verdict(ClaimedNotarySignature(jws(headers, holder=rsa_holder))), Verified)
    proven = policy(more="signing-authority = true")
    assert isinstance(verdict(ClaimedNotarySignature(jws(BY_AUTHORITY)), proven), Verified)


def _constrained(host: str) -> Holder:
    names = x509.NameConstraints([x509.DNSName("acme.example")], None)
    return Authority("Constrained", issuer=ROOT, constraints=names).issue(host=host)


def test_names_within_the_constraints_are_accepted() -> None:
    assert isinstance(
        verdict(ClaimedNotarySignature(jws(holder=_constrained("build.acme.example")))), Verified
    )


def test_a_time_that_the_authority_puts_into_the_future() -> None:
    later = {**BY_AUTHORITY, notary.AUTHENTIC_TIME: "2026-12-01T00:00:00Z"}
    found = verdict(ClaimedNotarySignature(jws(later)), policy(more="signing-authority = true"))
    assert isinstance(found, Rejected)
    assert "in the future" in found.reason


@given(st.binary(max_size=200))
def test_no_bytes_whatever_make_a_reader_raise_anything_else(raw: bytes) -> None:
    for read in (parse_cose, parse_jws, parse_bundle, token_of_response):
        try:
            read(raw)
        except LadingError:
            continue


_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.binary(max_size=300) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers(-100, 100) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=4,
)


@given(_values)
def test_what_is_written_as_cbor_is_read_back(value: Any) -> None:
    assert cbor.decode(cbor.encode(value), what="x") == value


def test_numbers_of_every_width_and_none_wider() -> None:
    for number in (0, 23, 24, 255, 256, 65_535, 65_536, 1 << 32, (1 << 64) - 1, -1, -25):
        assert cbor.decode(cbor.encode(number), what="x") == number
    assert cbor.decode(cbor.encode(Tagged(1, 5)), what="x") == Tagged(1, 5)
    with pytest.raises(ValueError, match="64 bits"):
        cbor.encode(1 << 64)


# Certificates and authorities


def test_a_certificate_that_is_itself_trusted_needs_no_path_and_keeps_its_dates() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = x509.CertificateBuilder().subject_name(name("alone")).issuer_name(name("alone"))
    leaf = leaf.public_key(key.public_key()).serial_number(7).not_valid_before(START).not_valid_after(END)
    usage = x509.KeyUsage(True, *[False] * 8)
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415

    own = leaf.add_extension(usage, critical=True).sign(key, hashes.SHA256())
    other = leaf.add_extension(usage, critical=True).sign(
        ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()
    )
    bare = leaf.sign(key, hashes.SHA256())

    def refusal(certificate: x509.Certificate, days: int = 0) -> str:
        from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

        pem = certificate.public_bytes(Encoding.PEM).decode()
        authority = parse_certificate_authority("x", pem)
        return authority.refusal([certificate], AT + timedelta(days=days))

    assert refusal(own) == ""
    assert "has expired" in refusal(own, 900)
    assert "not yet valid" in refusal(own, -900)
    assert "not signed by itself" in refusal(other)
    assert "what its key is for" in refusal(bare)


def test_a_certificate_for_every_purpose_may_sign_code() -> None:
    assert isinstance(verdict(ClaimedNotarySignature(jws(holder=ROOT.issue(purpose=None)))), Verified)


def test_what_is_no_subject_and_no_certificates() -> None:
    for text in ("", "CN", "nonsense=1", "CN", " ", "CN=a, ,"):
        with pytest.raises(Malformed):
            DistinguishedName.parse(text)
    plain = DistinguishedName.parse("C=DE,ST=BE,O=Acme\\, Inc,CN=build")
    for text in ("C=DE, ST=BE, O=Acme\\, Inc, CN=build", " CN=build,  O=Acme\\, Inc, S=BE, C=DE"):
        assert DistinguishedName.parse(text).parts == plain.parts
    assert DistinguishedName.parse("*").parts == frozenset()
    for pem in ("x", "-----BEGIN PRIVATE KEY-----", "x" * 300_000):
        with pytest.raises(Malformed):
            load_certificates(pem)
    with pytest.raises(Malformed):
        load_chain([b"\x30\x00"])


# Timestamps


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"\x30",
        b"\x31\x00",
        b"\x30\x85\0\0\0\0\0",
        b"\x30\x05\x30\x03\x02\x01\x00",
        b"\x30\x82\x00",
        b"\x30\x80",
    ],
)
def test_an_answer_of_a_timestamp_authority_without_a_timestamp(response: bytes) -> None:
    with pytest.raises(Malformed):
        token_of_response(response)


@pytest.mark.parametrize("size", [1, 200, 70_000])
def test_a_token_is_wrapped_and_taken_out_again(size: int) -> None:
    token = b"\x30" * size
    assert token_of_response(response_of_token(token)) == token


def test_timestamps_that_prove_nothing() -> None:
    authority = parse_timestamp_authority("x", ROOT.pem)
    for response in (b"", b"x", b"x" * 70_000, response_of_token(b"\x30\x00")):
        assert authority.moment(response, b"message") is None


# cosign's annotations and Sigstore bundles

ALICE, MALLORY = p256("alice"), p256("mallory")
SIMPLE = build_payload("registry.example/team/app", IMAGE)


def log_entry(**changes: Any) -> str:
    payload = {"body": "e30=", "integratedTime": 1, "logID": "", "logIndex": 1, **changes}
    return json.dumps({"Payload": payload, "SignedEntryTimestamp": "AA=="})


@pytest.mark.parametrize(
    ("certificate", "entry"),
    [
        ("x", ""),
        ("x", "{}"),
        ("x", '{"Payload":{},"SignedEntryTimestamp":"x"}'),
        ("x", log_entry(body=1)),
        ("x", log_entry(integratedTime=-1)),
        ("x", log_entry()),
        (HOLDER.pem, log_entry(body="*")),
        (HOLDER.pem, log_entry(body="W10=")),
        (HOLDER.pem, log_entry(logID="zz")),
    ],
)
def test_a_log_entry_annotation_that_is_none(certificate: str, entry: str) -> None:
    with pytest.raises(LadingError):
        parse_promised(b"x", certificate, entry)


def test_annotations_that_are_too_large_to_be_read() -> None:
    claim = ClaimedSignature(SIMPLE, ALICE.sign_text(SIMPLE), certificate="x" * 300_000)
    found = verdict(claim, trust(ALICE))
    assert isinstance(found, Rejected)
    assert found.step is Step.SIZE


def test_a_certificate_beside_a_good_signature_by_a_key_changes_nothing() -> None:
    claim = ClaimedSignature(SIMPLE, ALICE.sign_text(SIMPLE), certificate="x", timestamp="x")
    assert isinstance(verdict(claim, trust(ALICE)), Verified)
    for stamp in ("{}", '{"SignedRFC3161Timestamp":"*"}', '{"SignedRFC3161Timestamp":"AAAA"}'):
        assert isinstance(
            verdict(ClaimedSignature(SIMPLE, ALICE.sign_text(SIMPLE), timestamp=stamp), trust(ALICE)),
            Verified,
        )


def test_a_notary_signature_where_only_keys_are_trusted() -> None:
    found = verdict(ClaimedNotarySignature(jws()), trust(ALICE))
    assert isinstance(found, Rejected)
    assert found.step is Step.SIGNATURE


def test_an_envelope_with_several_signatures_of_which_one_is_good() -> None:
    statement = build_statement([("registry.example/team/app", IMAGE)], "https://x", b"{}")
    content = envelope(statement, MALLORY, ALICE)
    judged = judge_attestations(SUBJECT, [ClaimedAttestation(content)], (), trust(ALICE), at=AT)
    assert isinstance(judged.of_type("https://x").verdict, Verified)
    two = judge_attestations(
        SUBJECT, [ClaimedAttestation(content)], (), trust(ALICE, p256("bob"), need=2), at=AT
    )
    assert isinstance(two.of_type("https://x").verdict, Rejected)


def test_bundles_with_damaged_timestamps_are_read_without_them() -> None:
    base = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "dsseEnvelope": json.loads(envelope(b"{}", ALICE)),
    }
    damaged: list[Any] = [1, [1], [{}], [{"signedTimestamp": "*"}], [{"signedTimestamp": 1}]]
    for stamps in damaged:
        material = {"timestampVerificationData": {"rfc3161Timestamps": stamps}}
        found = parse_bundle(json.dumps({**base, "verificationMaterial": material}).encode())
        assert found.timestamps in {(), (b"",)}
    assert not has_certificate({"verificationMaterial": 1})


@pytest.mark.parametrize("raw", [b"", b"\x0c", b"\x0c\x05abc", b"\x13\x03abc", b"\x0c\x82\x00\x03abc"])
def test_an_issuer_that_is_no_text(raw: bytes) -> None:
    with pytest.raises(ValueError, match="not text"):
        utf8_string(raw)
    assert utf8_string(b"\x0c\x03abc") == "abc"
    assert utf8_string(b"\x0c\x81\x80" + b"a" * 128) == "a" * 128


# Files


def file_bundle(**members: Any) -> bytes:
    return json.dumps({"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", **members}).encode()


def signed_file(content: bytes = b"file", digest: bytes | None = None) -> bytes:
    signature: dict[str, Any] = {"signature": ALICE.sign_text(content)}
    if digest is not None:
        signature["messageDigest"] = {"digest": base64.b64encode(digest).decode()}
    return file_bundle(messageSignature=signature, verificationMaterial={"publicKey": {}})


def enveloped(digest: Digest, payload_type: str = "application/vnd.in-toto+json") -> Any:
    statement = build_statement([("file", digest)], "https://x", b"{}")
    return json.loads(envelope(statement, ALICE, payload_type=payload_type))


FILE_DIGEST = Digest.of(b"file")
CERTIFIED = {"verificationMaterial": {"certificate": {"rawBytes": ""}}}


@pytest.mark.parametrize(
    ("bundle", "step"),
    [
        (b"{", Step.ENCODING),
        (b"{}", Step.ENCODING),
        (file_bundle(messageSignature=1), Step.SIGNATURE),
        (file_bundle(messageSignature={"signature": "*"}), Step.ENCODING),
        (signed_file(b"other"), Step.SIGNATURE),
        (signed_file(b"file", b"x" * 32), Step.DIGEST),
        (file_bundle(messageSignature={"signature": ""}, **CERTIFIED), Step.SIGNATURE),
        (file_bundle(dsseEnvelope=1), Step.ENCODING),
        (file_bundle(dsseEnvelope={}), Step.ENCODING),
        (file_bundle(dsseEnvelope=enveloped(FILE_DIGEST), messageSignature={}), Step.ENCODING),
        (file_bundle(dsseEnvelope=enveloped(FILE_DIGEST, "text/plain")), Step.ENCODING),
        (file_bundle(dsseEnvelope=enveloped(FILE_DIGEST), **CERTIFIED), Step.SIGNATURE),
        (file_bundle(dsseEnvelope=enveloped(IMAGE)), Step.DIGEST),
        (file_bundle(dsseEnvelope=json.loads(envelope(b"{}", ALICE))), Step.PAYLOAD),
        (file_bundle(dsseEnvelope=json.loads(envelope(b"{}", MALLORY))), Step.SIGNATURE),
    ],
)
def test_files_that_must_be_refused(bundle: bytes, step: Step) -> None:
    trusted = trust(ALICE)
    found = verify_file(b"file", bundle, Trying(trusted, "all", trusted.signers, AT))
    assert isinstance(found, Rejected)
    assert found.step is step, found


def test_files_that_are_good() -> None:
    trusted = trust(ALICE)
    for bundle in (signed_file(), file_bundle(dsseEnvelope=enveloped(FILE_DIGEST))):
        found = verify_file(b"file", bundle, Trying(trusted, "all", trusted.signers, AT))
        assert isinstance(found, Verified), found


# What a rule demands


DEMANDING = """
[[trust]]
name = "attested"
repositories = ["**"]
signed-as = ["**"]
signers = ["alice"]
[[trust.attestations]]
type = "https://x"
signers = ["bob"]
"""
BOB = p256("bob")


def demanded(*claims: ClaimedAttestation, failed: Any = ()) -> Verdict:
    policy_ = trust(ALICE, BOB, rules=DEMANDING)
    signature = ClaimedSignature(SIMPLE, ALICE.sign_text(SIMPLE))
    own = verify_signatures(SUBJECT, [signature], (), policy_, at=AT)
    return with_demands(own, judge_attestations(SUBJECT, claims, failed, policy_, at=AT))


def test_a_signed_image_without_the_attestation_that_its_rule_demands() -> None:
    from lading.signing.claims import FailedLookup  # noqa: PLC0415
    from lading.signing.verdicts import Undetermined  # noqa: PLC0415

    statement = build_statement([("registry.example/team/app", IMAGE)], "https://x", b"{}")
    assert isinstance(demanded(ClaimedAttestation(envelope(statement, BOB))), Verified)
    missing = demanded()
    assert isinstance(missing, Rejected)
    assert missing.step is Step.ATTESTATIONS
    by_alice = demanded(ClaimedAttestation(envelope(statement, ALICE)))
    assert isinstance(by_alice, Rejected), "who may sign the image may not attest for all that"
    other = build_statement([("registry.example/team/app", Digest.of(b"other"))], "https://x", b"{}")
    assert isinstance(demanded(ClaimedAttestation(envelope(other, BOB))), Rejected)
    lost = demanded(failed=(FailedLookup("referrers", "429"),))
    assert isinstance(lost, Undetermined)


def test_a_rule_that_asks_for_attestations_alone() -> None:
    rules = DEMANDING.replace('signers = ["alice"]\n', "")
    policy_ = trust(ALICE, BOB, rules=rules)
    own = verify_signatures(SUBJECT, [], (), policy_, at=AT)
    judged = judge_attestations(SUBJECT, [], (), policy_, at=AT)
    found = with_demands(own, judged)
    assert isinstance(found, Rejected)
    assert found.step is Step.ATTESTATIONS


def test_revoking_writes_into_the_text_and_only_once() -> None:
    text = policy().text
    revoked = revoke_in(text, "who", AT, 'stolen "laptop"\n')
    window = parse_trust_policy(revoked).signers[0].window
    assert (window.revoked, window.reason) == (AT, 'stolen "laptop"')
    for signer in ("who", "nobody"):
        with pytest.raises(LadingError):
            revoke_in(revoked, signer, AT, "again")


def test_a_key_of_another_kind_in_a_certificate() -> None:
    edwards = ed25519.Ed25519PrivateKey.generate()
    builder = x509.CertificateBuilder().subject_name(name("x")).issuer_name(name("Acme Root"))
    builder = builder.public_key(edwards.public_key()).serial_number(1)
    leaf = builder.not_valid_before(START).not_valid_after(END)
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

    made = leaf.sign(ROOT.key, hashes.SHA256()).public_bytes(Encoding.DER)
    found = verdict(ClaimedNotarySignature(jws(chain=[made], signature=b"x" * 64)))
    assert isinstance(found, Rejected)
    assert found.step is Step.SIGNATURE
    assert raw_signature(HOLDER, b"x")


def test_a_certificate_holder_who_is_revoked_counts_no_more() -> None:
    revoked = parse_trust_policy(
        policy().text.replace('subject = "*"\n', 'subject = "*"\nrevoked = 2026-02-01T00:00:00Z\n')
    )
    found = verdict(ClaimedNotarySignature(jws()), revoked)
    assert isinstance(found, Rejected)
    assert found.step is Step.TIME


def test_an_expiry_that_we_write_in_cose_is_minded() -> None:
    for expiry, good in ((AT + timedelta(days=1), True), (AT - timedelta(hours=1), False)):
        protected = notary_cose.protected_part("ES256", AT - timedelta(days=1), expiry)
        found = verdict(ClaimedNotarySignature(cose(protected), in_cose=True))
        assert isinstance(found, Verified) is good, found


def test_a_key_that_notary_signatures_are_not_written_with() -> None:
    edwards = public_key(ed25519.Ed25519PrivateKey.generate().public_key())
    with pytest.raises(Malformed, match="ECDSA"):
        notary_signing.sign(edwards, lambda _: b"", PAYLOAD, HOLDER.ders, AT, in_cose=False)

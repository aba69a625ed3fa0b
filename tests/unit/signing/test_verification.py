"""Each refusal is a case named after the attack, and is refused at the step that it should be."""

import base64
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from lading.oci.digest import Digest
from lading.signing.claims import ClaimedSignature, FailedLookup, Subject
from lading.signing.cosign import MAX_PAYLOAD_BYTES, build_payload
from lading.signing.keys import parse_public_key
from lading.signing.trust_policy import TrustPolicy
from lading.signing.trust_policy_file import parse_trust_policy, write_trust_policy
from lading.signing.verdicts import Rejected, Signer, Step, Undetermined, Verdict, Verified
from lading.signing.verification import verify_signatures
from tests.support.signers import Signing, p256, trust

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
IMAGE = Digest.of(b"an image")
OTHER_IMAGE = Digest.of(b"another image")
SUBJECT = Subject("team/app", IMAGE)
NAME = "registry.example.org/team/app"
ALICE, BOB, MALLORY = p256("alice"), p256("bob"), p256("mallory")
PAYLOAD = build_payload(NAME, IMAGE)
TRUST_ALICE = trust(ALICE)


def signed(signer: Signing, payload: bytes = PAYLOAD) -> ClaimedSignature:
    return ClaimedSignature(payload, signer.sign_text(payload))


def with_signature(signature: bytes, payload: bytes = PAYLOAD) -> ClaimedSignature:
    return ClaimedSignature(payload, base64.b64encode(signature).decode())


def verdict(
    *claims: ClaimedSignature,
    policy: TrustPolicy = TRUST_ALICE,
    failed: tuple[FailedLookup, ...] = (),
    subject: Subject = SUBJECT,
) -> Verdict:
    return verify_signatures(subject, claims, failed, policy, at=AT)


def rejected_at(*claims: ClaimedSignature, **options: Any) -> Step:
    found = verdict(*claims, **options)
    assert isinstance(found, Rejected), found
    assert found.reason
    return found.step


def is_verified(*claims: ClaimedSignature, **options: Any) -> bool:
    return isinstance(verdict(*claims, **options), Verified)


def test_a_signature_by_a_trusted_key_is_verified_with_key_rule_and_time() -> None:
    assert verdict(signed(ALICE)) == Verified((Signer("alice", ALICE.public.id),), AT, "all")


@pytest.mark.parametrize(
    "signer",
    [
        Signing("p384", ec.generate_private_key(ec.SECP384R1())),
        Signing("ed25519", ed25519.Ed25519PrivateKey.generate()),
        Signing("rsa", rsa.generate_private_key(65537, 3072)),
    ],
    ids=lambda signer: str(signer.name),
)
def test_every_kind_of_key_verifies_its_own_signatures_and_no_others(signer: Signing) -> None:
    assert is_verified(signed(signer), policy=trust(signer))
    assert is_verified(signed(signer), policy=trust(ALICE, signer))
    assert rejected_at(signed(ALICE), policy=trust(signer)) in {Step.ENCODING, Step.SIGNATURE}
    changed = ClaimedSignature(PAYLOAD + b" ", signed(signer).signature)
    assert rejected_at(changed, policy=trust(signer)) is Step.SIGNATURE


def test_a_p384_signature_over_the_curves_own_digest_is_verified() -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    claim = with_signature(key.sign(PAYLOAD, ec.ECDSA(hashes.SHA384())))
    assert is_verified(claim, policy=trust(Signing("p384", key)))


# Step 1: the rule


def test_repository_that_no_rule_covers() -> None:
    policy = trust(ALICE, repositories='["other/**"]')
    assert rejected_at(signed(ALICE), policy=policy) is Step.RULE


def test_repository_that_no_rule_covers_is_rejected_even_when_a_lookup_failed() -> None:
    policy = trust(ALICE, repositories='["other/**"]')
    assert rejected_at(policy=policy, failed=(FailedLookup("tag x", "busy"),)) is Step.RULE


def test_key_that_is_trusted_for_other_repositories_only() -> None:
    rules = """
    [[trust]]
    name = "ours"
    repositories = ["team/**"]
    keys = ["alice"]
    [[trust]]
    name = "theirs"
    repositories = ["**"]
    keys = ["bob"]
    """
    policy = trust(ALICE, BOB, rules=rules)
    assert is_verified(signed(ALICE), policy=policy)
    assert rejected_at(signed(BOB), policy=policy) is Step.SIGNATURE


# Step 2: presence, and lookups that failed


def test_unsigned() -> None:
    assert verdict() == Rejected(Step.PRESENT, "there is no signature")


def test_nothing_found_because_a_lookup_failed_is_not_unsigned() -> None:
    failed = (
        FailedLookup("tag sha256-0.sig", "the registry answered 429"),
        FailedLookup("referrers", "late"),
    )
    assert verdict(failed=failed) == Undetermined("tag sha256-0.sig", "the registry answered 429")


def test_only_bad_signatures_found_while_a_lookup_failed_cannot_tell() -> None:
    assert isinstance(verdict(signed(MALLORY), failed=(FailedLookup("referrers", "late"),)), Undetermined)


def test_a_good_signature_counts_although_another_lookup_failed() -> None:
    assert is_verified(signed(ALICE), failed=(FailedLookup("referrers", "late"),))


# Step 3: size


def test_huge_payload() -> None:
    payload = build_payload(NAME, IMAGE, {"padding": "x" * MAX_PAYLOAD_BYTES})
    assert rejected_at(signed(ALICE, payload)) is Step.SIZE


def test_huge_payload_that_was_not_even_fetched() -> None:
    assert rejected_at(ClaimedSignature(None, signed(ALICE).signature)) is Step.SIZE


# Step 4: encoding


@pytest.mark.parametrize(
    "text",
    ["", "!", "AAAA", "é" * 40, "A" * 5000, "MEUCIQ==", "MEUC\nIQ=="],
    ids=["empty", "not-base64", "not-der", "not-ascii", "huge", "short", "line-end"],
)
def test_signature_that_is_none(text: str) -> None:
    assert rejected_at(ClaimedSignature(PAYLOAD, text)) is Step.ENCODING


def test_truncated_der() -> None:
    signature = ALICE.sign(PAYLOAD)
    assert rejected_at(with_signature(signature[:-1])) is Step.ENCODING


def test_der_with_bytes_after_it() -> None:
    assert rejected_at(with_signature(ALICE.sign(PAYLOAD) + b"\0")) is Step.ENCODING


def test_der_with_a_padded_number() -> None:
    r, s = decode_dss_signature(ALICE.sign(PAYLOAD))
    number = r.to_bytes(33, "big")
    padded = b"\x02\x22\0" + number if number[0] == 0 else b"\x02\x21" + number
    tail = encode_dss_signature(1, s)[5:]
    body = padded + tail
    assert rejected_at(with_signature(bytes([0x30, len(body)]) + body)) is Step.ENCODING


def test_der_with_a_long_length_form() -> None:
    signature = ALICE.sign(PAYLOAD)
    assert rejected_at(with_signature(b"\x30\x81" + signature[1:])) is Step.ENCODING


@pytest.mark.parametrize(("r", "s"), [(0, 0), (0, 1), (1, 0)])
def test_psychic_signature(r: int, s: int) -> None:
    """CVE-2022-21449: zeros as the numbers of a signature."""
    assert rejected_at(with_signature(encode_dss_signature(r, s))) is Step.SIGNATURE


def test_raw_signature_where_der_is_due() -> None:
    r, s = decode_dss_signature(ALICE.sign(PAYLOAD))
    assert rejected_at(with_signature(r.to_bytes(32, "big") + s.to_bytes(32, "big"))) is Step.ENCODING


# Step 5: the signature


def test_signature_by_a_key_that_is_not_trusted() -> None:
    found = verdict(signed(MALLORY))
    assert found == Rejected(
        Step.SIGNATURE, "no signer of the rule 'all' made the signature (signers: alice)"
    )


def test_payload_changed_after_signing() -> None:
    changed = build_payload(NAME, OTHER_IMAGE)
    assert rejected_at(ClaimedSignature(changed, signed(ALICE).signature)) is Step.SIGNATURE


def test_algorithm_confusion_with_a_shorter_digest() -> None:
    private = ALICE.private
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    for weak in (hashes.SHA224(), hashes.SHA3_256()):
        assert rejected_at(with_signature(private.sign(PAYLOAD, ec.ECDSA(weak)))) is Step.SIGNATURE


def test_algorithm_confusion_with_the_public_key_as_a_secret() -> None:
    mac = hmac.new(ALICE.pem.encode(), PAYLOAD, "sha256").digest()
    assert rejected_at(with_signature(mac)) is Step.ENCODING


def test_algorithm_named_by_the_payload_is_not_listened_to() -> None:
    payload = build_payload(NAME, IMAGE, {"alg": "none"})
    assert rejected_at(ClaimedSignature(payload, "")) is Step.ENCODING


# Step 6: the payload, which is read only when the signature is good


def test_duplicate_keys_in_the_payload() -> None:
    text = PAYLOAD.decode().replace(
        '"image":', f'"image":{{"docker-manifest-digest":"{OTHER_IMAGE}"}},"image":'
    )
    assert rejected_at(signed(ALICE, text.encode())) is Step.PAYLOAD


def changed_payload(**changes: object) -> bytes:
    document = json.loads(PAYLOAD)
    for path, value in changes.items():
        *way, last = path.split("__")
        place = document
        for member in way:
            place = place[member]
        place[last] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"\xff",
        b"{" * 300,
        b'{"critical":null}',
        changed_payload(critical={}),
        changed_payload(critical__type="atomic container signature"),
        changed_payload(critical__identity=None),
        changed_payload(critical__image={"docker-manifest-digest": 7}),
        changed_payload(critical__image={"docker-manifest-digest": "sha256:0"}),
        changed_payload(critical__image={"docker-manifest-digest": f"{IMAGE}\n"}),
        changed_payload(optional=[]),
    ],
    ids=[
        "empty", "list", "not-utf8", "deep", "null", "bare", "other-type", "no-identity", "number",
        "short-digest", "line-end", "optional-list",
    ],
)  # fmt: skip
def test_signed_payload_that_cannot_be_read(payload: bytes) -> None:
    assert rejected_at(signed(ALICE, payload)) is Step.PAYLOAD


def test_payload_that_is_not_signed_is_not_read() -> None:
    assert rejected_at(ClaimedSignature(b"{" * 300, signed(ALICE).signature)) is Step.SIGNATURE


# Step 7: the digest


def test_signature_of_another_image_moved_here() -> None:
    found = verdict(signed(ALICE, build_payload(NAME, OTHER_IMAGE)))
    assert found == Rejected(Step.DIGEST, f"the signature is of {OTHER_IMAGE}, not of {IMAGE}")


# Step 8: the identity


@pytest.mark.parametrize(
    "name",
    [
        "registry.example.org/team/other",
        "registry.example.org/other/app",
        "registry.example.org/team/app/x",
        "team/app/..",
        "",
        "registry.example.org/team/app\n",
    ],
)
def test_signature_for_another_repository_moved_here(name: str) -> None:
    assert rejected_at(signed(ALICE, build_payload(name, IMAGE))) is Step.IDENTITY


@pytest.mark.parametrize("name", [NAME, f"{NAME}:1.0", f"{NAME}@{IMAGE}", "127.0.0.1:5000/team/app"])
def test_one_repository_under_several_names_of_its_registry(name: str) -> None:
    assert is_verified(signed(ALICE, build_payload(name, IMAGE)))


def test_a_rule_may_accept_signatures_made_for_an_upstream_repository() -> None:
    rules = """
    [[trust]]
    name = "mirror"
    repositories = ["team/*"]
    keys = ["alice"]
    signed-as = ["upstream/*"]
    """
    policy = trust(ALICE, rules=rules)
    assert is_verified(signed(ALICE, build_payload("quay.io/upstream/app", IMAGE)), policy=policy)
    assert rejected_at(signed(ALICE, build_payload("quay.io/x/app", IMAGE)), policy=policy) is Step.IDENTITY


# Step 10: how many, and several signatures of which one is good


def test_a_good_signature_among_bad_ones_in_any_place() -> None:
    bad = [signed(MALLORY), ClaimedSignature(PAYLOAD, "!"), ClaimedSignature(None, "")]
    for at in range(4):
        assert is_verified(*bad[:at], signed(ALICE), *bad[at:])


def test_of_several_bad_signatures_the_one_that_got_furthest_is_the_reason() -> None:
    furthest = signed(ALICE, build_payload("registry.example.org/x", IMAGE))
    assert rejected_at(ClaimedSignature(PAYLOAD, "!"), furthest, signed(MALLORY)) is Step.IDENTITY


def test_two_signers_where_two_are_needed() -> None:
    found = verdict(signed(BOB), signed(ALICE), policy=trust(ALICE, BOB, need=2))
    assert isinstance(found, Verified)
    assert {signer.name for signer in found.signers} == {"alice", "bob"}


def test_one_signer_where_two_are_needed() -> None:
    found = verdict(signed(ALICE), signed(MALLORY), policy=trust(ALICE, BOB, need=2))
    assert found == Rejected(Step.THRESHOLD, "the rule 'all' needs 2 signers; there is only alice")


def test_one_signer_who_signed_twice_is_still_one() -> None:
    claims = signed(ALICE), signed(ALICE), signed(ALICE, build_payload(NAME, IMAGE, {"again": "yes"}))
    assert rejected_at(*claims, policy=trust(ALICE, BOB, need=2)) is Step.THRESHOLD


def test_one_of_two_signers_found_while_a_lookup_failed_cannot_tell() -> None:
    found = verdict(signed(ALICE), policy=trust(ALICE, BOB, need=2), failed=(FailedLookup("blob x", "late"),))
    assert isinstance(found, Undetermined)


# Nothing raises


@given(st.one_of(st.none(), st.binary(max_size=400)), st.text(max_size=200))
def test_no_claim_whatever_makes_the_verifier_raise_or_believe(payload: bytes | None, signature: str) -> None:
    assert isinstance(verdict(ClaimedSignature(payload, signature)), Rejected)


@given(st.binary(max_size=400))
def test_no_signed_payload_whatever_makes_the_verifier_raise_or_believe(payload: bytes) -> None:
    assert isinstance(verdict(signed(ALICE, payload)), Rejected)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_changed_byte_of_the_payload_is_believed(at: int, flip: int) -> None:
    changed = bytearray(PAYLOAD)
    changed[at % len(changed)] ^= flip
    assert isinstance(verdict(ClaimedSignature(bytes(changed), signed(ALICE).signature)), Rejected)


# Public vectors: an image that alice, bob and charlie signed with cosign


def connaisseur(shared_data: Path) -> tuple[list[ClaimedSignature], Path]:
    folder = shared_data / "signatures" / "connaisseur" / "cosign"
    image = folder / "securesystemsengineering" / "testimage"
    hex_ = "bfec161fecb0a887df7cb85e4da327c65986ccda7060cf3cd92171c6c90d7533"
    manifest = json.loads((image / "manifests" / f"sha256-{hex_}.sig.json").read_text())
    claims = []
    for layer in manifest["layers"]:
        payload = (image / "blobs" / (layer["digest"].replace(":", "_") + ".json")).read_bytes()
        assert str(Digest.of(payload)) == layer["digest"]
        claims.append(ClaimedSignature(payload, layer["annotations"]["dev.cosignproject.cosign/signature"]))
    return claims, folder


def test_public_vector_signed_by_three_with_cosign(shared_data: Path) -> None:
    claims, folder = connaisseur(shared_data)
    keys = {
        name: parse_public_key((folder / f"{name}.key").read_bytes()) for name in ("alice", "bob", "charlie")
    }
    text = write_trust_policy(keys)
    hex_ = "bfec161fecb0a887df7cb85e4da327c65986ccda7060cf3cd92171c6c90d7533"
    subject = Subject("securesystemsengineering/testimage", Digest("sha256", hex_))
    three = parse_trust_policy(text + "need = 3\n")
    found = verify_signatures(subject, claims, (), three, at=AT)
    assert isinstance(found, Verified)
    assert {signer.name for signer in found.signers} == {"alice", "bob", "charlie"}
    moved = Subject("securesystemsengineering/other", subject.digest)
    assert rejected_at(*claims, subject=moved, policy=three) is Step.IDENTITY
    replayed = Subject(subject.repository, OTHER_IMAGE)
    assert rejected_at(*claims, subject=replayed, policy=three) is Step.DIGEST
    stranger = parse_public_key((folder / "default.key").read_bytes())
    policy = parse_trust_policy(write_trust_policy({"default": stranger}))
    assert rejected_at(*claims, subject=subject, policy=policy) is Step.SIGNATURE

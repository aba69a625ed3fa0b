"""Signatures in Sigstore bundles; each refusal is a case named after the attack."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.foundation.errors import LadingError
from lading.oci.digest import Digest
from lading.signing.claims import ClaimedAttestation, Subject
from lading.signing.sigstore_bundle import BUNDLE_TYPE, COSIGN_SIGN, parse_bundle
from lading.signing.statement import build_statement, parse_statement
from lading.signing.trust_policy import TrustPolicy
from lading.signing.verdicts import Rejected, Step, Verdict, Verified
from lading.signing.verification import verify_signatures
from tests.support.signers import Signing, envelope, p256, trust

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
IMAGE, OTHER_IMAGE = Digest.of(b"an image"), Digest.of(b"another image")
SUBJECT = Subject("team/app", IMAGE)
ALICE, MALLORY = p256("alice"), p256("mallory")
RULE = '[[trust]]\nname = "r"\nrepositories = ["**"]\nkeys = ["alice"]\n'
STRICT = trust(ALICE, rules=RULE)
ANY_NAME = trust(ALICE, rules=RULE + 'signed-as = ["**"]\n')


def bundle(raw_envelope: bytes, **changes: object) -> bytes:
    document: dict[str, object] = {
        "mediaType": BUNDLE_TYPE,
        "verificationMaterial": {"publicKey": {"hint": "x"}},
        "dsseEnvelope": json.loads(raw_envelope),
    }
    return json.dumps(document | changes).encode()


def signed(
    *, name: str = "", digest: Digest = IMAGE, type_: str = COSIGN_SIGN, signer: Signing = ALICE
) -> bytes:
    return bundle(envelope(build_statement([(name, digest)], type_, b"{}"), signer))


def verdict(*bundles: bytes | None, policy: TrustPolicy = ANY_NAME) -> Verdict:
    claims = [ClaimedAttestation(raw, in_bundle=True) for raw in bundles]
    return verify_signatures(SUBJECT, claims, (), policy, at=AT)


def rejected_at(*bundles: bytes | None, **options: Any) -> Step:
    found = verdict(*bundles, **options)
    assert isinstance(found, Rejected)
    return found.step


def test_a_signature_that_names_the_repository_is_verified() -> None:
    found = verdict(signed(name="registry.example.org/team/app"), policy=STRICT)
    assert isinstance(found, Verified)
    assert [signer.name for signer in found.signers] == ["alice"]


def test_a_signature_that_names_no_repository_counts_only_where_any_name_does() -> None:
    assert rejected_at(signed(), policy=STRICT) is Step.IDENTITY
    assert isinstance(verdict(signed(), policy=ANY_NAME), Verified)


def test_a_signature_for_another_repository() -> None:
    elsewhere = signed(name="registry.example.org/team/other")
    assert rejected_at(elsewhere, policy=STRICT) is Step.IDENTITY
    assert isinstance(verdict(elsewhere, policy=ANY_NAME), Verified)


def test_a_signature_of_another_image() -> None:
    assert rejected_at(signed(digest=OTHER_IMAGE)) is Step.DIGEST


def test_an_sbom_is_no_signature() -> None:
    assert rejected_at(signed(type_="https://cyclonedx.org/bom")) is Step.PAYLOAD


def test_a_signature_by_a_key_that_is_not_trusted() -> None:
    assert rejected_at(signed(signer=MALLORY)) is Step.SIGNATURE


def test_a_key_that_the_bundle_brings_along_is_not_believed() -> None:
    material = {"publicKey": {"hint": ALICE.public.id, "rawBytes": "AAAA"}}
    raw = json.loads(signed(signer=MALLORY)) | {"verificationMaterial": material}
    assert rejected_at(json.dumps(raw).encode()) is Step.SIGNATURE


def test_a_huge_bundle_that_was_not_even_fetched() -> None:
    assert rejected_at(None) is Step.SIZE


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        signed()[:-1] + b',"dsseEnvelope":{}}',
        bundle(b"{}", mediaType="application/vnd.dev.sigstore.bundle+json;version=0.1"),
        bundle(b"{}", dsseEnvelope=None),
        bundle(b"{}", dsseEnvelope={}),
        bundle(envelope(b"{}", ALICE), messageSignature={}),
    ],
    ids=["empty", "list", "duplicate-keys", "old", "no-envelope", "empty-envelope", "two-contents"],
)
def test_a_bundle_that_cannot_be_read(raw: bytes) -> None:
    assert rejected_at(raw) is Step.ENCODING


def test_a_good_bundle_among_bad_ones() -> None:
    assert isinstance(verdict(b"", signed(signer=MALLORY), signed(), None), Verified)


@given(st.binary(max_size=300))
def test_no_bundle_whatever_makes_the_verifier_raise_or_believe(raw: bytes) -> None:
    assert isinstance(verdict(raw), Rejected)


def test_a_public_bundle_is_read(shared_data: Path) -> None:
    path = shared_data / "signatures" / "cosign" / "pkg-cosign" / "oci-attestation.sigstore.json"
    found = parse_bundle(path.read_bytes()).envelope
    statement = parse_statement(found.payload)
    assert statement.predicate_type == "https://cosign.sigstore.dev/attestation/v1"
    assert len(found.signatures) == 1


def test_public_bundles_that_must_be_refused_or_are_about_no_image_are_not_read(shared_data: Path) -> None:
    folder = shared_data / "signatures" / "sigstore-conformance" / "bundle-verify"
    for case in ("bundle-malformed-json_fail", "bundle-unknown-version_fail", "managed-key-happy-path"):
        (path,) = (folder / case).glob("*.sigstore.json")
        with pytest.raises(LadingError):
            parse_bundle(path.read_bytes())

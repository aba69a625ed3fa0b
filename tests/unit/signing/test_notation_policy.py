"""notation's trust is carried over as it is meant, and what cannot be is named."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from lading.adapters.notation_folder import read_notation
from lading.foundation.errors import LadingError, Malformed
from lading.signing.claims import ClaimedNotarySignature, Subject
from lading.signing.notation_policy import import_notation
from lading.signing.trust_policy_file import parse_trust_policy
from lading.signing.verdicts import Rejected, Step, Verdict, Verified
from lading.signing.verification import verify_signatures
from tests.support.certificates import Authority
from tests.support.notary_envelopes import AT, BY_AUTHORITY, IMAGE, ROOT, jws

STORES = {"ca:acme": ROOT.pem, "tsa:time": Authority("Time").pem, "signingAuthority:sa": ROOT.pem}


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "name": "images",
        "registryScopes": ["registry.example/team/app"],
        "signatureVerification": {"level": "strict"},
        "trustStores": ["ca:acme"],
        "trustedIdentities": ["x509.subject: C=DE, O=Acme, CN=build"],
        **changes,
    }


def document(*entries: Any) -> bytes:
    return json.dumps({"version": "1.0", "trustPolicies": list(entries)}).encode()


def verdict(*entries: Any, repository: str = "team/app", envelope: bytes | None = None) -> Verdict:
    policy = parse_trust_policy(import_notation(document(*entries), STORES).text)
    claim = ClaimedNotarySignature(envelope or jws())
    return verify_signatures(Subject(repository, IMAGE), [claim], (), policy, at=AT)


def step(found: Verdict) -> Step:
    assert isinstance(found, Rejected), found
    return found.step


def test_a_signature_is_judged_as_notation_would() -> None:
    assert isinstance(verdict(entry()), Verified)
    assert step(verdict(entry(), repository="team/other")) is Step.RULE
    assert isinstance(verdict(entry(registryScopes=["*"]), repository="team/other"), Verified)
    assert isinstance(verdict(entry(trustedIdentities=["*"])), Verified)
    assert step(verdict(entry(trustedIdentities=["x509.subject: C=DE, O=Other"]))) is Step.SIGNER
    both = entry(trustedIdentities=["x509.subject: C=DE, O=Other", "x509.subject: C=DE, O=Acme"])
    assert isinstance(verdict(both), Verified)
    assert isinstance(verdict(entry(trustStores=["ca:acme", "tsa:time"])), Verified)


def test_only_a_signing_authority_may_vouch_for_time() -> None:
    assert step(verdict(entry(), envelope=jws(BY_AUTHORITY))) is Step.CERTIFICATE
    vouching = entry(trustStores=["signingAuthority:sa"])
    assert isinstance(verdict(vouching, envelope=jws(BY_AUTHORITY)), Verified)


@pytest.mark.parametrize("level", ["audit", "skip"])
def test_a_level_that_refuses_nothing_becomes_no_rule_and_is_named(level: str) -> None:
    lax = entry(signatureVerification={"level": level})
    found = import_notation(document(lax), STORES)
    assert found.left_out == (f"'images': level {level!r} refuses nothing, so it is no rule of trust",)
    assert step(verdict(lax)) is Step.RULE


def test_what_is_made_stricter_is_named() -> None:
    given = {"level": "permissive", "override": {"expiry": "log"}}
    found = import_notation(document(entry(signatureVerification=given)), STORES)
    assert len(found.left_out) == 2
    assert "override" in found.left_out[0]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'{"version":"1.0","version":"1.0"}',
        b'{"version":"2.0","trustPolicies":[]}',
        document(1),
        document(entry(signatureVerification=1)),
        document(entry(signatureVerification={})),
        document(entry(trustStores=1)),
        document(entry(trustStores=["ca:missing"])),
        document(entry(trustStores=["tpm:acme"])),
        document(entry(trustedIdentities=["email: x"])),
        document(entry(trustedIdentities=["x509.subject: "])),
        document(entry(registryScopes=[""])),
        b" " * (2 << 20),
    ],
)
def test_what_cannot_be_carried_over_is_refused(raw: bytes) -> None:
    with pytest.raises(LadingError):
        import_notation(raw, STORES)


def test_a_subject_that_would_leave_its_text_stays_in_it() -> None:
    hostile = 'x509.subject: CN=a"\n[[trust]]\nname = "everything'
    with pytest.raises(Malformed):
        parse_trust_policy(import_notation(document(entry(trustedIdentities=[hostile])), STORES).text)
    named = import_notation(document(entry(name='a"\n[[trust]]')), STORES)
    assert [rule.name for rule in parse_trust_policy(named.text).rules] == ['a"\n[[trust]]']


def test_the_folder_is_read_whether_its_certificates_are_pem_or_der(tmp_path: Path) -> None:
    store = tmp_path / "truststore" / "x509" / "ca" / "acme"
    store.mkdir(parents=True)
    with pytest.raises(LadingError, match=r"there is no trustpolicy.json"):
        read_notation(tmp_path)
    (tmp_path / "trustpolicy.json").write_bytes(document(entry()))
    (store / "root.crt").write_bytes(ROOT.certificate.public_bytes(Encoding.DER))
    (store / "other.pem").write_text(Authority("Other").pem)
    assert len(parse_trust_policy(read_notation(tmp_path).text).rules) == 1
    (store / "broken.pem").write_text("x")
    with pytest.raises(LadingError, match="holds no certificate"):
        read_notation(tmp_path)

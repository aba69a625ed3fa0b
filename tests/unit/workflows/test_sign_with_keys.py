"""Named keys need a grant; signatures of the Notary Project; timestamps."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from lading.access.bindings import Bindings
from lading.access.principal import Principal, PrincipalKind
from lading.adapters.keys_file import FileSigner
from lading.foundation.errors import LadingError
from lading.registry.caller import BoundRights, Caller
from lading.signing.claims import Subject
from lading.signing.trust_policy_file import parse_trust_policy, write_trust_policy
from lading.signing.verdicts import Rejected, Step, Verified
from lading.workflows.key_grants import grant_key, withdraw_key
from lading.workflows.local_claims import LocalClaims
from lading.workflows.sign_image import SignatureForm, SigningPorts, attest_image, sign_image
from lading.workflows.verify_image import verify_image
from tests.support.certificates import Authority, Holder, openssl_tsa
from tests.support.governed import NAME, person
from tests.support.registry import NOON, ROOT, DrivenRegistry
from tests.support.signers import Signing, p256

DEFAULT, RELEASE = p256("lading"), p256("release")
FORMS = (SignatureForm.NOTARY_JWS, SignatureForm.NOTARY_COSE)


def signer(key: Signing) -> FileSigner:
    assert isinstance(key.private, ec.EllipticCurvePrivateKey)
    return FileSigner(key.name, key.private)


@pytest.fixture
def registry() -> DrivenRegistry:
    return DrivenRegistry()


@pytest.fixture
def subject(registry: DrivenRegistry) -> Subject:
    return Subject("shop/app", registry.push_image("shop/app", tags=("1.0",)))


def ports(registry: DrivenRegistry) -> SigningPorts:
    return SigningPorts(registry.ports, signer(DEFAULT), NAME, keys={"release": signer(RELEASE)})


def code_of(registry: DrivenRegistry, caller: Caller, subject: Subject, key: str = "release") -> str:
    with pytest.raises(LadingError) as caught:
        sign_image(ports(registry), caller, subject, NOON, key=key)
    return caught.value.code


ANN = person("ann", ("publisher", "shop/**"))
ADMIN = Caller(Principal(PrincipalKind.PERSON, "root", admin=True), BoundRights(Bindings.of(())))
GRANT = ("release", "person:ann", "shop/*")


def test_a_named_key_is_used_by_whom_it_is_granted_to_and_by_nobody_else(
    registry: DrivenRegistry, subject: Subject
) -> None:
    assert code_of(registry, ANN, subject) == "key-not-granted"
    assert code_of(registry, ROOT, subject) == "key-not-granted", "not even administrators"
    grant_key(registry.records, ADMIN, GRANT, NOON)
    assert sign_image(ports(registry), ANN, subject, NOON, key="release").key_name == "release"
    assert code_of(registry, person("eve", ("publisher", "shop/**")), subject) == "key-not-granted"
    other = Subject("lab/app", registry.push_image("lab/app"))
    assert code_of(registry, person("ann", ("publisher", "**")), other) == "key-not-granted"
    withdraw_key(registry.records, ADMIN, GRANT, NOON)
    assert code_of(registry, ANN, subject) == "key-not-granted"
    with registry.records.read() as kept:
        events = [entry.event for entry in kept.audit.page(limit=20).items]
    used = next(event for event in events if event.action == "image.sign")
    assert used.details["key"] == "release"
    assert [event.action for event in events if event.action.startswith("key.")] == [
        "key.withdraw",
        "key.grant",
    ]


def test_a_grant_is_given_by_administrators_for_what_exists(
    registry: DrivenRegistry, subject: Subject
) -> None:
    for caller, grant, code in (
        (ANN, GRANT, "access-denied"),
        (ADMIN, ("release", "nobody", "shop/*"), "subject-invalid"),
        (ADMIN, ("release", "person:ann", "A"), "repository-pattern-invalid"),
    ):
        with pytest.raises(LadingError) as caught:
            grant_key(registry.records, caller, grant, NOON)
        assert caught.value.code == code
    with pytest.raises(LadingError, match="no such grant"):
        withdraw_key(registry.records, ADMIN, GRANT, NOON)
    assert code_of(registry, ANN, subject, key="other") == "key-unknown"


def notary_policy(authority: Authority, more: str = "", subject: str = "O=Acme", rule: str = "") -> str:
    return (
        f'[[authorities]]\nname = "acme"\ncertificates = """\n{authority.pem}"""\n{more}\n'
        f'[[certificates]]\nname = "build"\nauthority = "acme"\nsubject = "{subject}"\n'
        f'[[trust]]\nname = "all"\nrepositories = ["**"]\nsigners = ["build"]\n{rule}'
    )


def with_certificate(registry: DrivenRegistry, holder: Holder) -> SigningPorts:
    assert isinstance(holder.key, ec.EllipticCurvePrivateKey)
    key = FileSigner("lading", holder.key)
    return replace(ports(registry), signer=key, certificates={"lading": tuple(holder.ders)})


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()], ids=["p256", "p384"])
def test_a_notary_signature_verifies_under_its_authority(
    registry: DrivenRegistry, subject: Subject, form: SignatureForm, curve: ec.EllipticCurve
) -> None:
    root = Authority()
    middle = Authority("Acme Issuing", issuer=root)
    holder = middle.issue(key=ec.generate_private_key(curve))
    sign_image(with_certificate(registry, holder), ROOT, subject, NOON, form=form)
    claims = LocalClaims(registry.records, registry.blobs)
    verdict = verify_image(claims, parse_trust_policy(notary_policy(root)), subject, NOON).signatures
    assert isinstance(verdict, Verified), verdict
    assert verdict.signers[0].key_id.startswith("CN=build,O=Acme,ST=BE,C=DE (certificate ")
    assert verdict.until is not None
    refusals = {
        Step.CERTIFICATE: parse_trust_policy(notary_policy(Authority("Other"))),
        Step.SIGNER: parse_trust_policy(notary_policy(root, subject="O=Other")),
    }
    for step, policy in refusals.items():
        refused = verify_image(claims, policy, subject, NOON).signatures
        assert isinstance(refused, Rejected)
        assert refused.step is step, refused


def test_notary_forms_need_a_certificate_of_just_that_key(registry: DrivenRegistry, subject: Subject) -> None:
    for certificates, code in (
        ({}, "certificate-missing"),
        ({"lading": tuple(Authority().issue().ders)}, "certificate-unsuited"),
    ):
        made = replace(ports(registry), certificates=certificates)
        with pytest.raises(LadingError) as caught:
            sign_image(made, ROOT, subject, NOON, form=SignatureForm.NOTARY_JWS)
        assert caught.value.code == code


needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


@needs_openssl
@pytest.mark.parametrize("form", FORMS)
def test_a_timestamp_keeps_a_notary_signature_good_after_its_certificate(
    registry: DrivenRegistry, subject: Subject, form: SignatureForm, tmp_path: Path
) -> None:
    stamp, tsa = openssl_tsa(tmp_path)
    now = datetime.now(UTC)  # openssl stamps with its own clock
    root = Authority(start=now - timedelta(days=300))
    holder = root.issue(start=now - timedelta(days=2), end=now + timedelta(days=2))
    stamped = replace(with_certificate(registry, holder), timestamp=stamp)
    sign_image(stamped, ROOT, subject, now, form=form)
    claims = LocalClaims(registry.records, registry.blobs)
    table = f'[[timestamp-authorities]]\nname = "tsa"\ncertificates = """\n{tsa}"""\n'
    believing = parse_trust_policy(table + notary_policy(root, 'timestamped-by = ["tsa"]'))
    later = now + timedelta(days=365)
    verdict = verify_image(claims, believing, subject, later).signatures
    assert isinstance(verdict, Verified), verdict
    signed_at = verdict.signers[0].signed_at
    assert signed_at is not None
    assert abs(signed_at - now) < timedelta(minutes=2)
    without = verify_image(claims, parse_trust_policy(notary_policy(root)), subject, later).signatures
    assert isinstance(without, Rejected)
    assert without.step is Step.CERTIFICATE
    _, other = openssl_tsa(tmp_path / ".", common="Another TSA")
    elsewhere = table.replace(tsa, other) + notary_policy(root, 'timestamped-by = ["tsa"]')
    unknown = verify_image(claims, parse_trust_policy(elsewhere), subject, now).signatures
    assert isinstance(unknown, Rejected)
    assert "no timestamp authority of the rule" in unknown.reason


@needs_openssl
def test_a_timestamp_keeps_what_a_key_signed_before_it_was_revoked(
    registry: DrivenRegistry, subject: Subject, tmp_path: Path
) -> None:
    stamp, tsa = openssl_tsa(tmp_path)
    now = datetime.now(UTC)
    stamped = replace(ports(registry), timestamp=stamp)
    sign_image(stamped, ROOT, subject, now)
    attest_image(stamped, ROOT, subject, now, predicate_type="https://example.org/test", predicate=b"{}")
    claims = LocalClaims(registry.records, registry.blobs)
    table = f'[[timestamp-authorities]]\nname = "tsa"\ncertificates = """\n{tsa}"""\n'

    def verdict(revoked: datetime, stamped_by: str = 'timestamped-by = ["tsa"]\n') -> object:
        keys = write_trust_policy({"lading": DEFAULT.public})
        lines = f"{stamped_by}revoked = {revoked.replace(microsecond=0).isoformat()}\n"
        policy = parse_trust_policy(table + keys.replace("[[trust]]", f"{lines}[[trust]]"))
        return verify_image(claims, policy, subject, now + timedelta(days=30)).signatures

    later, earlier = now + timedelta(days=1), now - timedelta(days=1)
    assert isinstance(verdict(later), Verified)
    assert isinstance(verdict(earlier), Rejected)
    assert isinstance(verdict(later, ""), Rejected), "without a timestamp nothing proves that it was before"

"""Revocation lists that are held offline: what is on one, what is on none, and what cannot be told."""

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from lading.foundation.errors import Malformed
from lading.signing.claims import ClaimedNotarySignature
from lading.signing.revocation_lists import NotRevoked, parse_revocation_lists
from lading.signing.trust_policy import TrustPolicy
from lading.signing.trust_policy_file import parse_trust_policy
from lading.signing.verdicts import Rejected, Step, Undetermined, Verdict, Verified
from lading.signing.verification import verify_signatures
from tests.attacks.case import SUBJECT
from tests.support.certificates import Authority, Holder
from tests.support.notary_envelopes import AT, BY_AUTHORITY, ROOT, jws

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PROVEN_AT = datetime.fromisoformat(BY_AUTHORITY["io.cncf.notary.authenticSigningTime"])
MIDDLE = Authority("Middle", issuer=ROOT)
LEAF = ROOT.issue()
DEEP = MIDDLE.issue()


def listing(
    *revoked: x509.Certificate,
    by: Authority = ROOT,
    at: datetime = AT - DAY,
    signed_by: Authority | None = None,
    updated: datetime = AT - HOUR,
    until: datetime | None = AT + DAY,
    extensions: tuple[x509.ExtensionType, ...] = (),
    whole: tuple[x509.ExtensionType, ...] = (),
) -> str:
    builder = x509.CertificateRevocationListBuilder().issuer_name(by.certificate.subject)
    builder = builder.last_update(updated).next_update(until or AT + DAY)
    for certificate in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number).revocation_date(at)
        for extension in extensions:
            entry = entry.add_extension(extension, critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    for extension in whole:
        builder = builder.add_extension(extension, critical=True)
    made = builder.sign((signed_by or by).key, hashes.SHA256())
    return made.public_bytes(Encoding.PEM).decode()


def policy(*lists: str, mode: str = "hard", vouching: bool = False) -> TrustPolicy:
    held = f'revocation-lists = """\n{"".join(lists)}"""\n' if lists else ""
    more = "signing-authority = true\n" if vouching else ""
    return parse_trust_policy(
        f'[[authorities]]\nname = "ca"\nrevocation = "{mode}"\n{held}{more}'
        f'certificates = """\n{ROOT.pem}"""\n'
        '[[certificates]]\nname = "who"\nauthority = "ca"\nsubject = "*"\n'
        '[[trust]]\nname = "all"\nrepositories = ["**"]\nsigners = ["who"]\n'
    )


def verdict(
    trusted: TrustPolicy, holder: Holder = LEAF, *, proven: bool = False, at: datetime = AT
) -> Verdict:
    envelope = jws(BY_AUTHORITY, holder=holder) if proven else jws(holder=holder)
    return verify_signatures(SUBJECT, [ClaimedNotarySignature(envelope)], (), trusted, at=at)


@pytest.mark.parametrize("mode", ["hard", "soft"])
def test_a_certificate_on_a_list_is_revoked_and_one_on_none_is_not(mode: str) -> None:
    found = verdict(policy(listing(LEAF.chain[0]), mode=mode))
    assert isinstance(found, Rejected)
    assert found.step is Step.CERTIFICATE
    assert "was revoked by its authority at 2026-02-28" in found.reason
    assert isinstance(verdict(policy(listing(DEEP.chain[0]), mode=mode)), Verified)


def test_where_no_current_list_is_held_it_cannot_be_told_or_counts_as_the_policy_says() -> None:
    stale = listing(until=AT - timedelta(minutes=1))
    early = listing(updated=AT + HOUR)
    elsewhere = listing(by=Authority("Other"))
    for lists in ((), (stale,), (early,), (elsewhere,)):
        found = verdict(policy(*lists))
        assert isinstance(found, Undetermined), lists
        assert "no current revocation list is held" in found.reason
    for lists in ((stale,), (early,), (elsewhere,)):
        assert isinstance(verdict(policy(*lists, mode="soft")), Verified)


def test_what_a_list_revokes_stays_revoked_when_the_list_is_old() -> None:
    old = listing(LEAF.chain[0], until=AT - timedelta(minutes=1))
    assert isinstance(verdict(policy(old, mode="soft")), Rejected)
    assert isinstance(verdict(policy(old, listing())), Rejected)


def test_a_list_that_somebody_else_signed_says_nothing() -> None:
    forged = listing(LEAF.chain[0], signed_by=Authority("Acme Root"))
    assert isinstance(verdict(policy(forged)), Undetermined)
    assert isinstance(verdict(policy(forged, mode="soft")), Verified)
    assert isinstance(verdict(policy(listing(signed_by=Authority("Acme Root")))), Undetermined)
    other_kind = Authority("Acme Root", key=rsa.generate_private_key(65537, 3072))
    assert isinstance(verdict(policy(listing(LEAF.chain[0], signed_by=other_kind))), Undetermined)


def test_every_certificate_of_a_chain_is_looked_at_but_not_its_root() -> None:
    of_root, of_middle = listing(), listing(by=MIDDLE)
    assert isinstance(verdict(policy(of_root, of_middle), DEEP), Verified)
    for lists in ((of_root,), (of_middle,)):
        assert isinstance(verdict(policy(*lists), DEEP), Undetermined)
    revoked = listing(MIDDLE.certificate)
    assert isinstance(verdict(policy(revoked, of_middle), DEEP), Rejected)


@pytest.mark.parametrize(
    ("extensions", "good"),
    [
        ((), True),
        ((x509.CRLReason(x509.ReasonFlags.superseded),), True),
        ((x509.CRLReason(x509.ReasonFlags.key_compromise),), False),
        (
            (
                x509.CRLReason(x509.ReasonFlags.key_compromise),
                x509.InvalidityDate((PROVEN_AT + DAY).replace(tzinfo=None)),
            ),
            True,
        ),
        ((x509.InvalidityDate((PROVEN_AT - DAY).replace(tzinfo=None)),), False),
    ],
)
def test_what_is_proven_to_have_been_signed_before_stays_good_unless_the_key_was_lost_then(
    extensions: tuple[x509.ExtensionType, ...], good: bool
) -> None:
    revoked = listing(LEAF.chain[0], at=PROVEN_AT + timedelta(days=5), extensions=extensions)
    assert isinstance(verdict(policy(revoked, vouching=True), proven=True), Verified) is good
    assert isinstance(verdict(policy(revoked, vouching=True)), Rejected), "nobody says when it was signed"


def test_a_verdict_that_a_list_allows_holds_until_the_list_ends() -> None:
    found = verdict(policy(listing(until=AT + HOUR), vouching=True), proven=True)
    assert isinstance(found, Verified)
    assert found.until == AT + HOUR
    lenient = verdict(policy(listing(until=AT + HOUR), mode="soft", vouching=True), proven=True)
    assert isinstance(lenient, Verified)
    assert lenient.until is None


def test_a_certificate_that_bears_the_name_of_its_authority_is_looked_at_all_the_same() -> None:
    alike = ROOT.issue("Acme Root")
    assert alike.chain[0].subject == alike.chain[0].issuer
    assert isinstance(verdict(policy(listing(alike.chain[0])), alike), Rejected)


def test_an_issuer_that_may_not_sign_lists_is_not_believed() -> None:
    lists = parse_revocation_lists(listing(DEEP.chain[0], by=MIDDLE), required=False)
    leaf = DEEP.chain[0]
    assert not isinstance(lists.standing([leaf, MIDDLE.certificate], [], None, AT), NotRevoked)
    key = MIDDLE.key
    false = x509.CertificateBuilder().subject_name(MIDDLE.certificate.subject).serial_number(1)
    false = false.issuer_name(ROOT.certificate.subject).not_valid_before(AT - DAY).not_valid_after(AT + DAY)
    bare = false.public_key(key.public_key()).sign(ROOT.key, hashes.SHA256())
    assert isinstance(lists.standing([leaf, bare], [], None, AT), NotRevoked)
    odd = false.public_key(ed25519.Ed25519PrivateKey.generate().public_key()).add_extension(
        x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True
    )
    other = odd.sign(ROOT.key, hashes.SHA256())
    assert isinstance(lists.standing([leaf, other], [], None, AT), NotRevoked)


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "x",
        "x" + listing(),
        listing()[:-60],
        "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
        ROOT.pem,
        "x" * (1 << 20),
        listing(whole=(x509.DeltaCRLIndicator(1),)),
    ],
)
def test_what_is_no_whole_list_is_refused_when_it_is_written_into_the_policy(pem: str) -> None:
    with pytest.raises(Malformed):
        parse_revocation_lists(pem, required=True)


def test_the_policy_says_whether_lists_are_required() -> None:
    with pytest.raises(Malformed, match="hard or soft"):
        policy(listing(), mode="medium")
    with pytest.raises(Malformed, match="revocation-lists"):
        policy(mode="soft")
    assert isinstance(verdict(policy(mode="hard")), Undetermined)

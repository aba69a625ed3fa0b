"""Certificates that their authority has revoked, by lists (RFC 5280, section 5) that are held offline.

1. A list counts if the certificate's own issuer signed it, may sign lists, and the list is whole: neither a
   delta nor limited to some certificates.
2. A certificate on such a list is revoked, however old the list is. What a third party proves to have been
   signed before the revocation stays good; where a key was compromised, only before the date that the list
   gives for it.
3. A certificate on no list is good if a list of its issuer is current. Otherwise it is not known: then
   nothing can be told where lists are required, and the certificate counts where they are not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lading.foundation.errors import Malformed
from lading.foundation.instants import rfc3339

MAX_LISTS_PEM = 768 << 10
_HEAD = "-----BEGIN X509 CRL-----"
_COMPROMISED = frozenset(
    {x509.ReasonFlags.key_compromise, x509.ReasonFlags.ca_compromise, x509.ReasonFlags.aa_compromise}
)
_PARTIAL = (x509.IssuingDistributionPoint, x509.DeltaCRLIndicator)


@dataclass(frozen=True, slots=True)
class NotRevoked:
    """No certificate of a chain is revoked; known until a moment, None where nothing ends it."""

    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Revoked:
    """A certificate of a chain is revoked."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotKnown:
    """Whether a certificate of a chain is revoked cannot be told."""

    reason: str


RevocationStanding: TypeAlias = NotRevoked | Revoked | NotKnown


@dataclass(frozen=True, slots=True)
class RevocationLists:
    """Lists of an authority and of those below it. ``required``: without a current one nothing is known."""

    lists: tuple[x509.CertificateRevocationList, ...] = field(default=(), repr=False, compare=False)
    required: bool = False

    def standing(
        self,
        chain: Sequence[x509.Certificate],
        authorities: Sequence[x509.Certificate],
        proven_at: datetime | None,
        now: datetime,
    ) -> RevocationStanding:
        """How a chain to ``authorities`` stands. ``proven_at`` is when a third party saw what it signed."""
        known = (*chain, *authorities)
        ends: list[datetime] = []
        for certificate in chain:
            if certificate in authorities:
                continue  # nobody but the trust policy can revoke what it trusts itself
            lists = list(self._of(certificate, known))
            for each in lists:
                refused = _refusal(each, certificate, proven_at)
                if refused:
                    return Revoked(refused)
            current = [end for each in lists if (end := _current_until(each, now)) is not None]
            if current:
                ends.append(max(current))
            elif self.required:
                who = certificate.subject.rfc4514_string()
                return NotKnown(f"no current revocation list is held that says whether {who} is revoked")
        return NotRevoked(min(ends, default=None) if self.required else None)

    def _of(
        self, certificate: x509.Certificate, known: Sequence[x509.Certificate]
    ) -> Iterator[x509.CertificateRevocationList]:
        """Rule 1."""
        issuers = [each for each in known if each.subject == certificate.issuer and _signs_lists(each)]
        for listed in self.lists:
            if listed.issuer == certificate.issuer and any(_signed(listed, issuer) for issuer in issuers):
                yield listed


NO_LISTS = RevocationLists()


def parse_revocation_lists(pem: str, *, required: bool) -> RevocationLists:
    """Read lists in PEM, one after the other; raise Malformed for anything else, and for partial ones."""
    if len(pem) > MAX_LISTS_PEM:
        raise Malformed("revocation-list-invalid", f"revocation lists have at most {MAX_LISTS_PEM} bytes")
    parts = [f"{_HEAD}{part}" for part in pem.split(_HEAD)[1:]]
    try:
        lists = tuple(x509.load_pem_x509_crl(part.encode()) for part in parts)
        partial = any(isinstance(each.value, _PARTIAL) for listed in lists for each in listed.extensions)
    except ValueError as error:
        raise Malformed("revocation-list-invalid", f"a revocation list cannot be read: {error}") from error
    if not lists or pem.partition(_HEAD)[0].strip():
        raise Malformed(
            "revocation-list-invalid",
            "these are not revocation lists in PEM",
            hint=f"each starts with {_HEAD}",
        )
    if partial:
        raise Malformed(
            "revocation-list-partial", "a revocation list that is a delta or partial does not count"
        )
    return RevocationLists(lists, required)


def _refusal(
    listed: x509.CertificateRevocationList, certificate: x509.Certificate, proven_at: datetime | None
) -> str:
    """Rule 2."""
    entry = listed.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if entry is None:
        return ""
    lost, compromised = None, False
    for extension in entry.extensions:
        if isinstance(extension.value, x509.InvalidityDate):
            lost = extension.value.invalidity_date_utc
        if isinstance(extension.value, x509.CRLReason):
            compromised = extension.value.reason in _COMPROMISED
    since = lost or (None if compromised else entry.revocation_date_utc)
    if proven_at is not None and since is not None and proven_at.astimezone(UTC) < since:
        return ""
    who, when = certificate.subject.rfc4514_string(), rfc3339(entry.revocation_date_utc)
    return f"the certificate of {who} was revoked by its authority at {when}"


def _current_until(listed: x509.CertificateRevocationList, now: datetime) -> datetime | None:
    """Rule 3: until when a list is current; None for one that is not."""
    end = listed.next_update_utc
    if end is None or not listed.last_update_utc <= now < end:
        return None
    return end


def _signs_lists(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return False


def _signed(listed: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key = issuer.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        return False
    return listed.is_signature_valid(key)  # False also where the algorithm is of another kind of key

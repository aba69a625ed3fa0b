"""Signatures under a certificate of an authority that keeps no logs, as private ones often do.

Such a trust root names certificate authorities and timestamp authorities and no log of either kind: that
nothing is logged is then what who imported the root has decided. A root that names a log is never judged
here. What is verified, in order:

    1  a timestamp by an authority of the root, over just this signature, while the authority counted
    2  the certificate's path to an authority of the root, both valid at that moment
    3  that the certificate is for signing code
    4  the signature, by the certificate's key
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from lading.foundation.errors import LadingError, Malformed
from lading.signing.certificates import CertificateAuthority, load_chain, parse_certificate_authority
from lading.signing.certification import Certification, CertifiedSigner, NotCertified, signer_of
from lading.signing.keys import public_key
from lading.signing.timestamps import MAX_TOKENS, TimestampAuthority, parse_timestamp_authority

MAX_AUTHORITIES = 100  # of each kind, in one root


@dataclass(frozen=True, slots=True)
class _Validity:
    """From when until when an authority counts."""

    start: datetime
    end: datetime | None

    def covers(self, moment: datetime) -> bool:
        return self.start <= moment and (self.end is None or moment < self.end)


@dataclass(frozen=True, slots=True)
class _Issuer:
    """An authority of certificates, and the certificates between it and those that it issues."""

    authority: CertificateAuthority
    between: tuple[x509.Certificate, ...]
    validity: _Validity


@dataclass(frozen=True, slots=True)
class UnloggedRoot:
    """Authorities of certificates and of timestamps, each with its time."""

    issuers: tuple[_Issuer, ...] = field(repr=False)
    stampers: tuple[tuple[TimestampAuthority, _Validity], ...] = field(repr=False)

    def moments(self, stamps: Sequence[bytes], signature: bytes) -> tuple[datetime, ...]:
        """When the authorities have seen a signature (step 1)."""
        found = (
            (authority.moment(stamp, signature), validity)
            for stamp in stamps[:MAX_TOKENS]
            for authority, validity in self.stampers
        )
        return tuple(at for at, validity in found if at is not None and validity.covers(at))

    def refusal(self, leaf: x509.Certificate, brought: Sequence[x509.Certificate], at: datetime) -> str:
        """Say why no authority issued a certificate that was good at a moment, or nothing (step 2)."""
        reasons = []
        for issuer in self.issuers:
            if not issuer.validity.covers(at):
                reasons.append(f"the authority {issuer.authority.name!r} does not count at that moment")
                continue
            refused = issuer.authority.refusal((leaf, *issuer.between, *brought), at)
            if not refused:
                return ""
            reasons.append(refused)
        return "; ".join(reasons)


@dataclass(frozen=True, slots=True)
class CertifiedBytes:
    """A signature over bytes, the chain of who made it (its own first), and timestamps beside it."""

    message: bytes
    signature: bytes
    chain: tuple[x509.Certificate, ...]
    stamps: tuple[bytes, ...]


def parse_unlogged_root(document: Mapping[str, Any]) -> UnloggedRoot | None:
    """Read a trust root that names no log; None for one that names any. Raises Malformed."""
    if document.get("tlogs"):
        return None
    if document.get("ctlogs"):
        raise _invalid("it names a log of certificates, and none of signatures")
    issuers = tuple(
        _Issuer(
            _authority(certificates, at), tuple(each for each in certificates if not _is_root(each)), validity
        )
        for at, (certificates, validity) in enumerate(_read(document, "certificateAuthorities"))
    )
    stampers = tuple(
        (parse_timestamp_authority(f"timestamps {at + 1}", _pem(certificates)), validity)
        for at, (certificates, validity) in enumerate(_read(document, "timestampAuthorities"))
    )
    return UnloggedRoot(issuers, stampers)


def certify_unlogged(claim: CertifiedBytes, root: UnloggedRoot) -> Certification:
    """Say who signed, by the numbered steps above."""
    # Step 1.
    moments = root.moments(claim.stamps, claim.signature)
    if not moments:
        return NotCertified("no timestamp authority of the root says when it was signed")
    moment = min(moments)
    leaf = claim.chain[0]
    # Step 2.
    refused = root.refusal(leaf, claim.chain[1:], moment)
    if refused:
        return NotCertified(refused)
    # Step 3.
    if not _signs_code(leaf):
        return NotCertified("the certificate is not for signing code")
    # Step 4.
    key = leaf.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey):
        return NotCertified("the certificate's key is of a kind that is not used here")
    try:
        made = public_key(key).verify(claim.signature, claim.message)
        signer = signer_of(leaf)
    except (LadingError, ValueError, x509.ExtensionNotFound) as error:
        return NotCertified(str(error)[:300])
    if not made:
        return NotCertified("the certificate's key did not make the signature")
    return replace(signer, signed_at=moment) if isinstance(signer, CertifiedSigner) else signer


def chain_of_bundle(material: Mapping[str, Any]) -> tuple[x509.Certificate, ...]:
    """The chain in a bundle's verification material, in each of its two spellings; raise Malformed."""
    chained = material.get("x509CertificateChain")
    alone = [material.get("certificate")]
    entries = chained.get("certificates") if isinstance(chained, Mapping) else alone
    if not isinstance(entries, list):
        raise Malformed("bundle-invalid", "certificates must be a list")
    return load_chain([_der(entry) for entry in entries])


def _signs_code(leaf: x509.Certificate) -> bool:
    try:
        purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.CODE_SIGNING in purposes


def _read(document: Mapping[str, Any], member: str) -> list[tuple[tuple[x509.Certificate, ...], _Validity]]:
    entries = document.get(member)
    if not isinstance(entries, list) or not 0 < len(entries) <= MAX_AUTHORITIES:
        raise _invalid(f"{member} must be a list of 1 to {MAX_AUTHORITIES}, where no log is named")
    found = []
    for entry in entries:
        chain = entry.get("certChain") if isinstance(entry, Mapping) else None
        certificates = chain.get("certificates") if isinstance(chain, Mapping) else None
        if not isinstance(certificates, list):
            raise _invalid(f"each of {member} needs a certChain with certificates")
        found.append((load_chain([_der(each) for each in certificates]), _validity(entry.get("validFor"))))
    return found


def _validity(given: Any) -> _Validity:
    try:
        start = datetime.fromisoformat(given["start"])
        end = datetime.fromisoformat(given["end"]) if given.get("end") else None
        moments = [start, *([end] if end else [])]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _invalid("validFor must say from when, and may say until when") from error
    if any(moment.tzinfo is None for moment in moments):
        raise _invalid("moments of validFor need a zone")
    return _Validity(start, end)


def _der(entry: Any) -> bytes:
    text = entry.get("rawBytes") if isinstance(entry, Mapping) else None
    try:
        return base64.b64decode(text if isinstance(text, str) else "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("certificate-invalid", "rawBytes must be base64 of a certificate") from error


def _authority(certificates: tuple[x509.Certificate, ...], at: int) -> CertificateAuthority:
    """Chains must lead to the root of an entry; one without a root is itself what they must lead to."""
    roots = [each for each in certificates if _is_root(each)] or [certificates[-1]]
    return parse_certificate_authority(f"authority {at + 1}", _pem(roots))


def _is_root(certificate: x509.Certificate) -> bool:
    return certificate.issuer == certificate.subject


def _pem(certificates: Sequence[x509.Certificate]) -> str:
    return "".join(each.public_bytes(Encoding.PEM).decode() for each in certificates)


def _invalid(what: str) -> Malformed:
    return Malformed("trust-root-invalid", f"this is not a Sigstore trust root: {what}")

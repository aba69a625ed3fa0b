"""Trusted timestamps (RFC 3161): that something existed at a moment, vouched for by an authority.

The time stamp token itself is verified by the library ``rfc3161-client``; here stands whom to believe.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import VerifierBuilder, decode_timestamp_response
from rfc3161_client.errors import VerificationError

from lading.foundation.errors import Malformed
from lading.signing.certificates import load_certificates

MAX_TOKEN_BYTES = 64 << 10  # a token with its certificates has some 6 KiB
MAX_TOKENS = 16  # of one signature
_GRANTED = bytes((0x30, 0x03, 0x02, 0x01, 0x00))  # PKIStatusInfo: status granted (RFC 3161, section 2.4.2)


@dataclass(frozen=True, slots=True)
class TimestampAuthority:
    """An authority under the name that people know it by, with the certificates that its tokens lead to."""

    name: str
    digest: str  # of the certificates, for comparing
    _certificates: tuple[x509.Certificate, ...] = field(repr=False, compare=False)

    def moment(self, response: bytes, message: bytes) -> datetime | None:
        """When ``message`` existed, as a whole response says; None where this authority does not say so."""
        if len(response) > MAX_TOKEN_BYTES:
            return None
        try:
            stamped = decode_timestamp_response(response)
        except ValueError:
            return None
        stampers = [entry for entry in self._certificates if _is_stamper(entry)]
        # A token may bring its own certificate along, or leave it to whoever verifies to have it.
        for stamper in (None, *stampers):
            try:
                self._builder(stamper).build().verify_message(stamped, message)
            except (ValueError, VerificationError):
                continue
            moment: datetime = stamped.tst_info.gen_time
            return moment.astimezone(UTC)
        return None

    def _builder(self, stamper: x509.Certificate | None) -> VerifierBuilder:
        roots = [entry for entry in self._certificates if entry.issuer == entry.subject]
        others = [
            entry for entry in self._certificates if entry.issuer != entry.subject and not _is_stamper(entry)
        ]
        builder = VerifierBuilder()
        if stamper is not None:
            builder = builder.tsa_certificate(stamper)
        for root in roots or others:
            builder = builder.add_root_certificate(root)
        for other in others if roots else ():
            builder = builder.add_intermediate_certificate(other)
        return builder


def parse_timestamp_authority(name: str, pem: str) -> TimestampAuthority:
    """Read the certificates of an authority; raise Malformed where there are none."""
    certificates = load_certificates(pem)
    digest = hashlib.sha256(b"".join(entry.tbs_certificate_bytes for entry in certificates)).hexdigest()
    return TimestampAuthority(name, digest, certificates)


def response_of_token(token: bytes) -> bytes:
    """Make a whole response of a bare token, which is what Notary Project envelopes carry."""
    content = _GRANTED + token
    return b"\x30" + _der_length(len(content)) + content


def token_of_response(response: bytes) -> bytes:
    """Take the bare token out of a whole response; raise Malformed where there is none."""
    try:
        body, rest = _element(response, 0x30)
        status, token = _element(body, 0x30)
    except (IndexError, ValueError) as error:
        raise Malformed("timestamp-invalid", "this is not an answer of a timestamp authority") from error
    if rest or not token or not status:
        raise Malformed("timestamp-invalid", "the timestamp authority gave no timestamp")
    return token


def _is_stamper(certificate: x509.Certificate) -> bool:
    """Whether a certificate signs timestamps itself, and issues none."""
    extensions = certificate.extensions
    try:
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    try:
        issues = extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        issues = False
    return ExtendedKeyUsageOID.TIME_STAMPING in purposes and not issues


def _der_length(length: int) -> bytes:
    if length < 128:
        return bytes((length,))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(octets),)) + octets


def _element(content: bytes, tag: int) -> tuple[bytes, bytes]:
    """The value of the first DER element, and what follows it."""
    if content[0] != tag:
        raise ValueError("unexpected tag")
    length, at = content[1], 2
    if length & 0x80:
        octets = length & 0x7F
        if not 1 <= octets <= 4:
            raise ValueError("unexpected length")
        length, at = int.from_bytes(content[2 : 2 + octets], "big"), 2 + octets
    if len(content) < at + length:
        raise ValueError("truncated")
    return content[at : at + length], content[at + length :]


def first_moment(
    authorities: tuple[TimestampAuthority, ...], responses: tuple[bytes, ...], message: bytes
) -> datetime | None:
    """The earliest moment at which one of the authorities has seen ``message``."""
    found = [
        moment
        for response in responses[:MAX_TOKENS]
        for authority in authorities
        if (moment := authority.moment(response, message)) is not None
    ]
    return min(found, default=None)


def timestamps_of(document: Mapping[str, Any]) -> tuple[bytes, ...]:
    """Timestamps in a bundle. One can only prove something in its favour, so what is not one is left out."""
    data: Any = document
    for member in ("verificationMaterial", "timestampVerificationData", "rfc3161Timestamps"):
        data = data.get(member) if isinstance(data, Mapping) else None
    stamps = data if isinstance(data, list) else []
    found = []
    for entry in stamps[:MAX_TOKENS]:
        text = entry.get("signedTimestamp") if isinstance(entry, Mapping) else None
        try:
            found.append(base64.b64decode(text if isinstance(text, str) else "", validate=True))
        except (binascii.Error, ValueError):
            continue
    return tuple(found)

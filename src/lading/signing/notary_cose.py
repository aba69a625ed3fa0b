"""Notary Project envelopes as COSE_Sign1 (RFC 9052, section 4.2)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lading.foundation.errors import Malformed
from lading.signing import cbor, notary
from lading.signing.cbor import CborValue, Tagged
from lading.signing.notary import NotarySignature

_ALGORITHM, _CRITICAL, _CONTENT_TYPE, _CHAIN = 1, 2, 3, 33  # header labels (RFC 9052, 3.1; RFC 9360)
_SIGN1 = 18
_EPOCH = 1
_ALGORITHMS = {-7: "ES256", -35: "ES384", -37: "PS256", -38: "PS384", -39: "PS512"}
_LABELS = {name: label for label, name in _ALGORITHMS.items()}
_MUST_BE_PROTECTED = frozenset(
    {
        _ALGORITHM,
        _CRITICAL,
        _CONTENT_TYPE,
        notary.SCHEME,
        notary.SIGNING_TIME,
        notary.AUTHENTIC_TIME,
        notary.EXPIRY,
    }
)


def parse_cose(raw: bytes) -> NotarySignature:
    """Read an envelope; raise Malformed or OverLimit."""
    envelope = cbor.decode(raw, what="COSE envelope")
    if not isinstance(envelope, Tagged) or envelope.tag != _SIGN1:
        raise Malformed("notary-invalid", "a COSE envelope must be a COSE_Sign1")
    match envelope.value:
        case [bytes() as protected, Mapping() as beside, bytes() as payload, bytes() as signature]:
            pass
        case _:
            raise Malformed("notary-invalid", "a COSE_Sign1 has two headers, a payload and a signature")
    headers = cbor.decode(protected, what="COSE protected header")
    if not isinstance(headers, Mapping):
        raise Malformed("notary-invalid", "the protected header must be a map")
    if _MUST_BE_PROTECTED & set(beside):
        raise Malformed("notary-invalid", "a header that must be protected stands among the unprotected ones")
    algorithm = headers.get(_ALGORITHM)
    if not isinstance(algorithm, int) or algorithm not in _ALGORITHMS:
        raise Malformed("notary-invalid", f"the algorithm {str(algorithm)[:40]} is not used")
    scheme = notary.check_headers(
        content_type=headers.get(_CONTENT_TYPE),
        critical=headers.get(_CRITICAL),
        present=list(headers),
        scheme=headers.get(notary.SCHEME),
    )
    _instant(headers, notary.SIGNING_TIME)
    timestamp = beside.get(notary.TIMESTAMP)
    if timestamp is not None and not isinstance(timestamp, bytes):
        raise Malformed("notary-invalid", "the timestamp must be bytes")
    chain = beside.get(_CHAIN)
    return NotarySignature(
        _ALGORITHMS[algorithm],
        signed_bytes(protected, payload),
        signature,
        payload,
        notary.read_chain([chain] if isinstance(chain, bytes) else chain),
        scheme,
        _instant(headers, notary.AUTHENTIC_TIME),
        _instant(headers, notary.EXPIRY),
        timestamp,
    )


def signed_bytes(protected: bytes, payload: bytes) -> bytes:
    """What a COSE_Sign1 signature is over (RFC 9052, section 4.4, "Sig_structure")."""
    return cbor.encode(["Signature1", protected, b"", payload])


def protected_part(algorithm: str, signed_at: datetime, expiry: datetime | None = None) -> bytes:
    """Write the protected header."""
    headers: dict[int | str, CborValue] = {
        _ALGORITHM: _LABELS[algorithm],
        _CRITICAL: [notary.SCHEME, *([notary.EXPIRY] if expiry else [])],
        _CONTENT_TYPE: notary.PAYLOAD_TYPE,
        notary.SCHEME: notary.SCHEME_X509,
        notary.SIGNING_TIME: Tagged(_EPOCH, int(signed_at.timestamp())),
    }
    if expiry is not None:
        headers[notary.EXPIRY] = Tagged(_EPOCH, int(expiry.timestamp()))
    return cbor.encode(headers)


def encode_cose(
    protected: bytes, payload: bytes, signature: bytes, chain: Sequence[bytes], timestamp: bytes | None
) -> bytes:
    """Write an envelope; ``timestamp`` is a bare token."""
    beside: dict[int | str, CborValue] = {_CHAIN: list(chain), notary.SIGNING_AGENT: "lading"}
    if timestamp is not None:
        beside[notary.TIMESTAMP] = timestamp
    return cbor.encode(Tagged(_SIGN1, [protected, beside, payload, signature]))


def _instant(headers: Mapping[Any, CborValue], name: str) -> datetime | None:
    value = headers.get(name)
    if value is None:
        return None
    if isinstance(value, Tagged) and value.tag == _EPOCH and type(value.value) is int:
        try:
            return datetime.fromtimestamp(value.value, UTC)
        except (OverflowError, ValueError, OSError):
            pass
    raise Malformed("notary-invalid", f"the header {name} must be a moment (tag 1, whole seconds)")

"""Notary Project envelopes as JWS JSON, flattened (RFC 7515, section 7.2.2)."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from lading.foundation import strict_json
from lading.foundation.errors import Malformed
from lading.signing import notary
from lading.signing.notary import NotarySignature

_URL_SAFE = re.compile(r"[A-Za-z0-9_-]*\Z")
_KNOWN_HEADERS = frozenset(
    {"alg", "cty", "crit", notary.SCHEME, notary.SIGNING_TIME, notary.AUTHENTIC_TIME, notary.EXPIRY}
)


def parse_jws(raw: bytes) -> NotarySignature:
    """Read an envelope; raise Malformed or OverLimit."""
    document = strict_json.decode_object(raw, what="JWS envelope", max_bytes=notary.MAX_ENVELOPE_BYTES)
    texts = {name: document.get(name) for name in ("payload", "protected", "signature")}
    payload, protected, signature = (_decode(value, name) for name, value in texts.items())
    headers = strict_json.decode_object(
        protected, what="JWS protected header", max_bytes=notary.MAX_ENVELOPE_BYTES
    )
    beside = document.get("header")
    if not isinstance(beside, dict):
        raise Malformed("notary-invalid", "the unprotected header must be an object")
    if _KNOWN_HEADERS & set(beside):
        raise Malformed("notary-invalid", "a header that must be protected stands among the unprotected ones")
    algorithm = headers.get("alg")
    if not isinstance(algorithm, str):
        raise Malformed("notary-invalid", "the header alg must be a string")
    scheme = notary.check_headers(
        content_type=headers.get("cty"),
        critical=headers.get("crit"),
        present=list(headers),
        scheme=headers.get(notary.SCHEME),
    )
    _instant(headers, notary.SIGNING_TIME)
    return NotarySignature(
        algorithm,
        f"{texts['protected']}.{texts['payload']}".encode(),
        signature,
        payload,
        notary.read_chain(_certificates(beside.get("x5c"))),
        scheme,
        _instant(headers, notary.AUTHENTIC_TIME),
        _instant(headers, notary.EXPIRY),
        _standard(beside[notary.TIMESTAMP], notary.TIMESTAMP) if notary.TIMESTAMP in beside else None,
    )


def protected_part(algorithm: str, signed_at: str, expiry: str = "") -> str:
    """Write the protected header, as it stands in the envelope."""
    headers: dict[str, Any] = {
        "alg": algorithm,
        "cty": notary.PAYLOAD_TYPE,
        "crit": [notary.SCHEME, *([notary.EXPIRY] if expiry else [])],
        notary.SCHEME: notary.SCHEME_X509,
        notary.SIGNING_TIME: signed_at,
        **({notary.EXPIRY: expiry} if expiry else {}),
    }
    return encode_part(strict_json.encode_canonical(headers))


def encode_part(content: bytes) -> str:
    """Base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def encode_jws(
    protected: str, payload: bytes, signature: bytes, chain: Sequence[bytes], timestamp: bytes | None
) -> bytes:
    """Write an envelope; ``timestamp`` is a bare token."""
    header: dict[str, Any] = {
        "x5c": [base64.b64encode(der).decode() for der in chain],
        notary.SIGNING_AGENT: "lading",
    }
    if timestamp is not None:
        header[notary.TIMESTAMP] = base64.b64encode(timestamp).decode()
    return strict_json.encode_canonical(
        {
            "payload": encode_part(payload),
            "protected": protected,
            "header": header,
            "signature": encode_part(signature),
        }
    )


def _decode(value: object, name: str) -> bytes:
    if not isinstance(value, str) or not _URL_SAFE.match(value):
        raise Malformed("notary-invalid", f"{name} must be base64url without padding")
    try:
        content = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError) as error:
        raise Malformed("notary-invalid", f"{name} must be base64url without padding") from error
    if encode_part(content) != value:
        raise Malformed("notary-invalid", f"{name} has stray bits at its end")
    return content


def _standard(value: object, name: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else _refuse(name)
    except (binascii.Error, ValueError) as error:
        raise Malformed("notary-invalid", f"{name} must be base64") from error


def _refuse(name: str) -> bytes:
    raise Malformed("notary-invalid", f"{name} must be base64")


def _certificates(value: object) -> list[bytes]:
    if not isinstance(value, list):
        raise Malformed("notary-invalid", "x5c must be a list of certificates")
    return [_standard(entry, "x5c") for entry in value]


def _instant(headers: Mapping[str, Any], name: str) -> datetime | None:
    value = headers.get(name)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Malformed("notary-invalid", f"the header {name} must be a moment (RFC 3339)")
    return moment

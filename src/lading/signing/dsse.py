"""Dead Simple Signing Envelopes (DSSE v1.0.2, "protocol.md" and "envelope.md")."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lading.foundation import strict_json
from lading.foundation.errors import Malformed

MAX_ENVELOPE_BYTES = 64 << 20  # an SBOM of a large image has some 20 MB, its base64 a third more
MAX_SIGNATURES = 64


@dataclass(frozen=True, slots=True)
class EnvelopeSignature:
    """One signature of an envelope. ``key_id`` is a hint that nobody signed: never believe it."""

    signature: bytes
    key_id: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload with its type, and who signed both."""

    payload_type: str
    payload: bytes
    signatures: tuple[EnvelopeSignature, ...]

    @property
    def signed_bytes(self) -> bytes:
        """What the signatures are over."""
        return pre_authentication_encoding(self.payload_type, self.payload)


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """Join type and payload so that no two pairs give the same bytes (protocol.md, "PAE")."""
    type_ = payload_type.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(type_), type_, len(payload), payload)


def parse_envelope(raw: bytes) -> Envelope:
    """Read an envelope in JSON; raise Malformed or OverLimit."""
    document = strict_json.decode_object(raw, what="DSSE envelope", max_bytes=MAX_ENVELOPE_BYTES)
    return envelope_from_json(document)


def envelope_from_json(document: Mapping[str, Any]) -> Envelope:
    """Read an envelope that was decoded; raise Malformed. Unknown members are ignored, as specified."""
    payload_type = document.get("payloadType")
    signatures = document.get("signatures")
    if not isinstance(payload_type, str) or not payload_type:
        raise Malformed("envelope-invalid", "payloadType must be a string")
    if not isinstance(signatures, list) or not 0 < len(signatures) <= MAX_SIGNATURES:
        raise Malformed("envelope-invalid", f"signatures must be a list of 1 to {MAX_SIGNATURES}")
    return Envelope(
        payload_type,
        _from_base64(document.get("payload"), "payload"),
        tuple(_parse_signature(entry, f"signatures[{at}]") for at, entry in enumerate(signatures)),
    )


def encode_envelope(envelope: Envelope) -> bytes:
    """Write an envelope as JSON."""
    return strict_json.encode_canonical(envelope_to_json(envelope))


def envelope_to_json(envelope: Envelope) -> dict[str, Any]:
    """Give the JSON object of an envelope."""
    return {
        "payloadType": envelope.payload_type,
        "payload": base64.b64encode(envelope.payload).decode("ascii"),
        "signatures": [
            {"keyid": entry.key_id, "sig": base64.b64encode(entry.signature).decode("ascii")}
            for entry in envelope.signatures
        ],
    }


def _parse_signature(entry: object, where: str) -> EnvelopeSignature:
    if not isinstance(entry, dict):
        raise Malformed("envelope-invalid", f"{where} must be an object")
    key_id = entry.get("keyid")
    if key_id is not None and not isinstance(key_id, str):
        raise Malformed("envelope-invalid", f"{where}.keyid must be a string")
    return EnvelopeSignature(_from_base64(entry.get("sig"), f"{where}.sig"), key_id or "")


def _from_base64(value: object, where: str) -> bytes:
    """The envelope may use the standard or the URL-safe alphabet, not both at once."""
    if not isinstance(value, str):
        raise Malformed("envelope-invalid", f"{where} must be a base64 string")
    url_safe = "-" in value or "_" in value
    if url_safe and ("+" in value or "/" in value):
        raise Malformed("envelope-invalid", f"{where} mixes two base64 alphabets")
    try:
        return base64.b64decode(value, altchars=b"-_" if url_safe else b"+/", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("envelope-invalid", f"{where} is not base64") from error

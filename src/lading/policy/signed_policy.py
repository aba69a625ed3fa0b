"""Policies under a signature: which text was put in force, as the how manieth, by whom.

Whoever can write into the records could put any text there, or an older policy back. So each activation is
signed as a whole (DSSE over canonical JSON), and where signatures are required:

1. The signature is of one of the keys that count, over exactly this text.
2. The number that was signed is that under which it is kept: an old activation that is written down again, to
   be the newest, has another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from lading.foundation import strict_json
from lading.foundation.errors import LadingError
from lading.foundation.instants import rfc3339
from lading.policy.yaml_tree import MAX_BYTES as MAX_POLICY
from lading.signing.dsse import (
    Envelope,
    EnvelopeSignature,
    encode_envelope,
    parse_envelope,
    pre_authentication_encoding,
)
from lading.signing.keys import PublicKey

MAX_BYTES = 8 * MAX_POLICY  # a policy, with every character escaped
PAYLOAD_TYPE = "application/vnd.lading.policy.v1+json"


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A policy as it was put in force. ``number`` counts activations, ``approval`` is where others agreed."""

    text: str
    number: int
    set_at: datetime
    set_by: str
    approval: str = ""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A version that a key which counts has signed."""

    version: PolicyVersion
    key: str  # id of the key


@dataclass(frozen=True, slots=True)
class Unsealed:
    """What has no signature that counts, and why."""

    reason: str


def bytes_to_sign(version: PolicyVersion) -> bytes:
    """Give what the key signs."""
    return pre_authentication_encoding(PAYLOAD_TYPE, _payload(version))


def seal(version: PolicyVersion, signature: bytes, key: PublicKey) -> bytes:
    """Write a version with its signature."""
    return encode_envelope(Envelope(PAYLOAD_TYPE, _payload(version), (EnvelopeSignature(signature, key.id),)))


def open_sealed(content: bytes, keys: Iterable[PublicKey]) -> Sealed | Unsealed:
    """Verify by rule 1 and read; whatever is wrong with the bytes is the answer."""
    if not content:
        return Unsealed("it is not signed")
    try:
        envelope = parse_envelope(content)
    except LadingError as error:
        return Unsealed(f"its signature cannot be read: {error.message}")
    if envelope.payload_type != PAYLOAD_TYPE:
        return Unsealed("what is signed is no policy")
    signer = next((key for key in keys if _signed(envelope, key)), None)
    if signer is None:
        return Unsealed("no key that counts has signed it")
    try:
        plain = strict_json.decode_object(envelope.payload, what="signed policy", max_bytes=MAX_BYTES)
        return Sealed(msgspec.convert(plain, PolicyVersion), signer.id)
    except (LadingError, msgspec.ValidationError) as error:
        return Unsealed(f"what is signed cannot be read: {error}")


def _signed(envelope: Envelope, key: PublicKey) -> bool:
    return any(key.verify(one.signature, envelope.signed_bytes) for one in envelope.signatures)


def _payload(version: PolicyVersion) -> bytes:
    plain: dict[str, Any] = {
        "text": version.text,
        "number": version.number,
        "set_at": rfc3339(version.set_at),
        "set_by": version.set_by,
        "approval": version.approval,
    }
    return strict_json.encode_canonical(plain)

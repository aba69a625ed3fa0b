"""Evidence as plain values: for rules (``facts``), for storage and for its digest (``encode``)."""

from datetime import datetime
from typing import Any

import msgspec

from lading.foundation.errors import Malformed
from lading.oci.digest import Digest
from lading.policy.evidence import Evidence


def facts(evidence: Evidence) -> dict[str, Any]:
    """Give the evidence as rules read it: dictionaries, tuples, text, numbers, moments, null."""
    plain: dict[str, Any] = msgspec.to_builtins(evidence, builtin_types=(datetime,))
    plain["undetermined"] = evidence.unanswered()
    return plain


def encode(evidence: Evidence) -> bytes:
    """Give the bytes under which the evidence is kept and digested: equal evidence, equal bytes."""
    return encode_facts(facts(evidence))


def encode_facts(plain: dict[str, Any]) -> bytes:
    """Give the same bytes for what ``facts`` gave: JSON with sorted keys."""
    return msgspec.json.encode(plain, order="sorted")


def decode(content: bytes) -> Evidence:
    """Read what ``encode`` gave, also from an older version; raise Malformed for anything else.

    Facts that an older version did not have are as where they were not looked at.
    """
    try:
        plain = msgspec.json.decode(content)
        unknown = plain.get("undetermined", {})
        plain["undetermined"] = [{"path": path, "reason": reason} for path, reason in unknown.items()]
        evidence: Evidence = msgspec.convert(plain, Evidence)
    except (msgspec.MsgspecError, AttributeError, UnicodeDecodeError) as error:
        raise Malformed("evidence-invalid", f"stored evidence cannot be read: {error}") from error
    return evidence


def evidence_digest(evidence: Evidence) -> Digest:
    """Give the digest under which decisions about this evidence are kept."""
    return Digest.of(encode(evidence))

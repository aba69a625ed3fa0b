"""Evidence as plain values: for rules (``facts``), for storage and for its digest (``encode``)."""

import dataclasses
import typing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from lading.foundation.errors import Malformed
from lading.oci.digest import Digest
from lading.policy.evidence import Evidence, Undetermined


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
        stored = _STORED.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Malformed("evidence-invalid", f"stored evidence cannot be read: {error}") from error
    fields = {name: getattr(stored, name) for name in _NAMES}
    unknown = tuple(Undetermined(path, reason) for path, reason in stored.undetermined.items())
    return Evidence(**{**fields, "undetermined": unknown})


@dataclass(frozen=True, slots=True)
class WrittenEvidence:
    """Evidence in all its forms, each worked out once: making them takes longer than judging them."""

    evidence: Evidence
    facts: dict[str, Any]
    content: bytes
    digest: Digest


def write(evidence: Evidence) -> WrittenEvidence:
    """Work out the forms of evidence that was collected."""
    plain = facts(evidence)
    content = encode_facts(plain)
    return WrittenEvidence(evidence, plain, content, Digest.of(content))


def read(content: bytes) -> WrittenEvidence:
    """Work out the forms of evidence that was kept; raise Malformed as ``decode`` does."""
    evidence = decode(content)
    return WrittenEvidence(evidence, facts(evidence), content, Digest.of(content))


def evidence_digest(evidence: Evidence) -> Digest:
    """Give the digest under which decisions about this evidence are kept."""
    return Digest.of(encode(evidence))


def _stored_form() -> msgspec.json.Decoder[Any]:
    """Give the reader of a value like Evidence, but for ``undetermined``, which is kept as a map."""
    hints = typing.get_type_hints(Evidence)
    fields: list[tuple[str, Any, Any]] = []
    for one in dataclasses.fields(Evidence):
        if one.name == "undetermined":
            fields.append((one.name, dict[str, str], dataclasses.field(default_factory=dict)))
        elif one.default_factory is not dataclasses.MISSING:
            fields.append((one.name, hints[one.name], dataclasses.field(default_factory=one.default_factory)))
        else:
            fields.append((one.name, hints[one.name], dataclasses.field(default=one.default)))
    return msgspec.json.Decoder(dataclasses.make_dataclass("StoredEvidence", fields, slots=True))


_NAMES = tuple(one.name for one in dataclasses.fields(Evidence))
_STORED = _stored_form()

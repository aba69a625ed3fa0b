"""in-toto statements: what an attestation says, about which content.

Written as v1 (in-toto Attestation Framework, "spec/v1/statement.md"); v0.1 is read too, because cosign writes
it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lading.foundation import strict_json
from lading.foundation.errors import Malformed
from lading.foundation.strict_json import JsonValue
from lading.oci.digest import Digest

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_V1 = "https://in-toto.io/Statement/v1"
STATEMENT_V01 = "https://in-toto.io/Statement/v0.1"
MAX_STATEMENT_BYTES = 48 << 20
MAX_SUBJECTS = 10_000


class PredicateType(StrEnum):
    """Types of predicate that Lading writes; it verifies statements of any type."""

    CYCLONEDX = "https://cyclonedx.org/bom"
    SPDX = "https://spdx.dev/Document"
    # cosign's own "vuln" type: the in-toto vulns predicate is not one that its --type vuln looks for.
    VULNERABILITY_SCAN = "https://cosign.sigstore.dev/attestation/vuln/v1"


@dataclass(frozen=True, slots=True)
class StatementSubject:
    """Content that a statement is about. ``digests`` are lower-case hex by algorithm; the name is a hint."""

    name: str
    digests: Mapping[str, str]

    def is_(self, digest: Digest) -> bool:
        """Whether this is the content of ``digest``."""
        return self.digests.get(digest.algorithm) == digest.hex


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim of a type about subjects; ``raw`` is what was signed."""

    raw: bytes
    subjects: tuple[StatementSubject, ...]
    predicate_type: str
    predicate: Any

    def is_about(self, digest: Digest) -> bool:
        """Whether the content of ``digest`` is among the subjects."""
        return any(subject.is_(digest) for subject in self.subjects)


def build_statement(subjects: Iterable[tuple[str, Digest]], predicate_type: str, predicate: bytes) -> bytes:
    """Write a v1 statement about (name, digest) pairs.

    ``predicate`` is a JSON object as bytes and stands in the statement as it is, so that its digest can be
    found again in what was signed. Raises Malformed when it is not one JSON object, or when no subject is
    given.
    """
    strict_json.decode_object(predicate, what="predicate", max_bytes=MAX_STATEMENT_BYTES)
    subject: list[JsonValue] = [
        {"name": name, "digest": {digest.algorithm: digest.hex}} for name, digest in subjects
    ]
    if not subject:
        raise Malformed("statement-invalid", "a statement needs a subject")
    head = strict_json.encode_canonical(
        {"_type": STATEMENT_V1, "predicateType": predicate_type, "subject": subject}
    )
    return head[:-1] + b',"predicate":' + predicate.strip() + b"}"


def parse_statement(raw: bytes) -> Statement:
    """Read a statement of v1 or v0.1; raise Malformed or OverLimit."""
    document = strict_json.decode_object(raw, what="in-toto statement", max_bytes=MAX_STATEMENT_BYTES)
    if document.get("_type") not in {STATEMENT_V1, STATEMENT_V01}:
        raise Malformed("statement-invalid", f"_type must be {STATEMENT_V1}")
    predicate_type = document.get("predicateType")
    if not isinstance(predicate_type, str) or not predicate_type:
        raise Malformed("statement-invalid", "predicateType must be a string")
    subjects = document.get("subject")
    if not isinstance(subjects, list) or not 0 < len(subjects) <= MAX_SUBJECTS:
        raise Malformed("statement-invalid", f"subject must be a list of 1 to {MAX_SUBJECTS}")
    return Statement(
        raw,
        tuple(_parse_subject(entry, f"subject[{at}]") for at, entry in enumerate(subjects)),
        predicate_type,
        document.get("predicate"),
    )


def predicate_bytes(statement: Statement) -> bytes:
    """Give the predicate as JSON again (not byte for byte, where the signer spelt it otherwise)."""
    return json.dumps(statement.predicate, ensure_ascii=False, separators=(",", ":")).encode()


def _parse_subject(entry: object, where: str) -> StatementSubject:
    if not isinstance(entry, dict):
        raise Malformed("statement-invalid", f"{where} must be an object")
    name, digests = entry.get("name", ""), entry.get("digest")
    if not isinstance(name, str):
        raise Malformed("statement-invalid", f"{where}.name must be a string")
    if not isinstance(digests, dict) or not all(isinstance(hex_, str) for hex_ in digests.values()):
        raise Malformed("statement-invalid", f"{where}.digest must be an object of strings")
    return StatementSubject(name, digests)

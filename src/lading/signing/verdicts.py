"""What a verification answers: verified, rejected, or could not tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, TypeAlias, assert_never

from lading.foundation.errors import Malformed


class Step(IntEnum):
    """The steps of ``signing.verification``, by number."""

    RULE = 1
    PRESENT = 2
    SIZE = 3
    ENCODING = 4
    SIGNATURE = 5
    PAYLOAD = 6
    DIGEST = 7
    IDENTITY = 8
    THRESHOLD = 9


@dataclass(frozen=True, slots=True)
class Signer:
    """A trusted key that made a good signature."""

    name: str
    key_id: str  # "sha256:" and the digest of its SubjectPublicKeyInfo


@dataclass(frozen=True, slots=True)
class Verified:
    """Signed by these, which the rule of this name trusts; found so at this time."""

    signers: tuple[Signer, ...]
    at: datetime
    rule: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Not signed as the trust policy asks; this step failed, for this reason."""

    step: Step
    reason: str


@dataclass(frozen=True, slots=True)
class Undetermined:
    """Could not tell, because this lookup failed. Neither signed nor unsigned: ask again."""

    lookup: str
    reason: str


Verdict: TypeAlias = Verified | Rejected | Undetermined


def verdict_to_json(verdict: Verdict) -> dict[str, Any]:
    """Give the verdict as small JSON, for records, evidence and answers."""
    match verdict:
        case Verified():
            return {
                "outcome": "verified",
                "signers": [{"name": signer.name, "keyId": signer.key_id} for signer in verdict.signers],
                "at": verdict.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
                "rule": verdict.rule,
            }
        case Rejected():
            return {"outcome": "rejected", "step": verdict.step.name.lower(), "reason": verdict.reason}
        case Undetermined():
            return {"outcome": "undetermined", "lookup": verdict.lookup, "reason": verdict.reason}
    assert_never(verdict)


def verdict_from_json(document: Mapping[str, Any]) -> Verdict:
    """Read what ``verdict_to_json`` wrote; raise Malformed for anything else."""
    try:
        match document["outcome"]:
            case "verified":
                signers = tuple(Signer(entry["name"], entry["keyId"]) for entry in document["signers"])
                return Verified(signers, datetime.fromisoformat(document["at"]), document["rule"])
            case "rejected":
                return Rejected(Step[document["step"].upper()], document["reason"])
            case "undetermined":
                return Undetermined(document["lookup"], document["reason"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed("verdict-invalid", "this is not a stored verdict") from error
    raise Malformed("verdict-invalid", "this is not a stored verdict")

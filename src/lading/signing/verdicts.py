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
    CERTIFICATE = 6
    SIGNER = 7
    TIME = 8
    PAYLOAD = 9
    DIGEST = 10
    IDENTITY = 11
    CONDITION = 12
    THRESHOLD = 13
    ATTESTATIONS = 14


@dataclass(frozen=True, slots=True)
class Signer:
    """A trusted signer that made a good signature.

    ``key_id`` is what the signature shows: ``sha256:`` and the digest of the key's SubjectPublicKeyInfo, or
    identity or subject of the certificate. ``signed_at`` is None where nobody but the signer says when.
    """

    name: str
    key_id: str
    signed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """Signed by these, which the rule of this name trusts; found so at this time.

    It holds until the trust policy changes its answer, and not beyond ``until`` where there is one.
    """

    signers: tuple[Signer, ...]
    at: datetime
    rule: str
    until: datetime | None = None


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
                "signers": [_signer_to_json(signer) for signer in verdict.signers],
                "at": _text(verdict.at),
                "rule": verdict.rule,
                **({} if verdict.until is None else {"until": _text(verdict.until)}),
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
                signers = tuple(
                    Signer(entry["name"], entry["keyId"], _moment(entry.get("signedAt")))
                    for entry in document["signers"]
                )
                at = datetime.fromisoformat(document["at"])
                return Verified(signers, at, document["rule"], _moment(document.get("until")))
            case "rejected":
                return Rejected(Step[document["step"].upper()], document["reason"])
            case "undetermined":
                return Undetermined(document["lookup"], document["reason"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed("verdict-invalid", "this is not a stored verdict") from error
    raise Malformed("verdict-invalid", "this is not a stored verdict")


def _signer_to_json(signer: Signer) -> dict[str, Any]:
    proven = {} if signer.signed_at is None else {"signedAt": _text(signer.signed_at)}
    return {"name": signer.name, "keyId": signer.key_id, **proven}


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

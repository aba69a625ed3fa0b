"""Decisions as bytes, to be kept and read back."""

from datetime import datetime
from typing import Any

import msgspec

from lading.foundation.errors import Malformed
from lading.policy.decision import Decision, RuleResult


def encode_results(results: tuple[RuleResult, ...]) -> list[dict[str, object]]:
    """Give the results of rules as JSON objects, in order."""
    plain: list[dict[str, object]] = msgspec.to_builtins(results)
    return plain


def decode_results(stored: Any) -> tuple[RuleResult, ...]:
    """Read what ``encode_results`` gave; raise Malformed for anything else."""
    try:
        return msgspec.convert(stored, tuple[RuleResult, ...])
    except msgspec.ValidationError as error:
        raise Malformed("decision-invalid", f"a stored decision cannot be read: {error}") from error


def encode_decision(decision: Decision) -> bytes:
    """Give a decision as JSON."""
    return msgspec.json.encode(decision)


def decode_decision(content: bytes) -> Decision:
    """Read what ``encode_decision`` gave; raise Malformed for anything else."""
    try:
        decision = msgspec.json.decode(content, type=Decision)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Malformed("decision-invalid", f"a stored decision cannot be read: {error}") from error
    for moment in (decision.at, decision.valid_until):
        _require_zone(moment)
    return decision


def decided_at(content: bytes) -> datetime:
    """Give the moment of a decision, without reading what the rules said."""
    try:
        at: datetime = _MOMENT.decode(content).at
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Malformed("decision-invalid", f"a stored decision cannot be read: {error}") from error
    _require_zone(at)
    return at


class _Moment(msgspec.Struct):
    at: datetime


_MOMENT = msgspec.json.Decoder(_Moment)


def _require_zone(moment: datetime | None) -> None:
    if moment is not None and moment.tzinfo is None:
        raise Malformed("decision-invalid", "a stored decision has a moment without its zone")

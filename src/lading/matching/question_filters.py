"""What narrows a question down, as words beside what is asked for: "openssl<3 owner:payments env:prod"."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from lading.foundation.errors import Malformed

_WORD = re.compile(
    r"(?:^|\s)(?P<key>base|owner|env|environment|since|until|at|running):(?P<value>\S*)(?=\s|$)"
)
_HINT = (
    "for example owner:payments, base:base/debian:12, env:prod, since:2026-05-01, running:yes, at:2026-05-01"
)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which images are meant; empty members let all through.

    ``base`` is an image that they stand on, ``owner`` the team that answers for them ("nobody" for none),
    ``environment`` one that has them. ``since`` and ``until`` are when they were pushed. ``at`` is the moment
    that is asked about, where it is not now.
    """

    base: str = ""
    owner: str = ""
    environment: str = ""
    running: bool = False
    since: datetime | None = None
    until: datetime | None = None
    at: datetime | None = None


def split_question(text: str) -> tuple[str, Narrowed]:
    """Part what is asked for, which may be nothing, from what narrows it. Raises Malformed."""
    words: dict[str, Any] = {}
    for found in _WORD.finditer(text):
        key = "environment" if found["key"] == "env" else found["key"]
        if key in words:
            raise Malformed("question-invalid", f"the question says {key}: twice", hint=_HINT)
        if not found["value"]:
            raise Malformed("question-invalid", f"nothing is said after {key}:", hint=_HINT)
        words[key] = _READERS.get(key, str)(found["value"])
    return _WORD.sub(" ", text).strip(), Narrowed(**words)


def parse_moment(text: str, *, end: bool) -> datetime:
    """Read a date or an instant; of a date, its first moment, or with ``end`` its last. Raises Malformed."""
    try:
        if "T" not in text and " " not in text:
            day = date.fromisoformat(text)
            first = datetime.combine(day, time.min, UTC)
            return first + timedelta(days=1, microseconds=-1) if end else first
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise Malformed(
            "question-invalid", f"{text[:80]!r} is no date", hint="write it as 2026-05-01"
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _first(text: str) -> datetime:
    return parse_moment(text, end=False)


def _last(text: str) -> datetime:
    return parse_moment(text, end=True)


def _yes(text: str) -> bool:
    if text not in {"yes", "no"}:
        raise Malformed("question-invalid", f"running:{text[:40]} is neither yes nor no", hint=_HINT)
    return text == "yes"


_READERS: dict[str, Callable[[str], object]] = {"since": _first, "until": _last, "at": _last, "running": _yes}

"""What registries say of how often they want to be asked.

Retry-After (RFC 9110, section 10.2.3) names a moment or seconds. Of the limit itself there are three
spellings: ``RateLimit-Limit: 100;w=21600`` with ``RateLimit-Remaining: 76;w=21600`` (Docker Hub),
``RateLimit: limit=100, remaining=50, reset=30`` (earlier drafts of the IETF), and ``RateLimit:
"default";r=50;t=30`` (the later ones). Nothing that they say keeps us quiet for longer than a day.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(days=1)
_SPARING = 0.1  # of the limit: with less than that left, only what is not here is asked for
_SPARED_FOR = timedelta(minutes=15)  # where nobody says when the count begins again
_MEMBER = re.compile(r"(?:^|[\s,;])(limit|remaining|reset|r|t|w)=([0-9]{1,12})(?![0-9.])")
_NUMBER = re.compile(r"\s*([0-9]{1,12})(?![0-9.])")


@dataclass(frozen=True, slots=True)
class Quota:
    """Until when not to ask at all, and until when only for what is not here."""

    held_until: datetime | None = None
    spared_until: datetime | None = None


def parse_retry_after(text: str, now: datetime) -> datetime | None:
    """The moment that a Retry-After names; None for what is no such header, or is past."""
    plain = text.strip()
    if plain.isascii() and plain.isdigit() and len(plain) <= 12:
        return now + min(timedelta(seconds=int(plain)), LONGEST) if int(plain) else None
    try:
        moment = parsedate_to_datetime(plain)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(moment, now + LONGEST) if moment > now else None


def quota_in(headers: Mapping[str, str], now: datetime) -> Quota:
    """What an answer's headers, with names in lower case, say."""
    told = dict(_members(headers.get("ratelimit", "")))
    remaining = told.get("remaining", told.get("r"))
    limit, reset = told.get("limit"), told.get("reset", told.get("t"))
    if remaining is None:
        remaining = _number(headers, "ratelimit-remaining", "x-ratelimit-remaining")
        limit = _number(headers, "ratelimit-limit", "x-ratelimit-limit")
        reset = _number(headers, "ratelimit-reset")
    if limit is None:
        limit = dict(_members(headers.get("ratelimit-policy", ""))).get("q")
    if remaining is None or (remaining and (limit is None or remaining >= limit * _SPARING)):
        return Quota()
    wait = min(timedelta(seconds=reset), LONGEST) if reset else _SPARED_FOR
    return Quota(held_until=now + wait) if remaining == 0 else Quota(spared_until=now + wait)


def _members(text: str) -> list[tuple[str, int]]:
    return [(name, int(value)) for name, value in _MEMBER.findall(text[:500])]


def _number(headers: Mapping[str, str], *names: str) -> int | None:
    for name in names:
        found = _NUMBER.match(headers.get(name, ""))
        if found:
            return int(found[1])
    return None

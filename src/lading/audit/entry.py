"""Audit entries, before and after they are chained."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done or refused, to be recorded.

    ``action`` is ``noun.verb`` ("manifest.push", "sign-in.fail", "promotion.deny"); ``subject`` is what it
    was done to (a reference, a person, a rule); ``details`` are small JSON values and never a secret.
    """

    at: str  # RFC 3339, UTC
    actor: str
    action: str
    subject: str
    outcome: str  # "done", "denied", "failed"
    details: Mapping[str, object]
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An event at its place in the chain."""

    sequence: int  # 1 is the first
    event: Event
    previous: str  # digest of the entry before, 64 zeros for the first
    digest: str  # over previous and the canonical form of this entry

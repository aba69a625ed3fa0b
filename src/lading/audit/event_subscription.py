"""Who is told of what was done: subscriptions to the audit log.

1. Every change is one audit entry, written in the transaction of the change: the log is the list of what is
   to be told, and a subscription is a place in it (``cursor``) with a filter.
2. Entries of one repository are told in their order. While one of them is not taken, later ones of the same
   repository wait; others go on.
3. An entry that was not taken after ``attempts`` tries is a dead letter, and those that waited for it go on.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lading.access.repository_pattern import RepositoryPattern
from lading.audit.entry import Event
from lading.foundation.errors import Malformed

MAX_ACTIONS = 50
_ACTION = re.compile(r"[a-z][a-z-]{0,39}(?:\.[a-z][a-z-]{0,39})?\Z")
_BY_DIGEST = re.compile(r"([a-z0-9._-]+(?:/[a-z0-9._-]+)*)(?::[\w.-]+)?@[a-z0-9+._-]+:[0-9a-f]{32,}\Z")
_BY_NAME = re.compile(r"([a-z0-9._-]+(?:/[a-z0-9._-]+)*)(?::[\w.-]+)?\Z")
_OF_REPOSITORIES = frozenset({"manifest", "blob", "tag", "repository", "image"})
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=1)
_DOUBLINGS = 12  # 5 seconds doubled so often is more than an hour


@dataclass(frozen=True, slots=True)
class EventSubscription:
    """One receiver. ``secret`` signs what is sent to it and is shown only when it is made."""

    id: str
    url: str
    actions: tuple[str, ...]  # whole actions or their nouns; none for every action
    repositories: RepositoryPattern  # ** also takes what concerns no repository
    secret: str = field(repr=False)
    made_at: datetime
    made_by: str
    cursor: int  # sequence of the newest entry that was looked at
    paused: bool = False
    error: str = ""  # why the last delivery was not taken; empty when it was
    sent_at: datetime | None = None  # when something was taken last

    def wants(self, event: Event) -> bool:
        """Whether the receiver is told of this."""
        noun = event.action.partition(".")[0]
        if self.actions and event.action not in self.actions and noun not in self.actions:
            return False
        repository = repository_of(event)
        return self.repositories.covers_everything or (
            bool(repository) and self.repositories.matches(repository)
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    """An entry that was not taken yet: it waits, or it is a dead letter."""

    subscription: str
    sequence: int
    repository: str  # empty for what concerns no repository: those keep their order among themselves
    attempts: int
    due_at: datetime
    dead: bool = False
    error: str = ""


def repository_of(event: Event) -> str:
    """The repository that an entry is about; empty where it is about none."""
    named = event.details.get("repository")
    if isinstance(named, str):
        return named
    found = _BY_DIGEST.match(event.subject)
    if found is None and event.action.partition(".")[0] in _OF_REPOSITORIES:
        found = _BY_NAME.match(event.subject)
    return found[1] if found else ""


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many tries: 5 seconds, doubled each time, an hour at most."""
    return min(_FIRST_WAIT * (1 << min(attempts - 1, _DOUBLINGS)), _LONGEST_WAIT)


def parse_actions(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Read actions ("manifest.push") and nouns ("manifest"); raise Malformed."""
    if len(texts) > MAX_ACTIONS:
        raise Malformed("event-actions-invalid", f"a subscription names at most {MAX_ACTIONS} actions")
    for text in texts:
        if not _ACTION.match(text):
            raise Malformed(
                "event-actions-invalid",
                f"{text[:80]!r} is no action",
                hint="write an action as the audit log has it, manifest.push, or its noun, manifest",
            )
    return tuple(dict.fromkeys(texts))

"""The chain of audit entries: each holds the digest of the one before, so that no change stays local.

1. An entry's digest is SHA-256 over the canonical JSON of ``previous``, ``sequence`` and ``event``.
2. Sequences count from 1 without gaps; ``previous`` of the first is 64 zeros.
3. Whoever changes, removes, inserts or reorders entries must compute every later digest anew, and then the
   newest digest differs from one that was remembered elsewhere (``expected``).
4. Entries cut off the end leave a chain that is whole; only a remembered head shows that they are gone.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeAlias

from lading.audit.entry import Entry, Event
from lading.foundation import strict_json

FIRST_PREVIOUS = "0" * 64
MAX_TEXT = 512  # characters of actor, action, subject, outcome and request id; they come from anybody


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry as somebody remembered it."""

    sequence: int
    digest: str


EMPTY = Head(0, FIRST_PREVIOUS)


@dataclass(frozen=True, slots=True)
class Intact:
    """Every entry is the one that was written, up to ``head``."""

    count: int
    head: Head


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place where the log is not what was written."""

    sequence: int
    reason: str


Verification: TypeAlias = Intact | Broken


def link(head: Head, event: Event) -> Entry:
    """Make the entry that follows ``head``. Texts longer than MAX_TEXT are cut, and end in "…" then."""
    bounded = _bounded(event)
    sequence = head.sequence + 1
    return Entry(sequence, bounded, head.digest, digest_of(head.digest, sequence, bounded))


def digest_of(previous: str, sequence: int, event: Event) -> str:
    """Compute rule 1: 64 lower-case hexadecimal digits."""
    members: Any = {"previous": previous, "sequence": sequence, "event": asdict(event)}
    return hashlib.sha256(strict_json.encode_canonical(members)).hexdigest()


def verify(entries: Iterable[Entry], *, expected: Head | None = None) -> Verification:
    """Check entries, oldest first from the first one ever, against the rules and a remembered head."""
    head = EMPTY
    for entry in entries:
        reason = _fault(head, entry)
        if reason:
            return Broken(head.sequence + 1, reason)
        head = Head(entry.sequence, entry.digest)
        if expected is not None and expected.sequence == head.sequence and expected != head:
            return Broken(head.sequence, "this entry is whole, and not the one that was remembered")  # rule 3
    if expected is not None and expected.sequence > head.sequence:  # rule 4
        missing = expected.sequence - head.sequence
        return Broken(head.sequence + 1, f"the log was cut: its last {missing} remembered entries are gone")
    return Intact(head.sequence, head)


def _fault(head: Head, entry: Entry) -> str:
    due = head.sequence + 1
    if entry.sequence != due:  # rule 2
        return f"entry {due} is missing: entry {entry.sequence} stands in its place"
    if entry.previous != head.digest:  # rule 3
        return "it does not follow from the entry before: one of the two was changed, put in or moved"
    if digest_of(entry.previous, entry.sequence, entry.event) != entry.digest:  # rule 1
        return "its content or its digest was changed"
    return ""


def _bounded(event: Event) -> Event:
    return replace(
        event,
        actor=_cut(event.actor),
        action=_cut(event.action),
        subject=_cut(event.subject),
        outcome=_cut(event.outcome),
        request_id=_cut(event.request_id),
    )


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"

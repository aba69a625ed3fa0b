"""The audit log: entries, and whether their chain is whole."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from lading.audit.chain import Broken, Intact, Verification
from lading.audit.entry import Entry
from lading.console.formats.instants import Instant, instant_of_text
from lading.console.formats.numbers import counted
from lading.console.links import list_link
from lading.console.views.badges import Badge, Tone, event_badge
from lading.ports.records.audit import AuditFilter
from lading.ports.records.page import Page

MAX_VALUE = 400  # characters of one detail that are shown


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry."""

    sequence: int
    at: Instant | None
    at_text: str  # as it was written, where it is no moment
    actor: str
    actor_link: str
    action: str
    action_link: str
    subject: str
    subject_short: str  # digests cut to what people recognise
    subject_link: str
    badge: Badge
    details: tuple[tuple[str, str], ...]
    request_id: str
    digest: str


@dataclass(frozen=True, slots=True)
class ChainView:
    """What is known of the chain: not checked until somebody asks, because it takes reading all of it."""

    badge: Badge
    says: str
    head: str


@dataclass(frozen=True, slots=True)
class AuditView:
    """The whole page."""

    wanted: AuditFilter
    chain: ChainView
    rows: tuple[EntryRow, ...]
    next_link: str
    first_link: str


def audit_view(
    page: Page[Entry], *, wanted: AuditFilter, chain: ChainView, after: str, now: datetime
) -> AuditView:
    """Make the page from one page of entries."""
    fields = {"actor": wanted.actor, "action": wanted.action, "subject": wanted.subject}
    return AuditView(
        wanted=wanted,
        chain=chain,
        rows=tuple(_row(entry, now) for entry in page.items),
        next_link=list_link("/audit", **fields, after=page.next) if page.next else "",
        first_link=list_link("/audit", **fields) if after else "",
    )


def unchecked_chain(head: Entry | None) -> ChainView:
    """The chain before anybody asked."""
    if head is None:
        return ChainView(Badge(Tone.QUIET, "Empty"), "There are no entries yet.", "")
    says = f"{counted(head.sequence, 'entry', 'entries')}, each with the digest of the one before."
    return ChainView(Badge(Tone.QUIET, "Not checked"), says, head.digest)


def checked_chain(verification: Verification) -> ChainView:
    """The chain after it was read from the first entry to the newest."""
    match verification:
        case Intact(number, head):
            says = f"Every one of {counted(number, 'entry', 'entries')} is as it was written."
            return ChainView(Badge(Tone.GOOD, "Intact"), says, head.digest if number else "")
        case Broken(sequence, reason):
            return ChainView(Badge(Tone.BAD, "Broken"), f"At entry {sequence:,}: {reason}.", "")
        case _:
            assert_never(verification)


def _row(entry: Entry, now: datetime) -> EntryRow:
    event = entry.event
    return EntryRow(
        sequence=entry.sequence,
        at=instant_of_text(event.at, now),
        at_text=event.at,
        actor=event.actor,
        actor_link=list_link("/audit", actor=event.actor),
        action=event.action,
        action_link=list_link("/audit", action=event.action),
        subject=event.subject,
        subject_short=_short(event.subject),
        subject_link=list_link("/audit", subject=event.subject),
        badge=event_badge(event.outcome),
        details=tuple(_details(event.details)),
        request_id=event.request_id,
        digest=entry.digest,
    )


def _short(subject: str) -> str:
    name, at, digest = subject.partition("@sha256:")
    return f"{name}@{digest[:12]}" if at and len(digest) == 64 else subject


def _details(details: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in details.items():
        if value in ("", None, [], {}):
            continue
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield name, text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}…"

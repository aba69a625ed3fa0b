"""Take in a feed: all of it or nothing, and put what it touches to be matched again.

1. Everything is decoded before anything is written: a feed that is cut off, contradicts itself or cannot be
   read for the most part is refused, and what was held before stays in force.
2. A feed that is older than the one held, or that has lost most of it, is refused unless forced.
3. The feed, its audit entry, and which packages are to be matched again, are one transaction: a crash after
   it loses nothing. ``lading.workflows.match_packages`` does the matching.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from lading.access.verbs import Verb
from lading.advisories.advisory import Advisory
from lading.advisories.exploit_score import ExploitScore
from lading.advisories.feed import FeedDate, FeedDocument, FeedFormat, RefusedRecord
from lading.foundation.errors import Conflict, LadingError, Malformed, OverLimit
from lading.packages.realm import Realm
from lading.ports.records.advisories import FeedChange, FeedState
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import Caller
from lading.workflows.rights import require_on_installation

MAX_ADVISORIES = 2_000_000  # in one feed; all of OSV's npm has some 250,000
MAX_TOLD = 100  # refused records that the outcome lists
MOSTLY = 0.05  # the share of refused records from which on a feed is not what it should be
FEW = 20  # refused records that are always tolerated: samples and small feeds have odd ones
SHRUNK = 0.5  # a feed that has less than this share of what it had is taken for cut off
_CLOCKS_APART = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FeedArrival:
    """A feed as it came. ``digest`` is of the file or files it was read from."""

    name: str
    format: FeedFormat
    documents: Iterable[FeedDocument]
    digest: str


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What an import did. ``waiting`` counts the packages that are to be matched, whoever put them there."""

    state: FeedState
    change: FeedChange
    refused: tuple[RefusedRecord, ...]  # at most MAX_TOLD
    refused_count: int
    waiting: int
    unchanged: bool = False  # the very same file was held already; only its time is new


def import_advisories(
    records: Records, caller: Caller, arrival: FeedArrival, now: datetime, *, force: bool = False
) -> ImportOutcome:
    """Make the feed all that is known from it. Importing it again changes nothing.

    Raises Malformed ``feed-contradictory``, ``feed-empty``, ``feed-mostly-unreadable`` and what the decoder
    raises, OverLimit ``feed-too-large``, and Conflict ``feed-older`` and ``feed-shrunk``, which ``force``
    overrides. A refusal is in the audit log.
    """
    require_on_installation(caller, Verb.ADMINISTER)
    try:
        return _import(records, caller, arrival, now, force=force)
    except LadingError as error:
        refusal = caller.did("advisories.import", arrival.name, now, code=error.code, digest=arrival.digest)
        with records.write() as kept:
            kept.audit.append(replace(refusal, outcome="failed"))
        raise


def _import(
    records: Records, caller: Caller, arrival: FeedArrival, now: datetime, *, force: bool
) -> ImportOutcome:
    marked = f"{arrival.digest} {arrival.format.name}/{arrival.format.revision}"
    with records.read() as kept:
        held = _held(kept, arrival.name)
    if held and held.digest == marked and not force:
        return _seen_again(records, caller, held, now)
    content = _decode(arrival, now)  # 1
    state = FeedState(arrival.name, now, content.made_at, marked, content.count)
    with records.write(long=True) as kept:  # 3
        held = _held(kept, arrival.name)
        if held and not force:
            refuse_older(held, state)  # 2
        realms = kept.advisories.held_realms()
        if content.scores:
            change = FeedChange((), (), (), frozenset())
            kept.advisories.replace_scores(state, content.scores)
        else:
            change = kept.advisories.replace_feed(state, content.advisories.values())
        waiting = rematch(kept, change, content.advisories, realms)
        counts = {
            "added": len(change.added),
            "changed": len(change.changed),
            "removed": len(change.removed),
            "refused": len(content.refused),
        }
        kept.audit.append(
            caller.did("advisories.import", arrival.name, now, digest=arrival.digest, forced=force, **counts)
        )
    refused = content.refused
    return ImportOutcome(state, change, tuple(refused[:MAX_TOLD]), len(refused), waiting)


def rematch(
    kept: RecordSet, change: FeedChange, advisories: Mapping[str, Advisory], realms: frozenset[Realm]
) -> int:
    """Put to be matched again what a change touches; return how many packages wait then.

    ``realms`` are those that were held before it: where a distribution's came or went, another word counts
    about what it ships.
    """
    touched = (*change.added, *change.changed)
    flaws = {name for one in touched for name in advisories[one].names} | set(change.removed)
    kept.matches.match_again(change.names, flaws)
    return kept.matches.match_owned_again(realms ^ kept.advisories.held_realms())


def _held(kept: RecordSet, name: str) -> FeedState | None:
    return next((feed for feed in kept.advisories.feeds() if feed.name == name), None)


def _seen_again(records: Records, caller: Caller, held: FeedState, now: datetime) -> ImportOutcome:
    """The same bytes, read by the same decoder: what is new is that they are still what is published."""
    state = replace(held, imported_at=now)
    with records.write() as kept:
        kept.advisories.confirm_feed(held.name, at=now)
        waiting = kept.matches.match_again((), ())
        kept.audit.append(caller.did("advisories.import", held.name, now, digest=held.digest, unchanged=True))
    return ImportOutcome(state, FeedChange((), (), (), frozenset()), (), 0, waiting, unchanged=True)


@dataclass(slots=True)
class _Content:
    """All that a feed holds, decoded."""

    advisories: dict[str, Advisory] = field(default_factory=dict)
    scores: list[ExploitScore] = field(default_factory=list)
    refused: list[RefusedRecord] = field(default_factory=list)
    made_at: datetime | None = None

    @property
    def count(self) -> int:
        return len(self.advisories) + len(self.scores)


def _decode(arrival: FeedArrival, now: datetime) -> _Content:
    content = _Content()
    for one in arrival.format.decode(arrival.name, arrival.documents):
        match one:
            case RefusedRecord():
                content.refused.append(one)
            case ExploitScore():
                content.scores.append(one)
            case FeedDate():
                content.made_at = _instant(one.text)
            case Advisory():
                if content.advisories.setdefault(one.id, one) != one:
                    says = f"{arrival.name} says two different things under the id {one.id[:200]}"
                    raise Malformed("feed-contradictory", says)
        if content.count + len(content.refused) > MAX_ADVISORIES:
            raise OverLimit(
                "feed-too-large",
                f"{arrival.name} has more than {MAX_ADVISORIES} records",
                details={"limit": MAX_ADVISORIES},
            )
    _refuse_what_is_no_feed(arrival.name, content)
    content.made_at = content.made_at or _newest(content.advisories, now)
    return content


def _refuse_what_is_no_feed(name: str, content: _Content) -> None:
    refused = content.refused
    if not content.count:
        raise Malformed("feed-empty", f"{name} holds no advisory{_first(refused)}")
    if len(refused) > max(FEW, MOSTLY * content.count):
        raise Malformed(
            "feed-mostly-unreadable",
            f"{len(refused)} of {len(refused) + content.count} records of {name} cannot be read"
            f"{_first(refused)}",
        )


def _first(refused: list[RefusedRecord]) -> str:
    return f"; the first of them, {refused[0].where}: {refused[0].reason}" if refused else ""


def _newest(advisories: dict[str, Advisory], now: datetime) -> datetime | None:
    """When the feed was made, as far as it tells: its newest record. A date to come tells nothing."""
    instants = (_instant(text) for one in advisories.values() for text in (one.modified, one.published))
    past = [instant for instant in instants if instant is not None and instant <= now + _CLOCKS_APART]
    return max(past, default=None)


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def refuse_older(held: FeedState, new: FeedState) -> None:
    """Refuse a feed that is older than the one held, or that has lost most of it."""
    if held.published_at and new.published_at and new.published_at < held.published_at:
        raise Conflict(
            "feed-older",
            f"the newest record of {new.name} is of {new.published_at.isoformat()}, older than the"
            f" {held.published_at.isoformat()} that is held",
            hint="fetch the feed again, or force the import to go back on purpose",
        )
    if new.count < held.count * SHRUNK:
        raise Conflict(
            "feed-shrunk",
            f"{new.name} has {new.count} advisories, where {held.count} are held",
            hint="fetch the feed again, or force the import if this is right",
        )


def iter_refused(outcome: ImportOutcome) -> Iterator[str]:
    """Refused records in words, with how many more there are."""
    for one in outcome.refused:
        yield f"{one.where}: {one.reason}"
    if outcome.refused_count > len(outcome.refused):
        yield f"and {outcome.refused_count - len(outcome.refused)} more"

"""Match the packages that wait for it: new ones, and those that an import of advisories touched.

Packages are matched in batches, each its own transaction, so that the work can stop anywhere and go on. A
batch is computed outside of the transaction that writes it, and again when advisories changed meanwhile.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from lading.advisories.advisory import Severity
from lading.matching.finding import Finding, Verdict
from lading.matching.statements import Statements, cleared_reason
from lading.matching.sweep import speak, sweep
from lading.packages.package import Package
from lading.ports.records.advisories import FeedState
from lading.ports.records.contents import KnownPackage
from lading.ports.records.matches import Match, MatchChange, MatchStatus, VerdictChange
from lading.ports.records.record_set import Records, RecordSet

MANY = 1_000  # packages after which the database is to look anew at how much there is of what
BATCH = 4_000  # packages: some 200 ms of work between two looks at the outside

_STATUS = {Verdict.AFFECTED: MatchStatus.AFFECTED, Verdict.UNDETERMINED: MatchStatus.UNDETERMINED}


@dataclass(frozen=True, slots=True)
class FindingChange:
    """A finding that came, went or means something else now. One of ``before`` and ``after`` may be None."""

    package: Package
    flaw: str
    before: Match | None
    after: Match | None


@dataclass(frozen=True, slots=True)
class MatchedBatch:
    """One batch that is done, and what it changed; of a package that is new, every finding is a change."""

    packages: int
    matches: int
    changes: tuple[FindingChange, ...]


def match_packages(
    records: Records, now: datetime | None = None, *, batch: int = BATCH
) -> Iterator[MatchedBatch]:
    """Match everything that waits, and tell after each batch what it changed.

    With ``now``, changes of packages that had been matched before are remembered, for ``workflows.alerts``.
    """
    ratings = _Ratings()
    matched = 0
    while True:
        packages, feeds, matches = _compute(records, batch, ratings)
        if not packages:
            break
        changes = _keep(records, packages, feeds, matches, now)
        if changes is not None:
            matched += len(packages)
            yield MatchedBatch(len(packages), len(matches), changes)

    if matched >= MANY:
        with records.write(long=True) as kept:
            kept.tallies.refresh_statistics()


class _Ratings:
    """Severities of flaws that were looked up, as long as the feeds are what they were."""

    def __init__(self) -> None:
        self._feeds: tuple[FeedState, ...] = ()
        self._known: dict[str, Severity] = {}

    def of(self, kept: RecordSet, feeds: tuple[FeedState, ...], flaws: set[str]) -> Mapping[str, Severity]:
        if feeds != self._feeds:
            self._feeds, self._known = feeds, {}
        if new := flaws - self._known.keys():
            found = kept.advisories.severities(new)
            self._known |= {flaw: found.get(flaw, Severity.UNKNOWN) for flaw in new}
        return self._known


def _compute(
    records: Records, batch: int, ratings: _Ratings
) -> tuple[tuple[KnownPackage, ...], tuple[FeedState, ...], tuple[Match, ...]]:
    with records.read() as kept:
        feeds = kept.advisories.feeds()
        waiting = kept.matches.packages_to_match(limit=batch).items
        packages = [known.package for known in waiting]
        spoken = speak(kept.advisories.candidates(packages))
        findings = list(sweep(packages, spoken, kept.advisories.held_realms()))
        # Where a vendor does not say how bad a flaw is, take the worst that anybody else says of it.
        unrated = {finding.flaw for finding in findings if finding.severity is Severity.UNKNOWN}
        rated = ratings.of(kept, feeds, unrated)
        stated = Statements(kept.vex.about({name for finding in findings for name in finding.names}))
    return waiting, feeds, tuple(_iter_matches(findings, rated, stated))


def _iter_matches(
    findings: Iterable[Finding], rated: Mapping[str, Severity], stated: Statements
) -> Iterator[Match]:
    reasons: dict[int, dict[str, object]] = {}  # by identity: a sweep gives one reason to many packages
    for finding in findings:
        reason = reasons.get(id(finding.reason))
        if reason is None:
            reason = reasons[id(finding.reason)] = finding.reason.as_json()
        status = _STATUS[finding.verdict]
        if stated and (cleared := stated.clearing(finding)):
            status, reason = MatchStatus.NOT_AFFECTED, cleared_reason(finding.reason, cleared).as_json()
        unrated = finding.severity is Severity.UNKNOWN
        yield Match(
            package=finding.package,
            flaw=finding.flaw,
            feed=finding.feed,
            advisory_id=finding.advisory_id,
            status=status,
            severity=rated[finding.flaw] if unrated else finding.severity,
            fixed_in=finding.fixed_in,
            reason=reason,
        )


def _keep(
    records: Records,
    packages: tuple[KnownPackage, ...],
    feeds: tuple[FeedState, ...],
    matches: tuple[Match, ...],
    now: datetime | None,
) -> tuple[FindingChange, ...] | None:
    """Write a batch; None when advisories changed since it was computed, so that it must be done again."""
    with records.write() as kept:
        if kept.advisories.feeds() != feeds:
            return None
        changes = tuple(_iter_changes(kept.matches.replace_matches(packages, matches)))
        if now is not None:
            kept.matches.note_changes(_iter_verdicts(packages, changes, now))
    return changes


def _iter_verdicts(
    packages: Iterable[KnownPackage], changes: Iterable[FindingChange], now: datetime
) -> Iterator[VerdictChange]:
    """What is news: not the findings that a package has from the beginning, nor another severity or fix."""
    known = {each.package: each for each in packages if not each.new}
    for change in changes:
        before = change.before.status if change.before else None
        after = change.after.status if change.after else None
        either = change.after or change.before
        if change.package in known and before is not after and either is not None:
            yield VerdictChange(
                known[change.package], change.flaw, either.severity, before, after, either.fixed_in, now
            )


def _iter_changes(changes: Iterable[MatchChange]) -> Iterator[FindingChange]:
    for change in changes:
        either = change.after or change.before
        if either is not None and _meaning(change.before) != _meaning(change.after):
            yield FindingChange(either.package, either.flaw, before=change.before, after=change.after)


def _meaning(match: Match | None) -> tuple[object, ...] | None:
    """What makes a finding another one to people: not whose word it was, nor how it is explained."""
    return (match.status, match.severity, match.fixed_in) if match else None

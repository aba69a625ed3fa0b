"""Match the packages that wait for it: new ones, and those that an import of advisories touched.

Packages are matched in batches, each its own transaction, so that the work can stop anywhere and go on. A
batch is computed outside of the transaction that writes it, and again when advisories changed meanwhile.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lading.advisories.advisory import Severity
from lading.matching.finding import Finding, Verdict
from lading.matching.match import match_each
from lading.packages.package import Package
from lading.ports.records.advisories import FeedState
from lading.ports.records.matches import Match, MatchStatus
from lading.ports.records.record_set import Records, RecordSet

BATCH = 500  # packages: some 100 ms of work between two looks at the outside

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


def match_packages(records: Records, *, batch: int = BATCH) -> Iterator[MatchedBatch]:
    """Match everything that waits, and tell after each batch what it changed."""
    while True:
        packages, feeds, matches = _compute(records, batch)
        if not packages:
            return
        changes = _keep(records, packages, feeds, matches)
        if changes is not None:
            yield MatchedBatch(len(packages), len(matches), changes)


def _compute(
    records: Records, batch: int
) -> tuple[tuple[Package, ...], tuple[FeedState, ...], tuple[Match, ...]]:
    with records.read() as kept:
        feeds = kept.advisories.feeds()
        packages = kept.matches.packages_to_match(limit=batch).items
        candidates = kept.advisories.candidates(packages)
        found = [finding for _, findings in match_each(packages, candidates) for finding in findings]
        matches = _with_severities(kept, [_match_of(one) for one in found if one.verdict in _STATUS])
    return packages, feeds, matches


def _match_of(finding: Finding) -> Match:
    return Match(
        package=finding.package,
        flaw=finding.flaw,
        feed=finding.feed,
        advisory_id=finding.advisory_id,
        status=_STATUS[finding.verdict],
        severity=finding.severity,
        fixed_in=finding.fixed_in,
        reason=finding.reason.as_json(),
    )


def _with_severities(kept: RecordSet, matches: list[Match]) -> tuple[Match, ...]:
    """Where a vendor does not say how bad a flaw is, take the worst that anybody else says of it."""
    unrated = {match.flaw for match in matches if match.severity is Severity.UNKNOWN}
    rated = kept.advisories.severities(unrated) if unrated else {}
    return tuple(_rate(match, rated.get(match.flaw, Severity.UNKNOWN)) for match in matches)


def _rate(match: Match, severity: Severity) -> Match:
    if match.severity is not Severity.UNKNOWN or severity is Severity.UNKNOWN:
        return match
    return replace(match, severity=severity)


def _keep(
    records: Records,
    packages: tuple[Package, ...],
    feeds: tuple[FeedState, ...],
    matches: tuple[Match, ...],
) -> tuple[FindingChange, ...] | None:
    """Write a batch; None when advisories changed since it was computed, so that it must be done again."""
    with records.write() as kept:
        if kept.advisories.feeds() != feeds:
            return None
        before = kept.matches.matches_of(packages)
        kept.matches.replace_matches(packages, matches)
    return tuple(_iter_changes(before, matches))


def _iter_changes(before: Iterable[Match], after: Iterable[Match]) -> Iterator[FindingChange]:
    old = {(match.package, match.flaw): match for match in before}
    new = {(match.package, match.flaw): match for match in after}
    for key in sorted(old.keys() | new.keys()):
        was, is_now = old.get(key), new.get(key)
        if _meaning(was) != _meaning(is_now):
            yield FindingChange(*key, before=was, after=is_now)


def _meaning(match: Match | None) -> tuple[object, ...] | None:
    """What makes a finding another one to people: not whose word it was, nor how it is explained."""
    return (match.status, match.severity, match.fixed_in) if match else None

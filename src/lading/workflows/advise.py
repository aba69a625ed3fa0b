"""What to do first across the fleet: actions that remove most, with why, and how old each signal is.

1. An update of a base helps every image that stands on it; so bases come first, and what they remove is not
   counted again for packages.
2. Of packages, those are looked at whose versions have the worst findings with a fix, and those with flaws
   that are used in attacks.
3. A finding that a statement clears is none.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from lading.access.ownership import Owned
from lading.advisories.advisory import Severity
from lading.matching.action import Action, ActionKind
from lading.packages.all_version_schemes import SCHEME_OF_TYPE
from lading.packages.package import Package
from lading.packages.release import release_of
from lading.ports.records.matches import Match, MatchStatus
from lading.ports.records.page import MAX_LIMIT
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import Caller
from lading.workflows.reach import UsedBase, reach_of_base, used_bases
from lading.workflows.rights import find_owner, load_ownership_rules

MOST_BASES = 20
MOST_PACKAGES = 400  # versions that are looked at
MOST_ACTIONS = 50
_SIGNALS = ("kev", "epss")


@dataclass(frozen=True, slots=True)
class Signal:
    """A source that orders the list, and when it was made; empty where it is not here."""

    name: str
    made_at: str


@dataclass(frozen=True, slots=True)
class Advice:
    """The list, the most urgent first."""

    actions: tuple[Action, ...]
    signals: tuple[Signal, ...]


_Finding = tuple[Package, str]  # a package version and a flaw


@dataclass(slots=True)
class _Tally:
    """What one action removes."""

    flaws: dict[str, Severity] = field(default_factory=dict)
    packages: set[int] = field(default_factory=set)
    fixes: set[str] = field(default_factory=set)
    example: Package | None = None

    def take(self, match: Match) -> None:
        self.flaws[match.flaw] = match.severity
        self.fixes.add(match.fixed_in)
        self.example = self.example or match.package


def advise(records: Records, caller: Caller) -> Advice:
    """Make the list, for who may see the whole fleet; it is empty for others."""
    if not caller.may_list_repositories():
        return Advice((), ())
    removed: set[_Finding] = set()
    actions = [
        action
        for base in used_bases(records, caller, limit=MOST_BASES)
        if (action := _of_base(records, caller, base, removed))
    ]
    actions += _of_packages(records, removed)
    actions.sort(key=lambda action: action.score, reverse=True)
    with records.read() as kept:
        states = {feed.name: feed.published_at or feed.imported_at for feed in kept.advisories.feeds()}
    signals = tuple(
        Signal(name, states[name].date().isoformat() if name in states else "") for name in _SIGNALS
    )
    return Advice(tuple(actions[:MOST_ACTIONS]), signals)


def _of_base(records: Records, caller: Caller, base: UsedBase, removed: set[_Finding]) -> Action | None:
    with records.read() as kept:
        found = kept.matches.image_findings(base.manifest, limit=MAX_LIMIT).items
        tally = _Tally()
        for one in found:
            if one.match.status is MatchStatus.AFFECTED and one.match.fixed_in:
                tally.take(one.match)
                removed.add((one.match.package, one.match.flaw))
        exploited, likeliest = _signals(kept, tally.flaws)
    if not tally.flaws or not base.places:
        return None
    place = base.places[0]
    reach = reach_of_base(records, caller, place.repository, str(base.manifest))
    name = f"{place.repository}:{place.tags[0]}" if place.tags else place.repository
    return Action(
        kind=ActionKind.UPDATE_BASE,
        subject=name,
        target="",
        images=reach.images,
        containers=reach.containers,
        teams=tuple(team.team or "nobody" for team in reach.teams),
        exploited=exploited,
        likeliest=likeliest,
        question=f"base:{name}",
        **_counts(tally.flaws),
    )


def _of_packages(records: Records, removed: set[_Finding]) -> list[Action]:
    with records.read() as kept:
        tallies = _tally_packages(kept, removed)
        actions = [_of_package(kept, tally) for tally in tallies.values()]
        found = [action for action in actions if action is not None]
    rules = load_ownership_rules(records)
    named: list[Action] = []
    for action, repositories in found:
        teams: set[str] = set()
        for repository in repositories:
            owner = find_owner(records, repository, rules)
            teams.add(owner.team.name if isinstance(owner, Owned) else "nobody")
        named.append(replace(action, teams=tuple(sorted(teams))))
    return named


def _tally_packages(kept: RecordSet, removed: set[_Finding]) -> Mapping[tuple[str, str, str, str], _Tally]:
    """What is removed by upgrading what is built from one source, on one release."""
    tallies: dict[tuple[str, str, str, str], _Tally] = {}
    known = kept.matches.worst_fixable(limit=MOST_PACKAGES)
    numbers = {each.package: each.number for each in known}
    for match in kept.matches.matches_of(numbers):
        if match.status is not MatchStatus.AFFECTED or not match.fixed_in:
            continue
        if (match.package, match.flaw) in removed:
            continue
        package = match.package
        release = release_of(package.distro) if package.distro else ""
        key = (package.type, package.namespace, package.advisory_name, release)
        tally = tallies.setdefault(key, _Tally())
        tally.take(match)
        tally.packages.add(numbers[package])
    return tallies


def _of_package(kept: RecordSet, tally: _Tally) -> tuple[Action, set[str]] | None:
    package = tally.example
    if package is None:
        return None
    uses = kept.contents.uses_of(tally.packages, limit=200)
    if not uses.reach.images:
        return None
    exploited, likeliest = _signals(kept, tally.flaws)
    places = kept.registry.places_of({use.manifest for use in uses.page.items})
    where = f" ({package.distro})" if package.distro else f" ({package.type})"
    target = _newest(package.type, tally.fixes)
    name = f"{package.namespace}/{package.advisory_name}" if _is_scoped(package) else package.advisory_name
    action = Action(
        kind=ActionKind.UPGRADE_PACKAGE,
        subject=f"{name}{where}",
        target=target,
        images=uses.reach.images,
        containers=uses.reach.containers,
        teams=(),
        exploited=exploited,
        likeliest=likeliest,
        question=f"{package.advisory_name} < {target}",
        **_counts(tally.flaws),
    )
    return action, {place.repository for each in places.values() for place in each}


def _is_scoped(package: Package) -> bool:
    return bool(package.namespace) and not package.distro


def _newest(package_type: str, versions: Iterable[str]) -> str:
    scheme = SCHEME_OF_TYPE.get(package_type)
    return max(versions, key=lambda version: (scheme.key(version) if scheme else None) or b"")


def _counts(flaws: Mapping[str, Severity]) -> dict[str, int]:
    by_severity = Counter(flaws.values())
    critical, high = by_severity[Severity.CRITICAL], by_severity[Severity.HIGH]
    return {"critical": critical, "high": high, "others": len(flaws) - critical - high}


def _signals(kept: RecordSet, flaws: Iterable[str]) -> tuple[tuple[str, ...], float]:
    names = sorted(flaws)
    exploited = tuple(sorted(kept.advisories.known_exploited(names)))
    scores = kept.advisories.exploit_scores(names).values()
    return exploited, max((score.score for score in scores), default=0.0)

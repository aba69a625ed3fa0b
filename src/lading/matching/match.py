"""A package against all that is said about it: one finding for each flaw."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from lading.advisories.advisory import Advisory, Affected, Severity
from lading.advisories.cvss import worse
from lading.matching.finding import Finding, Rule, Verdict
from lading.matching.flaws import join, name_sets
from lading.matching.judgement import OUTSIDE, Judgement, judge
from lading.packages.package import Package
from lading.packages.package_name import PackageName, names_of

MAX_ALSO = 20  # other advisories that a reason names

# Whose word counts, where several speak of one flaw of one package: lower is stronger. A vendor's own
# tracker knows of its back-ports first; what is shipped with the program is only better than nothing.
_AUTHORITY = {"debian-tracker": 0, "starter": 9}
_ANY_FEED = 5

# Among equals, the one that finds more.
_STRENGTH = {Verdict.AFFECTED: 0, Verdict.UNDETERMINED: 1, Verdict.NOT_AFFECTED: 2}
_OF_ANOTHER_STREAM = 3  # counts only where nothing is said of the package's own stream
# Verdicts of not being affected that somebody took the trouble to state, worth showing.
_STATED = (Rule.VENDOR_NOT_AFFECTED, Rule.NO_CODE)

_Spoken: TypeAlias = Mapping[PackageName, list[tuple[Advisory, Affected]]]


@dataclass(frozen=True, slots=True)
class _Opinion:
    advisory: Advisory
    affected: Affected
    judgement: Judgement

    @property
    def authority(self) -> int:
        return _AUTHORITY.get(self.advisory.feed, _ANY_FEED)

    @property
    def order(self) -> tuple[int, bool, int, str, str]:
        """Authority first; of equal ones, the word that it is not affected, then what finds more."""
        return (
            self.authority,
            self.judgement.reason.rule is not Rule.VENDOR_NOT_AFFECTED,
            self._strength,
            self.advisory.feed,
            self.advisory.id,
        )

    @property
    def _strength(self) -> int:
        if self.judgement.reason.rule is Rule.OTHER_MODULE_STREAM:
            return _OF_ANOTHER_STREAM
        return _STRENGTH[self.judgement.verdict]


def match(package: Package, candidates: Iterable[Advisory]) -> tuple[Finding, ...]:
    """Give one finding for each flaw that affects, may affect or is stated not to affect the package.

    ``candidates`` are advisories that may speak of one of the package's names; withdrawn ones are passed
    over. That a version is in no range makes no finding. Findings come in the order of their flaws.
    """
    return _match(package, _by_name(candidates))


def match_each(
    packages: Iterable[Package], candidates: Iterable[Advisory]
) -> Iterator[tuple[Package, tuple[Finding, ...]]]:
    """Do as ``match`` for many packages, looking through the candidates once."""
    spoken = _by_name(candidates)
    for package in packages:
        yield package, _match(package, spoken)


def _by_name(advisories: Iterable[Advisory]) -> _Spoken:
    spoken: dict[PackageName, list[tuple[Advisory, Affected]]] = defaultdict(list)
    for advisory in advisories:
        if not advisory.withdrawn:
            for affected in advisory.affected:
                spoken[affected.package_name].append((advisory, affected))
    return spoken


def _match(package: Package, spoken: _Spoken) -> tuple[Finding, ...]:
    finding_any: list[_Named] = []
    outside: list[_Named] = []
    for name in names_of(package):
        for advisory, affected in spoken.get(name, ()):
            judgement = judge(package, affected)
            opinion = _Opinion(advisory, affected, judgement)
            kept = outside if judgement is OUTSIDE else finding_any
            kept += [(flaw_names, opinion) for flaw_names in name_sets(advisory)]
    if not finding_any:
        return ()
    joined = join([*finding_any, *_connected(outside, finding_any)])
    findings = (_finding(package, names, opinions) for names, opinions in joined)
    return tuple(sorted((found for found in findings if found), key=lambda found: found.flaw))


_Named = tuple[tuple[str, ...], _Opinion]


def _connected(others: list[_Named], to: list[_Named]) -> list[_Named]:
    """Those of ``others`` that are about a flaw of ``to``: most are about flaws that were fixed long ago."""
    names = {name for named, _ in to for name in named}
    found: list[_Named] = []
    while True:
        rest: list[_Named] = []
        more: list[_Named] = []
        for other in others:
            (rest if names.isdisjoint(other[0]) else more).append(other)
        if not more:
            return found
        found += more
        others = rest
        names.update(name for named, _ in more for name in named)


def _finding(package: Package, names: tuple[str, ...], opinions: list[_Opinion]) -> Finding | None:
    opinions.sort(key=lambda opinion: opinion.order)
    chosen = opinions[0]
    verdict, reason = chosen.judgement.verdict, chosen.judgement.reason
    if verdict is Verdict.NOT_AFFECTED and reason.rule not in _STATED:
        return None
    also = dict.fromkeys(
        f"{other.advisory.feed} {other.advisory.id}"
        for other in opinions[1:]
        if other.advisory is not chosen.advisory
    )
    return Finding(
        package=package,
        flaw=names[0],
        names=names,
        verdict=verdict,
        severity=_severity(opinions),
        cvss=next((opinion.advisory.cvss for opinion in opinions if opinion.advisory.cvss), ""),
        fixed_in=_fix(opinions) if verdict is not Verdict.NOT_AFFECTED else "",
        feed=chosen.advisory.feed,
        advisory_id=chosen.advisory.id,
        reason=replace(reason, also=tuple(also)[:MAX_ALSO]) if also else reason,
    )


def _severity(opinions: list[_Opinion]) -> Severity:
    """The vendor's for this package where it has one, else the worst that anybody says of the flaw."""
    severity = opinions[0].affected.severity
    if severity is not Severity.UNKNOWN:
        return severity
    for opinion in opinions:
        severity = worse(severity, opinion.advisory.severity)
    return severity


def _fix(opinions: list[_Opinion]) -> str:
    """The fix by the strongest word that names one; a weaker authority's fix is not the vendor's."""
    return next(
        (
            opinion.judgement.reason.fixed
            for opinion in opinions
            if opinion.judgement.reason.fixed
            and opinion.authority == opinions[0].authority
            and opinion.judgement.verdict is opinions[0].judgement.verdict
        ),
        "",
    )

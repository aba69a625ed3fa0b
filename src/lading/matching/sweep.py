"""Many packages against all that is said about them, in one sweep over the versions of each name.

What is said of a name is put in order once: its flaws, and for each of them the spans of versions that may
have it, as byte keys. The versions that are there are sorted by their keys too, so that a span finds those
inside it by two binary searches, however many there are: the work grows with the findings, not with packages
times ranges. What a span finds is then judged by the rules of ``lading.matching.judgement``, once for each
version; so the sweep says what ``match`` says, of what affects or may affect a package.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from lading.advisories.advisory import Advisory, Affected, AffectedRange
from lading.matching.finding import Finding, Verdict
from lading.matching.flaws import join, name_sets
from lading.matching.judgement import judge
from lading.matching.no_code import holds_no_code
from lading.matching.opinions import Opinion, conclude
from lading.packages.all_version_schemes import VERSION_SCHEMES
from lading.packages.package import Package
from lading.packages.package_name import NameKind, PackageName, names_of
from lading.packages.realm import Realm, owners_realm
from lading.packages.version_scheme import VersionScheme

Spoken: TypeAlias = Mapping[PackageName, Sequence[tuple[Advisory, Affected]]]


class _Span(NamedTuple):
    """Versions that may have a flaw: from ``low`` to ``high``, which is still inside if ``closed``."""

    flaw: int  # which of the flaws
    low: bytes
    high: bytes | None  # None: no end that can be compared
    closed: bool


_Axis: TypeAlias = tuple[str, bool]  # a version scheme, and whether the source's version counts


@dataclass(slots=True)
class _Said:
    """All that is said under some names, flaw by flaw."""

    flaws: list[tuple[tuple[str, ...], list[tuple[Advisory, Affected]]]]
    spans: dict[_Axis, list[_Span]]
    listed: dict[tuple[bool, str], set[int]]  # versions that are named one by one
    always: set[int]  # flaws that any version may have
    by_source: bool  # whether nothing is said of what is built, only of sources


def speak(advisories: Iterable[Advisory]) -> Spoken:
    """What is said of each name; withdrawn advisories say nothing."""
    spoken: dict[PackageName, list[tuple[Advisory, Affected]]] = defaultdict(list)
    for advisory in advisories:
        if not advisory.withdrawn:
            for affected in advisory.affected:
                spoken[affected.package_name].append((advisory, affected))
    return spoken


def sweep(
    packages: Iterable[Package], spoken: Spoken, held: frozenset[Realm] = frozenset()
) -> Iterator[Finding]:
    """Give the findings of packages that are or may be affected, package by package.

    ``held`` is as of ``match``. What a distribution ships is kept apart: the findings say that its word is
    wanting.
    """
    together: dict[tuple[tuple[PackageName, ...], Realm | None], list[Package]] = defaultdict(list)
    for package in packages:
        names = tuple(name for name in names_of(package) if name in spoken)
        if names and not holds_no_code(package):
            owner = owners_realm(package)
            if owner is None or owner not in held:
                together[names, owner].append(package)
    for (names, _), each in together.items():
        yield from _sweep(each, _arrange([said for name in names for said in spoken[name]]))


def _arrange(statements: Sequence[tuple[Advisory, Affected]]) -> _Said:
    joined = join([(names, said) for said in statements for names in name_sets(said[0])])
    arranged = _Said(
        flaws=joined,
        spans=defaultdict(list),
        listed=defaultdict(set),
        always=set(),
        by_source=all(affected.kind is NameKind.SOURCE for _, affected in statements),
    )
    for flaw, (_, said) in enumerate(joined):
        for _, affected in said:
            _place(arranged, flaw, affected)
    return arranged


def _place(arranged: _Said, flaw: int, affected: Affected) -> None:
    """Note which versions may be affected: rather one too many, which judging then takes out."""
    if affected.not_affected:
        return
    scheme = VERSION_SCHEMES.get(affected.scheme)
    nothing_named = not affected.ranges and not affected.versions
    if scheme is None or nothing_named or affected.vendor_status == "undetermined":
        arranged.always.add(flaw)
        return
    by_source = affected.kind is NameKind.SOURCE
    for version in affected.versions:
        arranged.listed[by_source, version].add(flaw)
    spans = arranged.spans[affected.scheme, by_source]
    for bounds in affected.ranges:
        spans.append(_span(flaw, bounds, scheme))


def _span(flaw: int, bounds: AffectedRange, scheme: VersionScheme) -> _Span:
    end = bounds.fixed or bounds.last_affected
    low = scheme.key(bounds.introduced) if bounds.introduced else b""
    return _Span(flaw, low or b"", scheme.key(end) if end else None, not bounds.fixed)


def _sweep(packages: Sequence[Package], said: _Said) -> Iterator[Finding]:
    found: list[set[int]] = [set(said.always) for _ in packages]
    for (scheme, by_source), spans in said.spans.items():
        _find_spans(packages, VERSION_SCHEMES[scheme], spans, found, by_source=by_source)
    if said.listed:
        for at, package in enumerate(packages):
            found[at] |= said.listed.get((True, package.advisory_version), set())
            found[at] |= said.listed.get((False, package.version), set())
    concluded: dict[tuple[int, str, str], Finding | None] = {}
    for package, flaws in zip(packages, found, strict=True):
        version = "" if said.by_source else package.version
        for flaw in sorted(flaws):
            key = (flaw, package.advisory_version, version)
            if key in concluded:
                same = concluded[key]
                if same is not None:
                    yield _of(package, same)
                continue
            finding = concluded[key] = _conclude(package, *said.flaws[flaw])
            if finding is not None:
                yield finding


def _of(package: Package, same: Finding) -> Finding:
    """The same of another package of that version; ``dataclasses.replace`` takes three times as long."""
    return Finding(
        package,
        same.flaw,
        same.names,
        same.verdict,
        same.severity,
        same.cvss,
        same.fixed_in,
        same.feed,
        same.advisory_id,
        same.reason,
    )


def _find_spans(
    packages: Sequence[Package],
    scheme: VersionScheme,
    spans: Iterable[_Span],
    found: list[set[int]],
    *,
    by_source: bool,
) -> None:
    """Add to each package the flaws whose spans its version is in; a version without a key is in all."""
    keyed: list[tuple[bytes, int]] = []
    unplaced: list[int] = []
    for at, package in enumerate(packages):
        key = scheme.key(package.advisory_version if by_source else package.version)
        if key is None:
            unplaced.append(at)
        else:
            keyed.append((key, at))
    keyed.sort()
    keys = [key for key, _ in keyed]
    for flaw, low, high, closed in spans:
        first = bisect_left(keys, low) if low else 0
        last = len(keys) if high is None else (bisect_right if closed else bisect_left)(keys, high)
        for _, at in keyed[first:last]:
            found[at].add(flaw)
        for at in unplaced:
            found[at].add(flaw)


def _conclude(
    package: Package, names: tuple[str, ...], said: Sequence[tuple[Advisory, Affected]]
) -> Finding | None:
    opinions = [Opinion(advisory, affected, judge(package, affected)) for advisory, affected in said]
    finding = conclude(package, names, opinions)
    return None if finding is None or finding.verdict is Verdict.NOT_AFFECTED else finding

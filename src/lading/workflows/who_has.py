"""Which images and running containers have a flaw or a package, where they are, and who answers for them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lading.access.ownership import Owned, OwnershipRule, Team
from lading.access.verbs import Verb
from lading.advisories.advisory import Advisory, Severity
from lading.inventory.container import RunningContainer
from lading.matching.finding import reason_of_json
from lading.matching.flaws import name_sets, rank
from lading.matching.question import (
    AskedFile,
    AskedFlaw,
    AskedLicense,
    AskedPackage,
    as_flaw,
    parse_question,
    version_fits,
)
from lading.oci.digest import Digest
from lading.ports.records.contents import PackageUse, Reach, Uses
from lading.ports.records.matches import Match
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.records.registry import Place
from lading.registry.caller import Caller
from lading.workflows.rights import find_owner, load_ownership_rules

MAX_NAMES = 1_000  # names of one flaw that are followed


@dataclass(frozen=True, slots=True)
class OwnedPlace:
    """A repository that has the image, by these tags, and the team that answers for it."""

    place: Place
    owner: Team | None


@dataclass(frozen=True, slots=True)
class Holder:
    """An image that has what was asked for, by one of its packages.

    ``match`` says how it is affected, where a flaw was asked for; ``undetermined`` that its version could not
    be compared with the one asked for.
    """

    use: PackageUse
    places: tuple[OwnedPlace, ...]
    running: tuple[RunningContainer, ...]
    match: Match | None
    undetermined: bool = False

    @property
    def why(self) -> str:
        """One sentence for people."""
        if self.match:
            return reason_of_json(self.match.reason).words
        package = self.use.package
        if not package.name:
            return f"it has this file as {self.use.path}"
        if self.undetermined:
            return f"{package.version} of {package.name} could not be compared with the version asked for"
        owner = f", owned by {package.owner}" if package.owner else ""
        return f"it has {package.name} {package.version}{owner}"


@dataclass(frozen=True, slots=True)
class AskedAbout:
    """What the question was taken for.

    ``known`` is False for a flaw that no advisory names: then no image can be called free of it. ``flaws``
    are all its names, the one that people use first; both are empty for a package.
    """

    flaws: tuple[str, ...]
    summary: str
    severity: Severity
    known_exploited: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of an answer, by image."""

    about: AskedAbout
    holders: Page[Holder]
    reach: Reach | None  # of the whole answer; None for who may not see all of it


def who_has(
    records: Records, caller: Caller, question: str, *, after: str = "", limit: int = DEFAULT_LIMIT
) -> Answer:
    """Answer a question of ``lading.matching.question.parse_question``.

    Only images in repositories that the caller may see evidence of are shown; those that are in none any
    more, but may still run, are shown to who may list all repositories.
    """
    asked = parse_question(question)
    if isinstance(asked, AskedLicense):
        return _answer_license(records, caller, asked, after, limit)
    if isinstance(asked, AskedFile):
        return _answer_file(records, caller, asked, after, limit)
    if isinstance(asked, AskedPackage) and asked.comparison is None and not (asked.type or asked.range):
        about = _about(records, as_flaw(asked.name))
        if about.known:
            return _answer_flaw(records, caller, about, after, limit)
    if isinstance(asked, AskedFlaw):
        return _answer_flaw(records, caller, _about(records, asked), after, limit)
    return _answer_package(records, caller, asked, after, limit)


def _about(records: Records, asked: AskedFlaw) -> AskedAbout:
    with records.read() as kept:
        names, advisories = all_names(kept, asked.names)
        exploited = bool(kept.advisories.known_exploited(names))
        severities = kept.advisories.severities(names)
    flaws = tuple(sorted(names, key=rank))
    return AskedAbout(
        flaws=flaws if advisories else asked.names,
        summary=next((one.summary for one in advisories if one.summary), ""),
        severity=max(severities.values(), key=list(Severity).index, default=Severity.UNKNOWN),
        known_exploited=exploited,
        known=bool(advisories),
    )


def all_names(kept: RecordSet, asked: Iterable[str]) -> tuple[set[str], list[Advisory]]:
    """Follow aliases from name to name. A notice leads to its flaws, but no flaw to another one."""
    names: set[str] = set()
    advisories: dict[tuple[str, str], Advisory] = {}
    waiting = list(asked)
    while waiting and len(names) < MAX_NAMES:
        name = waiting.pop()
        found = kept.advisories.named(name)
        for one in found:
            advisories[one.feed, one.id] = one
            same = [each for each in name_sets(one) if name in each or name == one.id]
            waiting += [other for each in same for other in each if other not in names]
        if found:
            names.add(name)
            waiting = [other for other in waiting if other not in names]
    return names, sorted(advisories.values(), key=lambda one: (not one.affected, one.feed, one.id))


def _answer_flaw(records: Records, caller: Caller, about: AskedAbout, after: str, limit: int) -> Answer:
    with records.read() as kept:
        uses = kept.contents.uses_of(kept.matches.packages_with(about.flaws), after=after, limit=limit)
        matches = kept.matches.matches_of({use.package for use in uses.page.items})
    of_flaw = {match.package: match for match in reversed(matches) if match.flaw in about.flaws}
    found = [(use, of_flaw.get(use.package), False) for use in uses.page.items]
    return _answer(records, caller, about, uses, found)


def _answer_package(records: Records, caller: Caller, asked: AskedPackage, after: str, limit: int) -> Answer:
    about = _NO_FLAW
    with records.read() as kept:
        called = kept.contents.packages_called(asked.name, package_type=asked.type, namespace=asked.namespace)
        fitting = {known: version_fits(known.package, asked) for known in called}
        wanted = [known.number for known, fits in fitting.items() if fits is not False]
        uses = kept.contents.uses_of(wanted, after=after, limit=limit)
    unsure = {known.package for known, fits in fitting.items() if fits is None}
    found = [(use, None, use.package in unsure) for use in uses.page.items]
    return _answer(records, caller, about, uses, found)


def _answer_license(records: Records, caller: Caller, asked: AskedLicense, after: str, limit: int) -> Answer:
    with records.read() as kept:
        numbers = kept.contents.packages_licensed(asked.pattern)
        uses = kept.contents.uses_of(numbers, after=after, limit=limit)
    found = [(use, None, False) for use in uses.page.items]
    return _answer(records, caller, _NO_FLAW, uses, found)


def _answer_file(records: Records, caller: Caller, asked: AskedFile, after: str, limit: int) -> Answer:
    with records.read() as kept:
        uses = kept.contents.images_with_file(bytes.fromhex(asked.sha256), after=after, limit=limit)
    found = [(use, None, False) for use in uses.page.items]
    return _answer(records, caller, _NO_FLAW, uses, found)


_NO_FLAW = AskedAbout((), "", Severity.UNKNOWN, known_exploited=False, known=True)
_Found: TypeAlias = tuple[PackageUse, Match | None, bool]


def _answer(
    records: Records, caller: Caller, about: AskedAbout, uses: Uses, found: Sequence[_Found]
) -> Answer:
    reach = uses.reach if caller.may_list_repositories() else None
    return Answer(about, Page(_holders(records, caller, found), uses.page.next), reach)


def _holders(records: Records, caller: Caller, found: Sequence[_Found]) -> tuple[Holder, ...]:
    manifests = {use.manifest for use, _, _ in found}
    with records.read() as kept:
        places = kept.registry.places_of(manifests)
        running = kept.inventory.running_from(manifests)
    owned = _owned(records, caller, places)
    sees_all = caller.may_list_repositories()
    return tuple(
        Holder(use, owned.get(use.manifest, ()), running.get(use.manifest, ()), match, undetermined)
        for use, match, undetermined in found
        if owned.get(use.manifest) or (sees_all and use.manifest not in places)
    )


def owned_places(
    records: Records, caller: Caller, manifests: Iterable[Digest]
) -> dict[Digest, tuple[OwnedPlace, ...]]:
    """Where images are, as far as the caller may see it, with who answers for them."""
    with records.read() as kept:
        places = kept.registry.places_of(manifests)
    return _owned(records, caller, places)


def _owned(
    records: Records, caller: Caller, places: Mapping[Digest, tuple[Place, ...]]
) -> dict[Digest, tuple[OwnedPlace, ...]]:
    """The places that the caller may see, with their owners."""
    rules = load_ownership_rules(records)
    repositories = {place.repository for each in places.values() for place in each}
    owners = dict(_iter_owners(records, caller, repositories, rules))
    return {
        manifest: tuple(
            OwnedPlace(place, owners[place.repository]) for place in each if place.repository in owners
        )
        for manifest, each in places.items()
    }


def _iter_owners(
    records: Records, caller: Caller, repositories: Iterable[str], rules: tuple[OwnershipRule, ...]
) -> Iterator[tuple[str, Team | None]]:
    for repository in repositories:
        if caller.may(Verb.READ_EVIDENCE, repository):
            owner = find_owner(records, repository, rules)
            yield repository, owner.team if isinstance(owner, Owned) else None

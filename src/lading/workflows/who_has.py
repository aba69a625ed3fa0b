"""Which images and running containers have a flaw or a package, where they are, and who answers for them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

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
    AskedPath,
    as_flaw,
    parse_question,
    version_fits,
)
from lading.matching.question_filters import Narrowed, split_question
from lading.oci.digest import Digest
from lading.ports.records.contents import ImageScope, PackageUse, Reach, Uses
from lading.ports.records.matches import Match, MatchStatus
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.records.registry import Place
from lading.registry.caller import Caller
from lading.workflows.question_scope import bases_below, scope_of
from lading.workflows.rights import find_owner, load_ownership_rules

MAX_NAMES = 1_000  # names of one flaw that are followed
_CLEARED = MatchStatus.NOT_AFFECTED


@dataclass(frozen=True, slots=True)
class OwnedPlace:
    """A repository that has the image, by these tags, and the team that answers for it.

    ``since`` is when it was pushed there, ``environments`` those that have it from there.
    """

    place: Place
    owner: Team | None
    since: datetime | None = None
    environments: tuple[str, ...] = ()


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
    base: str = ""  # the image below that brought the package with its layer; empty where it is its own

    @property
    def fixed_by(self) -> str:
        """What to do, where something helps: of what a base brought, move to a newer one of it."""
        if not self.match or not self.match.fixed_in:
            return ""
        if self.base:
            return f"a newer {self.base} with {self.use.package.name} {self.match.fixed_in}"
        return f"{self.use.package.name} {self.match.fixed_in}"

    @property
    def why(self) -> str:
        """One sentence for people."""
        if self.match:
            return reason_of_json(self.match.reason).words
        package = self.use.package
        if not package.name:
            return f"it has this file as {self.use.path}" if self.use.path else "it is one of those asked for"
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
    at: datetime | None = None  # the past moment that it is about; images deleted since are not in it


def who_has(
    records: Records, caller: Caller, question: str, *, after: str = "", limit: int = DEFAULT_LIMIT
) -> Answer:
    """Answer a question of ``lading.matching.question``, narrowed down as ``question_filters`` reads it.

    Only images in repositories that the caller may see evidence of are shown; those that are in none any
    more, but may still run, are shown to who may list all repositories.
    """
    text, narrowed = split_question(question)
    asking = Asking(records, caller, scope_of(records, caller, narrowed), after, limit)
    if not text and narrowed != Narrowed():
        with records.read() as kept:
            uses = kept.contents.images_within(asking.within, after=after, limit=limit)
        return asking.answer(_NO_FLAW, uses)
    asked = parse_question(text)
    match asked:
        case AskedLicense():
            with records.read() as kept:
                numbers = kept.contents.packages_licensed(asked.pattern)
                uses = asking.uses_of(kept, numbers)
            return asking.answer(_NO_FLAW, uses)
        case AskedFile():
            with records.read() as kept:
                sha256 = bytes.fromhex(asked.sha256)
                uses = kept.contents.images_with_file(sha256, within=asking.within, after=after, limit=limit)
            return asking.answer(_NO_FLAW, uses)
        case AskedPath():
            with records.read() as kept:
                uses = kept.contents.images_with_path(
                    asked.pattern, within=asking.within, after=after, limit=limit
                )
            return asking.answer(_NO_FLAW, uses)
        case AskedFlaw():
            return asking.answer_flaw(_about(records, asked))
        case AskedPackage():
            if asked.comparison is None and not (asked.type or asked.range):
                about = _about(records, as_flaw(asked.name))
                if about.known:
                    return asking.answer_flaw(about)
            return asking.answer_package(asked)
        case _:
            assert_never(asked)


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


_NO_FLAW = AskedAbout((), "", Severity.UNKNOWN, known_exploited=False, known=True)
_Found: TypeAlias = tuple[PackageUse, Match | None, bool]


@dataclass(frozen=True, slots=True)
class Asking:
    """One page of one question of somebody."""

    records: Records
    caller: Caller
    within: ImageScope
    after: str
    limit: int

    def uses_of(self, kept: RecordSet, packages: Iterable[int]) -> Uses:
        """Where the packages are, of what is asked about."""
        return kept.contents.uses_of(packages, within=self.within, after=self.after, limit=self.limit)

    def answer_flaw(self, about: AskedAbout) -> Answer:
        """Who has a flaw; of a past moment, who was known to have it then."""
        with self.records.read() as kept:
            if self.within.at is not None:
                then = kept.history.verdicts(about.flaws, self.within.at)
                numbers = [number for number, status in then.items() if status is not _CLEARED]
            else:
                numbers = list(kept.matches.packages_with(about.flaws))
            uses = self.uses_of(kept, numbers)
            matches = kept.matches.matches_of({use.package for use in uses.page.items})
        of_flaw = {match.package: match for match in reversed(matches) if match.flaw in about.flaws}
        found = [(use, of_flaw.get(use.package), False) for use in uses.page.items]
        return self._answer(about, uses, found)

    def answer_package(self, asked: AskedPackage) -> Answer:
        """Who has a package, at versions that fit or that cannot be compared."""
        with self.records.read() as kept:
            called = kept.contents.packages_called(
                asked.name, package_type=asked.type, namespace=asked.namespace
            )
            fitting = {known: version_fits(known.package, asked) for known in called}
            uses = self.uses_of(kept, [known.number for known, fits in fitting.items() if fits is not False])
        unsure = {known.package for known, fits in fitting.items() if fits is None}
        found = [(use, None, use.package in unsure) for use in uses.page.items]
        return self._answer(_NO_FLAW, uses, found)

    def answer(self, about: AskedAbout, uses: Uses) -> Answer:
        """The answer where nothing but where it is is to be said."""
        return self._answer(about, uses, [(use, None, False) for use in uses.page.items])

    def _answer(self, about: AskedAbout, uses: Uses, found: Sequence[_Found]) -> Answer:
        reach = uses.reach if self.caller.may_list_repositories() else None
        return Answer(about, Page(self._holders(found), uses.page.next), reach, self.within.at)

    def _holders(self, found: Sequence[_Found]) -> tuple[Holder, ...]:
        manifests = {use.manifest for use, _, _ in found}
        at = self.within.at
        with self.records.read() as kept:
            places = kept.registry.places_of(manifests)
            running = kept.history.ran_from(manifests, at) if at else kept.inventory.running_from(manifests)
            bases = bases_below(kept, [(use.manifest, use.layer) for use, match, _ in found if match])
            context = place_context(kept, places, at)
        owned = {
            manifest: tuple(context.of(one, manifest) for one in each)
            for manifest, each in _owned(self.records, self.caller, places).items()
        }
        sees_all = self.caller.may_list_repositories()
        return tuple(
            Holder(
                use,
                owned.get(use.manifest, ()),
                running.get(use.manifest, ()),
                match,
                undetermined,
                bases.get((use.manifest, use.layer), "") if match else "",
            )
            for use, match, undetermined in found
            if owned.get(use.manifest) or (sees_all and use.manifest not in places)
        )


@dataclass(frozen=True, slots=True)
class PlaceContext:
    """What is known of places beside who answers for them."""

    pushed_at: Mapping[tuple[str, Digest], datetime]
    environments: Mapping[tuple[str, Digest], tuple[str, ...]]
    tags: Mapping[str, Mapping[str, Digest]] | None  # of the past moment; None for now

    def of(self, owned: OwnedPlace, manifest: Digest) -> OwnedPlace:
        """The place with all of that."""
        place = owned.place
        if self.tags is not None:
            then = self.tags.get(place.repository, {})
            place = Place(place.repository, tuple(sorted(tag for tag, to in then.items() if to == manifest)))
        key = (place.repository, manifest)
        return OwnedPlace(place, owned.owner, self.pushed_at.get(key), self.environments.get(key, ()))


def place_context(
    kept: RecordSet, places: Mapping[Digest, tuple[Place, ...]], at: datetime | None
) -> PlaceContext:
    """Since when images are where they are, in which environments, and under which tags they were."""
    listed_in = {index: key for key, index in kept.lineage.indexes_listing(places).items()}
    environments: dict[tuple[str, Digest], list[str]] = {}
    for environment, repository, digest in _iter_environments(kept, [*places, *listed_in], at):
        for key in ((repository, digest), listed_in.get(digest, (repository, digest))):
            environments.setdefault(key, []).append(environment)
    repositories = {place.repository for each in places.values() for place in each}
    return PlaceContext(
        pushed_at=kept.history.pushed_at(places),
        environments={key: tuple(sorted(set(names))) for key, names in environments.items()},
        tags=kept.history.tags(repositories, at) if at else None,
    )


def _iter_environments(
    kept: RecordSet, digests: Iterable[Digest], at: datetime | None
) -> Iterator[tuple[str, str, Digest]]:
    if at is None:
        for digest in digests:
            for pointer in kept.governance.environments_of(digest):
                yield pointer.environment, pointer.repository, digest
        return
    for (environment, repository), digest in kept.history.environments(at).items():
        yield environment, repository, digest


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

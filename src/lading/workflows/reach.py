"""What a base, or a flaw, reaches: images, the containers that run, repositories and the teams behind them.

Every number is one question to the database, whatever it counts. Who may not see all repositories is told
about those that they may see, and about no others.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lading.access.ownership import Owned, OwnershipRule, owner_of
from lading.access.verbs import Verb
from lading.foundation.errors import NotFound
from lading.lineage.placement import PlacedImage
from lading.oci.digest import Digest
from lading.ports.records.lineage import Foundation, Reach, RepositoryReach
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.records.registry import Place
from lading.registry.caller import Caller
from lading.workflows.rights import load_ownership_rules
from lading.workflows.show_image import find_image
from lading.workflows.show_lineage import platforms_of
from lading.workflows.who_has import all_names

NOBODY = ""  # the team of repositories that no team answers for


@dataclass(frozen=True, slots=True)
class TeamReach:
    """What of one team is reached. ``team`` is empty for what nobody answers for."""

    team: str
    repositories: int
    images: int
    containers: int


@dataclass(frozen=True, slots=True)
class ShownReach:
    """What is reached, as far as the caller may see. ``whole`` is False where there is more than that."""

    images: int
    containers: int
    repositories: tuple[RepositoryReach, ...]
    teams: tuple[TeamReach, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class BaseUser:
    """An image that stands on a base."""

    manifest: Digest
    platform: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class UsedBase:
    """An image that others stand on."""

    manifest: Digest
    users: int
    places: tuple[Place, ...]


def reach_of_base(records: Records, caller: Caller, repository: str, reference: str) -> ShownReach:
    """Count what stands on an image, on any of its platforms; the image itself is not counted.

    Raises NotFound ``image-unknown`` or ``lineage-unknown``.
    """
    digest = find_image(records, caller, repository, reference)
    with records.read() as kept:
        bases = _placed(kept, repository, digest)
        reached = kept.lineage.reach([base.top for base in bases if base.top is not None])
        own = kept.lineage.reach_of_images([base.manifest for base in bases])
    return shown_reach(records, caller, _without(reached, own))


def reach_of_flaw(records: Records, caller: Caller, flaw: str) -> ShownReach:
    """Count what a flaw affects, under all its names."""
    with records.read() as kept:
        names, advisories = all_names(kept, (flaw,))
        if not advisories:
            raise NotFound(
                "flaw-unknown",
                f"no advisory names {flaw[:80]}, so nothing can be called free of it",
                hint="import a feed that knows it: `lading advisories import`",
            )
        reached = kept.lineage.reach_of_flaws(names)
    return shown_reach(records, caller, reached)


def users_of_base(
    records: Records,
    caller: Caller,
    repository: str,
    reference: str,
    *,
    after: str = "",
    limit: int = DEFAULT_LIMIT,
) -> Page[BaseUser]:
    """List images that stand on a base, by manifest, in repositories that the caller may see.

    Of an index it is those of its first platform; name the manifest of another one for its users.
    """
    digest = find_image(records, caller, repository, reference)
    with records.read() as kept:
        base = _placed(kept, repository, digest)[0]
        if base.top is None:
            return Page(())
        page = kept.lineage.standing_on(base.top, after=after, limit=limit)
        places = kept.registry.places_of(one.manifest for one in page.items)
    users = (
        BaseUser(one.manifest, one.platform, _seen(places.get(one.manifest, ()), caller))
        for one in page.items
        if one.manifest != base.manifest
    )
    return Page(tuple(user for user in users if user.places), page.next)


def used_bases(records: Records, caller: Caller, *, limit: int = DEFAULT_LIMIT) -> tuple[UsedBase, ...]:
    """Images that others stand on, the most used first."""
    with records.read() as kept:
        found = kept.lineage.bases(limit=limit)
        places = kept.registry.places_of(found)
    shown = (UsedBase(each, users, _seen(places.get(each, ()), caller)) for each, users in found.items())
    return tuple(base for base in shown if base.places)


def unknown_foundations(
    records: Records, caller: Caller, *, limit: int = DEFAULT_LIMIT
) -> tuple[Foundation, ...]:
    """Groups of images that share layers which no image in the registry is made of, the largest first."""
    caller.require_catalog()
    with records.read() as kept:
        return kept.lineage.foundations(limit=limit)


def shown_reach(records: Records, caller: Caller, reached: Reach) -> ShownReach:
    """Leave out what the caller may not see, and sum up by team."""
    seen = tuple(one for one in reached.repositories if caller.may(Verb.READ_EVIDENCE, one.repository))
    whole = len(seen) == len(reached.repositories) and caller.may_list_repositories()
    rules = load_ownership_rules(records)
    sums: dict[str, list[int]] = {}
    for one in seen:
        sum_ = sums.setdefault(one.owner or _team(one.repository, rules), [0, 0, 0])
        for at, number in enumerate((1, one.images, one.containers)):
            sum_[at] += number
    teams = (TeamReach(name, *numbers) for name, numbers in sums.items())
    return ShownReach(
        images=reached.images if whole else sum(one.images for one in seen),
        containers=reached.containers if whole else sum(one.containers for one in seen),
        repositories=tuple(sorted(seen, key=lambda one: (-one.containers, -one.images, one.repository))),
        teams=tuple(sorted(teams, key=lambda one: (-one.containers, -one.images, one.team))),
        whole=whole,
    )


def _team(repository: str, rules: tuple[OwnershipRule, ...]) -> str:
    owner = owner_of(repository, rules)
    return owner.team.name if isinstance(owner, Owned) else NOBODY


def _placed(kept: RecordSet, repository: str, digest: Digest) -> tuple[PlacedImage, ...]:
    found = (kept.lineage.placed(manifest) for manifest in platforms_of(kept, repository, digest))
    bases = tuple(one for one in found if one is not None)
    if not bases:
        raise NotFound(
            "lineage-unknown",
            f"the layers of {repository}@{digest} were not looked at yet",
            hint="that is done in the background after a push; ask again in a moment",
        )
    return bases


def _without(reached: Reach, own: Reach) -> Reach:
    less = {one.repository: one for one in own.repositories}
    rest = (
        one
        if (own_part := less.get(one.repository)) is None
        else replace(
            one, images=one.images - own_part.images, containers=one.containers - own_part.containers
        )
        for one in reached.repositories
    )
    return Reach(
        images=reached.images - own.images,
        containers=reached.containers - own.containers,
        repositories=tuple(one for one in rest if one.images),
    )


def _seen(places: Iterable[Place], caller: Caller) -> tuple[Place, ...]:
    return tuple(place for place in places if caller.may(Verb.READ_EVIDENCE, place.repository))

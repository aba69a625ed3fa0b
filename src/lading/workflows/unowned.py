"""What nobody answers for: repositories, bases with the layers that they brought, and running containers.

A base is as its repository is, by which the layers' findings are routed too; a container as the repository of
its image, and nobody's where that is not known here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lading.access.ownership import OwnershipRule, Unowned, owner_of
from lading.access.verbs import Verb
from lading.oci.digest import Digest
from lading.ports.records.inventory import SeenContainer
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.records.registry import Place
from lading.registry.caller import Caller
from lading.workflows.list_running import locate_image
from lading.workflows.rights import load_ownership_rules, require_on_installation
from lading.workflows.show_lineage import find_lineage, place_of_level

MOST_BASES = 500
MOST = 500  # of each kind that are named; all are counted
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class UnownedBase:
    """An image that others stand on: its own layers (those below it are another base's), and how many stand
    on it."""

    repository: str
    tag: str  # empty where it has none
    manifest: Digest
    layers: int
    users: int


@dataclass(frozen=True, slots=True)
class UnownedThings:
    """What has no owner: some by name, and how many of how many."""

    repositories: tuple[str, ...]
    containers: tuple[SeenContainer, ...]
    bases: tuple[UnownedBase, ...]  # the most used first
    repository_count: int
    container_count: int
    all_repositories: int
    all_containers: int
    all_bases: int  # at most MOST_BASES, the most used, are looked at


def list_unowned(records: Records, caller: Caller, ours: frozenset[str]) -> UnownedThings:
    """Find it all. ``ours`` are the names by which images name this registry."""
    require_on_installation(caller, Verb.LIST_REPOSITORIES)
    rules = load_ownership_rules(records)
    with records.read() as kept:
        names = list(_names(kept))
        unowned = {name for name in names if not _has_owner(kept, name, rules)}
        running = list(_running(kept))
        nobodys = [
            seen
            for seen in running
            if (image := locate_image(kept, seen.container, ours)) is None or image.repository in unowned
        ]
        used = kept.lineage.bases(limit=MOST_BASES)
        bases = tuple(_unowned_bases(kept, used, unowned))
    repositories = sorted(unowned)
    return UnownedThings(
        repositories=tuple(repositories[:MOST]),
        containers=tuple(nobodys[:MOST]),
        bases=bases,
        repository_count=len(repositories),
        container_count=len(nobodys),
        all_repositories=len(names),
        all_containers=len(running),
        all_bases=len(used),
    )


def _unowned_bases(kept: RecordSet, used: Mapping[Digest, int], unowned: set[str]) -> Iterator[UnownedBase]:
    everywhere = kept.registry.places_of(used)
    nobodys: dict[Digest, Place] = {}
    for manifest in used:
        _, place = place_of_level((manifest,), everywhere)
        if place is not None and place.repository in unowned:
            nobodys[manifest] = place
    placed = kept.lineage.placed_many(nobodys)
    for manifest, place in nobodys.items():
        if manifest in placed:
            own = find_lineage(kept, placed[manifest])[0].levels[-1]
            tag = place.tags[0] if place.tags else ""
            yield UnownedBase(place.repository, tag, manifest, own.top - own.bottom, used[manifest])


def _has_owner(kept: RecordSet, name: str, rules: tuple[OwnershipRule, ...]) -> bool:
    if not isinstance(owner_of(name, rules), Unowned):
        return True
    repository = kept.registry.repository(name)  # a team may be named for just this one
    return repository is not None and bool(repository.owner)


def _names(kept: RecordSet) -> Iterator[str]:
    after = ""
    while True:
        page = kept.registry.repository_names(after=after, limit=_PAGE)
        yield from page.items
        if not page.next:
            return
        after = page.next


def _running(kept: RecordSet) -> Iterator[SeenContainer]:
    after = ""
    while True:
        page = kept.inventory.running(after=after, limit=_PAGE)
        yield from page.items
        if not page.next:
            return
        after = page.next

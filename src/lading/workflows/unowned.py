"""What nobody answers for: repositories, and containers that run from them or from nowhere known here."""

from collections.abc import Iterator
from dataclasses import dataclass

from lading.access.ownership import OwnershipRule, Unowned, owner_of
from lading.access.verbs import Verb
from lading.ports.records.inventory import SeenContainer
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import Caller
from lading.workflows.list_running import locate_image
from lading.workflows.rights import load_ownership_rules, require_on_installation

MOST = 500  # of each kind that are named; all are counted
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class UnownedThings:
    """What has no owner: some by name, and how many of how many."""

    repositories: tuple[str, ...]
    containers: tuple[SeenContainer, ...]
    repository_count: int
    container_count: int
    all_repositories: int
    all_containers: int


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
    repositories = sorted(unowned)
    return UnownedThings(
        repositories=tuple(repositories[:MOST]),
        containers=tuple(nobodys[:MOST]),
        repository_count=len(repositories),
        container_count=len(nobodys),
        all_repositories=len(names),
        all_containers=len(running),
    )


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

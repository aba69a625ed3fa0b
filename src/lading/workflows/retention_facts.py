"""What retention has to know of a repository: its tags and manifests, their use, and what protects them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from lading.inventory.container import RunningContainer
from lading.oci.digest import Digest
from lading.ports.records.record_set import RecordSet
from lading.ports.records.registry import Tag
from lading.promotion.history import held_digests
from lading.promotion.promotion import Promotion, PromotionState
from lading.registry.retention import ManifestFacts, Protector, ProtectorKind, RepositoryFacts, TagFacts

_PAGE = 1000
_MOST_BASES = 10_000


def load_facts(kept: RecordSet, repository: str, *, only: Iterable[Digest] | None = None) -> RepositoryFacts:
    """Gather everything; ``only`` limits what is asked of protectors to some manifests and what they list."""
    shape = kept.use.shape(repository)
    wanted = set(shape) if only is None else _with_children(shape, only)
    pulls, deployed = kept.use.pulls(repository), kept.use.deployed(wanted)
    manifests = {}
    for digest, manifest in shape.items():
        pulled = pulls.get(str(digest))
        manifests[digest] = replace(
            manifest,
            last_pulled_at=pulled.last_at if pulled else None,
            ever_deployed=digest in deployed or bool(deployed & set(manifest.children)),
        )
    tags, tag_protectors = [], {}
    rules = kept.rules.tag_rules()
    for tag in _iter_tags(kept, repository):
        by_tag, of = pulls.get(tag.name), manifests.get(tag.digest)
        known = (of.last_pulled_at if of else None, by_tag.last_at if by_tag else None)
        tags.append(
            TagFacts(
                name=tag.name,
                digest=tag.digest,
                moved_at=tag.moved_at,
                pushed_at=of.pushed_at if of else tag.moved_at,
                last_pulled_at=max((at for at in known if at is not None), default=None),
                ever_deployed=of.ever_deployed if of else False,
            )
        )
        rule = rules.keeping(repository, (tag.name,))
        if rule is not None:
            what = Protector(ProtectorKind.KEPT, f"{rule.tags.text} in {rule.repositories.text}")
            tag_protectors[tag.name] = (what,)
    protectors: dict[Digest, list[Protector]] = {}
    for digest, protector in _iter_protectors(kept, repository, wanted):
        protectors.setdefault(digest, []).append(protector)
    return RepositoryFacts(
        name=repository,
        tags=tags,
        manifests=manifests,
        protectors={digest: tuple(dict.fromkeys(found)) for digest, found in protectors.items()},
        tag_protectors=tag_protectors,
        pulls_since=kept.use.pulls_since(),
        deployments_since=kept.use.deployments_since(),
    )


def _iter_protectors(
    kept: RecordSet, repository: str, wanted: set[Digest]
) -> Iterator[tuple[Digest, Protector]]:
    yield from _running(kept, wanted)
    yield from _promoted(kept, repository)
    for digest, number in kept.lineage.bases(limit=_MOST_BASES).items():
        if digest in wanted:
            yield digest, Protector(ProtectorKind.BASE, f"{number} images stand on it")
    for hold in kept.rules.holds():
        for digest in wanted:
            if hold.covers(repository, digest):
                yield digest, Protector(ProtectorKind.HOLD, f"{hold.id} ({hold.reason})")


def _running(kept: RecordSet, wanted: set[Digest]) -> Iterator[tuple[Digest, Protector]]:
    """Engines know an image by its config, its manifest, or only the index that they pulled."""
    for known in (kept.inventory.running_from(wanted), kept.use.running_as(wanted)):
        for digest, containers in known.items():
            for container in containers:
                yield digest, _container(container)


def _container(container: RunningContainer) -> Protector:
    name = container.name or container.id[:12]
    return Protector(ProtectorKind.RUNNING, f"container {name} on {container.host}")


def _promoted(kept: RecordSet, repository: str) -> Iterator[tuple[Digest, Protector]]:
    for pointer in kept.governance.pointers(repository=repository, limit=_PAGE).items:
        yield pointer.digest, Protector(ProtectorKind.PROMOTED, pointer.environment)
        for digest in held_digests(_history(kept, repository, pointer.environment))[-2:-1]:
            yield digest, Protector(ProtectorKind.ROLLBACK, f"{pointer.environment} can go back to it")


def _history(kept: RecordSet, repository: str, environment: str) -> list[Promotion]:
    newest_first: list[Promotion] = []
    after = ""
    while True:
        page = kept.governance.promotions(
            repository=repository,
            target=environment,
            state=PromotionState.DONE.value,
            after=after,
            limit=_PAGE,
        )
        newest_first.extend(page.items)
        if not page.next:
            return newest_first[::-1]
        after = page.next


def _iter_tags(kept: RecordSet, repository: str) -> Iterator[Tag]:
    after = ""
    while True:
        page = kept.registry.tags(repository, after=after, limit=_PAGE)
        yield from page.items
        if not page.next:
            return
        after = page.next


def _with_children(shape: Mapping[Digest, ManifestFacts], only: Iterable[Digest]) -> set[Digest]:
    wanted = set(only)
    for digest in tuple(wanted):
        found = shape.get(digest)
        wanted.update(found.children if found else ())
    return wanted

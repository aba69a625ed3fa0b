"""Which images a question is about, by what stands beside it, and which base brought what."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from lading.access.ownership import Owned, Ownership, OwnershipRule, owner_of
from lading.foundation.errors import Malformed
from lading.matching.question_filters import Narrowed
from lading.oci.digest import Digest
from lading.oci.reference import DEFAULT_TAG
from lading.ports.records.contents import EVERYWHERE, ImageScope
from lading.ports.records.page import MAX_LIMIT
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.records.registry import Repository
from lading.registry.caller import Caller
from lading.workflows.rights import load_ownership_rules
from lading.workflows.show_image import find_image
from lading.workflows.show_lineage import platforms_of

NOBODY = "nobody"


def scope_of(records: Records, caller: Caller, narrowed: Narrowed) -> ImageScope:
    """Look up what the words mean. Raises NotFound ``image-unknown`` for a base that is not seen."""
    if narrowed == Narrowed():
        return EVERYWHERE
    return ImageScope(
        chains=_chains(records, caller, narrowed.base) if narrowed.base else None,
        repositories=_owned_by(records, narrowed.owner) if narrowed.owner else None,
        manifests=_in_environment(records, narrowed) if narrowed.environment else None,
        pushed_from=narrowed.since,
        pushed_until=narrowed.until,
        running=narrowed.running,
        at=narrowed.at,
    )


def bases_below(kept: RecordSet, wanted: Iterable[tuple[Digest, int]]) -> Mapping[tuple[Digest, int], str]:
    """The name of the highest image that ends below or at a layer's top and has it, by image and layer."""
    pairs = set(wanted)
    placed = kept.lineage.placed_many({manifest for manifest, _ in pairs})
    ending = kept.lineage.ending_at({chain for each in placed.values() for chain in each.chains[:-1]})
    by_chain = {one.chains[-1]: one.manifest for one in reversed(ending) if one.chains}
    places = kept.registry.places_of(set(by_chain.values()))
    names = {
        manifest: f"{each[0].repository}:{each[0].tags[0]}" if each[0].tags else each[0].repository
        for manifest, each in places.items()
    }
    found: dict[tuple[Digest, int], str] = {}
    for manifest, layer in pairs:
        chains = placed[manifest].chains if manifest in placed else ()
        bases = [by_chain[chain] for chain in chains[layer:-1] if chain in by_chain]
        named = [names[base] for base in bases if base in names]
        if named:
            found[manifest, layer] = named[0]
    return found


def _chains(records: Records, caller: Caller, base: str) -> tuple[Digest, ...]:
    repository, reference = _reference(base)
    digest = find_image(records, caller, repository, reference)
    with records.read() as kept:
        placed = kept.lineage.placed_many(platforms_of(kept, repository, digest))
    return tuple(each.chains[-1] for each in placed.values() if each.chains)


def _reference(base: str) -> tuple[str, str]:
    repository, at, digest = base.partition("@")
    if at:
        return repository.partition(":")[0], digest
    repository, _, tag = base.partition(":")
    return repository, tag or DEFAULT_TAG


def _owned_by(records: Records, team: str) -> tuple[str, ...]:
    """Repositories that a team answers for: those that name it, and those of its patterns that name nobody.

    All repositories are looked at only where it has patterns, and others' patterns only where its own match.
    """
    rules = load_ownership_rules(records)
    if team == NOBODY:
        unnamed = (each.name for each in _repositories(records) if not each.owner)
        return tuple(name for name in unnamed if not any(rule.repositories.matches(name) for rule in rules))
    own = [rule for rule in rules if rule.team.name == team]
    named = {each.name for each in _repositories(records, owner=team)}
    return tuple(sorted(named | _by_pattern(records, team, own, rules)))


def _by_pattern(
    records: Records, team: str, own: Sequence[OwnershipRule], rules: Sequence[OwnershipRule]
) -> set[str]:
    if not own:
        return set()
    matching = (
        each.name
        for each in _repositories(records)
        if not each.owner and any(rule.repositories.matches(each.name) for rule in own)
    )
    return {name for name in matching if _answers(owner_of(name, rules), team)}


def _answers(owner: Ownership, team: str) -> bool:
    return isinstance(owner, Owned) and owner.team.name == team


def _repositories(records: Records, *, owner: str = "") -> Iterator[Repository]:
    after = ""
    while True:
        with records.read() as kept:
            page = kept.registry.repositories(owner=owner, after=after, limit=MAX_LIMIT)
        yield from page.items
        after = page.next
        if not after:
            return


def _in_environment(records: Records, narrowed: Narrowed) -> tuple[Digest, ...]:
    name = narrowed.environment
    with records.read() as kept:
        if name not in {each.name for each in kept.governance.environments()}:
            raise Malformed(
                "question-invalid",
                f"there is no environment {name[:80]}",
                hint="`lading environments` lists them",
            )
        if narrowed.at is not None:
            then = kept.history.environments(narrowed.at).items()
            return tuple(digest for (environment, _), digest in then if environment == name)
        found: list[Digest] = []
        after = ""
        while True:
            page = kept.governance.pointers(environment=name, after=after, limit=MAX_LIMIT)
            found += [pointer.digest for pointer in page.items]
            after = page.next
            if not after:
                return tuple(found)

"""Find every image that a campaign is about, and plan what is to be done with each.

1. A campaign about a flaw is about the images that it affects; one about a base about all that stands on it.
2. Images of one index are one item: they are one thing to those who run it.
3. Of each image it is found which of its bases is at fault, if any is, and whether there is a newer base
   without the fault: the newest in the same repository, or the one that the campaign names.
4. The rest is the planner's (``campaigns.plan``).

Everything is asked in large steps, so that a fleet of 100,000 images is planned in seconds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lading.access.ownership import Owned, OwnershipRule, owner_of
from lading.campaigns.campaign import Campaign, Item
from lading.campaigns.plan import Candidate, in_waves, plan_item
from lading.foundation.errors import NotFound
from lading.lineage.placement import PlacedImage
from lading.oci.digest import Digest
from lading.oci.reference import parse_reference
from lading.packages.package import Package
from lading.ports.package_mirror import PackageMirror
from lading.ports.records.matches import MatchStatus
from lading.ports.records.page import MAX_LIMIT
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.records.registry import Place, Tag
from lading.workflows.patch_image import mending
from lading.workflows.read_environments import load_environments
from lading.workflows.rights import load_ownership_rules
from lading.workflows.show_lineage import platforms_of
from lading.workflows.who_has import all_names

_MOST_BASES = 10_000
_MOST_TAGS = 500
_STEP = 2_000


@dataclass(slots=True)
class _Fault:
    """What is wrong with one image: the packages, by the layer that brought each."""

    layers: set[int] = field(default_factory=set)
    packages: list[tuple[Package, int, str]] = field(
        default_factory=list
    )  # with layer and the version that mends


@dataclass(slots=True)
class _Fleet:
    """All that planning looks at, read once."""

    placed: dict[Digest, PlacedImage] = field(default_factory=dict)
    bases: dict[Digest, tuple[Digest, Place]] = field(default_factory=dict)  # by chain: image, and where
    running: Mapping[Digest, int] = field(default_factory=dict)
    environments: dict[tuple[str, Digest], str] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    watched: bool = False  # whether any agent ever said what runs
    rules: tuple[OwnershipRule, ...] = ()


def plan_items(records: Records, mirror: PackageMirror, campaign: Campaign) -> tuple[Item, ...]:
    """Plan by the numbered steps above. Raises NotFound for a flaw that no advisory names."""
    rules = load_ownership_rules(records)
    with records.read() as kept:
        faults = (
            _faults_of_flaw(kept, campaign.flaw) if campaign.flaw else _faults_of_base(kept, campaign.base)
        )
        fleet = _fleet(kept, faults)
        fleet.rules = rules
        successors = _Successors(kept, campaign, frozenset(faults))
        candidates = list(_candidates(kept, fleet, faults, successors, _Mended(mirror)))
    bases = {candidate.image for candidate in candidates if candidate.is_base}
    return in_waves([plan_item(candidate) for candidate in candidates], fleet.order, bases)


def _faults_of_flaw(kept: RecordSet, flaw: str) -> dict[Digest, _Fault]:
    names, advisories = all_names(kept, (flaw,))
    if not advisories:
        raise NotFound("flaw-unknown", f"no advisory names {flaw[:80]}", hint="import a feed that knows it")
    faults: dict[Digest, _Fault] = {}
    packages = kept.matches.packages_with(names)
    after = ""
    while True:
        page = kept.contents.uses_of(packages, after=after, limit=MAX_LIMIT).page
        mends = {
            match.package: match.fixed_in
            for match in kept.matches.matches_of({use.package for use in page.items})
            if match.flaw in names and match.status is MatchStatus.AFFECTED
        }
        for use in page.items:
            if use.package in mends:
                fault = faults.setdefault(use.manifest, _Fault())
                fault.layers.add(use.layer)
                fault.packages.append((use.package, use.layer, mends[use.package]))
        after = page.next
        if not after:
            return faults


def _faults_of_base(kept: RecordSet, base: str) -> dict[Digest, _Fault]:
    repository, _, digest = base.partition("@")
    faults: dict[Digest, _Fault] = {}
    for manifest in platforms_of(kept, repository, Digest.parse(digest)):
        placed = kept.lineage.placed(manifest)
        if placed is None or placed.top is None:
            continue
        after = ""
        while True:
            page = kept.lineage.standing_on(placed.top, after=after, limit=MAX_LIMIT)
            for one in page.items:
                if one.manifest != manifest:
                    faults.setdefault(one.manifest, _Fault()).layers.update(range(placed.depth))
            after = page.next
            if not after:
                break
    return faults


def _fleet(kept: RecordSet, faults: Iterable[Digest]) -> _Fleet:
    watched = bool(kept.inventory.hosts(limit=1).items)
    fleet = _Fleet(running=kept.lineage.running_counts(), watched=watched)
    found = kept.lineage.placed_many(faults)
    fleet.placed = dict(found)
    used = kept.lineage.bases(limit=_MOST_BASES)
    tops = kept.lineage.placed_many(used)
    places = kept.registry.places_of(used)
    for digest in used:
        where = places.get(digest, ())
        tagged = next((place for place in where if place.tags), where[0] if where else None)
        top = tops[digest].top if digest in tops else None
        if tagged is not None and top is not None:
            fleet.bases[top] = (digest, tagged)
    graph = load_environments(kept)
    fleet.order = tuple(environment.name for environment in graph.all)
    after = ""
    while True:
        page = kept.governance.pointers(after=after, limit=MAX_LIMIT)
        for pointer in page.items:
            key = (pointer.repository, pointer.digest)
            before = fleet.environments.get(key, "")
            if before not in fleet.order or fleet.order.index(pointer.environment) > fleet.order.index(
                before
            ):
                fleet.environments[key] = pointer.environment
        after = page.next
        if not after:
            return fleet


def _candidates(
    kept: RecordSet,
    fleet: _Fleet,
    faults: Mapping[Digest, _Fault],
    successors: "_Successors",
    mended: "_Mended",
) -> Iterable[Candidate]:
    grouped: dict[tuple[str, Digest], list[tuple[Digest, Place]]] = {}
    manifests = list(faults)
    for start in range(0, len(manifests), _STEP):
        part = manifests[start : start + _STEP]
        indexes = kept.lineage.indexes_listing(part)
        for manifest, places in kept.registry.places_of(part).items():
            for place in places:
                # The index by which people name the image, where there is one.
                named = indexes.get((place.repository, manifest), manifest)
                grouped.setdefault((place.repository, named), []).append((manifest, place))
    for (repository, image), members in grouped.items():
        manifest, place = members[0]
        owner = owner_of(repository, fleet.rules)
        base_chain, base_depth = _base_at_fault(fleet, fleet.placed.get(manifest), faults[manifest])
        base = fleet.bases.get(base_chain) if base_chain is not None else None
        own = [(package, fixed) for package, layer, fixed in faults[manifest].packages if layer >= base_depth]
        system = [(package, fixed) for package, fixed in own if package.type == "deb"]
        tags = tuple(tag for tag in place.tags if not tag.startswith("sha256-"))
        containers = sum(fleet.running.get(each, 0) for each, _ in members)
        environment = fleet.environments.get((repository, image), "")
        idle = fleet.watched and not containers and not environment
        platform = fleet.placed[manifest].platform if manifest in fleet.placed else ""
        yield Candidate(
            repository=repository,
            image=image,
            manifests=tuple(each for each, _ in members),
            tags=tags,
            team=owner.team.name if isinstance(owner, Owned) else "",
            environment=environment,
            containers=containers,
            is_base=any(
                placed.top in fleet.bases
                for each, _ in members
                if (placed := fleet.placed.get(each)) is not None and placed.top is not None
            ),
            base=_named(*base) if base else "",
            successor=successors.of(base[1], platform) if base else "",
            own_layers=bool(own) or (base is None and bool(faults[manifest].layers)),
            own_packages=tuple(sorted({package.name for package, _ in system})),
            in_mirror=bool(system) and len(system) == len(own) and all(mended.has(*each) for each in system),
            fixed_in=next((f"{package.name} {fixed}" for package, fixed in own if fixed), ""),
            newer=successors.newer(place, platform) if idle else "",
        )


def _base_at_fault(fleet: _Fleet, placed: PlacedImage | None, fault: _Fault) -> tuple[Digest | None, int]:
    """The nearest base that has one of the layers at fault, and how many layers it has."""
    if placed is None or not fault.layers:
        return None, 0
    lowest = min(fault.layers)
    for depth in range(placed.depth - 1, lowest, -1):
        if placed.chains[depth - 1] in fleet.bases:
            return placed.chains[depth - 1], depth
    return None, 0


def _named(image: Digest, place: Place) -> str:
    tags = [tag for tag in place.tags if not tag.startswith("sha256-")]
    return f"{place.repository}:{tags[0]}" if tags else f"{place.repository}@{image}"


@dataclass(slots=True)
class _Successors:
    """What to move to, in the same repository: newer than what is left, and without the fault."""

    kept: RecordSet
    campaign: Campaign
    at_fault: frozenset[Digest]
    _tags: dict[str, tuple[Tag, ...]] = field(default_factory=dict)  # of a repository, the newest first
    _good: dict[tuple[str, str], Tag | None] = field(default_factory=dict)  # by repository and platform

    def of(self, place: Place, platform: str) -> str:
        """Reference of the base to move to; empty where there is none."""
        if self.campaign.onto:
            onto = parse_reference(self.campaign.onto)
            if onto.repository == place.repository:
                return f"{onto.repository}{':' if onto.tag else '@'}{onto.tag_or_digest}"
        return self.newer(place, platform)

    def newer(self, place: Place, platform: str) -> str:
        """``repository:tag`` of the newest image without the fault, where it is newer than this one."""
        repository = place.repository
        if repository not in self._tags:
            listed = self.kept.registry.tags(repository, limit=_MOST_TAGS).items
            named = (tag for tag in listed if not tag.name.startswith("sha256-"))
            self._tags[repository] = tuple(sorted(named, key=lambda tag: tag.moved_at, reverse=True))
        own = [tag.moved_at for tag in self._tags[repository] if tag.name in place.tags]
        good = self._good_one(repository, platform)
        if good is None or (own and good.moved_at <= max(own)):
            return ""
        return f"{repository}:{good.name}"

    def _good_one(self, repository: str, platform: str) -> Tag | None:
        key = (repository, platform)
        if key not in self._good:
            self._good[key] = next(
                (tag for tag in self._tags[repository] if self._is_good(repository, tag, platform)), None
            )
        return self._good[key]

    def _is_good(self, repository: str, tag: Tag, platform: str) -> bool:
        for manifest in platforms_of(self.kept, repository, tag.digest):
            placed = self.kept.lineage.placed(manifest)
            if placed is not None and placed.platform == platform:
                return manifest not in self.at_fault and not self._is_left(repository, tag.digest, manifest)
        return False

    def _is_left(self, repository: str, *digests: Digest) -> bool:
        """Whether it is the base that the campaign leaves."""
        return any(self.campaign.base == f"{repository}@{digest}" for digest in digests)


@dataclass(slots=True)
class _Mended:
    mirror: PackageMirror
    _known: dict[tuple[str, str, str], bool] = field(default_factory=dict)

    def has(self, package: Package, fixed_in: str) -> bool:
        """Whether the mirror has a version that mends it."""
        key = (package.name, package.arch, fixed_in)
        if key not in self._known:
            self._known[key] = bool(fixed_in) and mending(self.mirror, *key) is not None
        return self._known[key]

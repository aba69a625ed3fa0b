"""Which images are older than their repository allows, and which cannot be told.

1. Looked at are images that somebody would take or has taken: the one that each repository's latest moved
   tag points to, and every one that runs. What is neither is retention's matter.
2. How old each is, ``campaigns.cadence`` says. Fresh ones are left out; what cannot be told is listed.
3. What would be done is a rebuild, on the newest image of the base's repository where that is newer than the
   base in use. A rebase would leave the layers that are too old as they are, so it is no answer to age.

Repositories are looked at in pages, by name; a page asks the same number of questions whatever it finds of
layers and bases.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from lading.access.ownership import Owned, OwnershipRule, owner_of
from lading.access.repository_pattern import RepositoryPattern
from lading.access.verbs import Verb
from lading.campaigns.cadence import Age, age_of, limit_of, oldest, since_of
from lading.lineage.placement import PlacedImage
from lading.oci.digest import Digest
from lading.oci.index_entries import is_platform
from lading.oci.manifest import Index, Manifest, parse_manifest
from lading.ports.records.page import Page
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.records.registry import Place, Tag
from lading.registry.caller import Caller
from lading.workflows.rights import load_ownership_rules, require_signed_in

_TAGS = 1_000  # read at once
_MOST_PLATFORMS = 50


@dataclass(frozen=True, slots=True)
class AgedImage:
    """One image that is overdue, or whose age could not be told (``since`` is None then)."""

    repository: str
    image: Digest  # of an index its own
    manifests: tuple[Digest, ...]  # of its platforms
    tags: tuple[str, ...]
    containers: int
    age: Age
    since: datetime | None
    days: int  # that it may be old
    team: str  # empty for nobody
    onto: str  # the base to build on, where there is a newer one; else empty

    @property
    def action(self) -> str:
        """What would be done."""
        if self.age is not Age.OVERDUE:
            return "look into it: push it again, or wait until it was analysed"
        return f"rebuild on {self.onto}" if self.onto else "rebuild"


def list_aged(
    records: Records,
    caller: Caller,
    limits: Mapping[RepositoryPattern, int],
    now: datetime,
    *,
    after: str = "",
    limit: int = 100,
) -> Page[AgedImage]:
    """List them by the numbered rules, of the next ``limit`` repositories; a page may be empty."""
    require_signed_in(caller)
    rules = load_ownership_rules(records)
    with records.read() as kept:
        names = kept.registry.repository_names(after=after, limit=limit)
        days = {
            name: allowed
            for name in names.items
            if caller.may(Verb.READ_EVIDENCE, name) and (allowed := limit_of(name, limits)) is not None
        }
        found = tuple(_Page(kept, caller, days, rules, now).aged()) if days else ()
    return Page(found, names.next)


@dataclass(frozen=True, slots=True)
class _Subject:
    repository: str
    image: Digest
    manifests: tuple[Digest, ...]
    layers: Mapping[Digest, tuple[Digest, ...]]  # by manifest, of those that are here


@dataclass(slots=True)
class _Page:
    """One page of repositories, and what is asked about all of them at once."""

    kept: RecordSet
    caller: Caller
    days: Mapping[str, int]
    rules: tuple[OwnershipRule, ...]
    now: datetime

    def aged(self) -> Iterator[AgedImage]:
        running = self.kept.lineage.running_counts()
        subjects = list(self._subjects(running))
        placed = self.kept.lineage.placed_many({each for one in subjects for each in one.manifests})
        bases = self._bases(placed)
        layers = {layer for one in subjects for those in one.layers.values() for layer in those}
        seen = self.kept.registry.blobs_first_seen(layers)
        for one in subjects:
            below = {each: self._base_of(one.repository, placed.get(each), bases) for each in one.manifests}
            since = oldest(
                since_of(one.layers[each], below[each][0], seen)
                if each in one.layers and _is_whole(placed.get(each), one.layers[each])
                else None
                for each in one.manifests
            )
            days = self.days[one.repository]
            age = age_of(since, days, self.now)
            if age is Age.FRESH:
                continue
            place = next((place for _, place in below.values() if place is not None), None)
            yield AgedImage(
                repository=one.repository,
                image=one.image,
                manifests=one.manifests,
                tags=self.kept.registry.tags_of(one.repository, one.image),
                containers=sum(running.get(each, 0) for each in one.manifests),
                age=age,
                since=since,
                days=days,
                team=self._team(one.repository),
                onto=self._newer(place) if place is not None and age is Age.OVERDUE else "",
            )

    def _subjects(self, running: Mapping[Digest, int]) -> Iterator[_Subject]:
        """Rule 1, each image of a repository once, by repository."""
        runs: dict[str, set[Digest]] = {}
        listed = self.kept.lineage.indexes_listing(running)
        for manifest, places in self.kept.registry.places_of(running).items():
            for place in places:
                if place.repository in self.days:
                    image = listed.get((place.repository, manifest), manifest)
                    runs.setdefault(place.repository, set()).add(image)
        for repository in self.days:
            latest = _latest_tag(self.kept, repository)
            images = runs.get(repository, set()) | ({latest.digest} if latest is not None else set())
            for image in sorted(images):
                subject = self._subject(repository, image)
                if subject is not None:
                    yield subject

    def _subject(self, repository: str, image: Digest) -> _Subject | None:
        """With its platforms; None for what is no image, as a signature or a chart."""
        stored = self.kept.registry.manifest(repository, image)
        if stored is None or stored.kind == "artifact":
            return None
        content = parse_manifest(stored.raw, stored.media_type)
        if isinstance(content, Manifest):
            return _Subject(repository, image, (image,), {image: _layers(content)})
        entries = [entry for entry in content.manifests if is_platform(entry)]
        layers: dict[Digest, tuple[Digest, ...]] = {}
        for entry in entries[:_MOST_PLATFORMS]:
            child = self.kept.registry.manifest(repository, entry.digest)
            parsed = parse_manifest(child.raw, child.media_type) if child is not None else None
            if parsed is not None and not isinstance(parsed, Index):
                layers[entry.digest] = _layers(parsed)
        return _Subject(repository, image, tuple(entry.digest for entry in entries), layers)

    def _bases(self, placed: Mapping[Digest, PlacedImage]) -> Mapping[Digest, tuple[Place, ...]]:
        """Where there are images of which other images' layers begin, by the chain of their layers."""
        below = {chain for one in placed.values() for chain in one.chains}
        ending = self.kept.lineage.ending_at(below)
        places = self.kept.registry.places_of(one.manifest for one in ending)
        found: dict[Digest, tuple[Place, ...]] = {}
        for one in ending:
            if one.top is not None:
                found[one.top] = (*found.get(one.top, ()), *places.get(one.manifest, ()))
        return found

    def _base_of(
        self, repository: str, image: PlacedImage | None, bases: Mapping[Digest, tuple[Place, ...]]
    ) -> tuple[int, Place | None]:
        """How many layers the nearest base from another repository has, and where it is."""
        for depth in range(image.depth - 1 if image is not None else 0, 0, -1):
            assert image is not None
            for place in bases.get(image.chains[depth - 1], ()):
                if place.repository != repository:
                    return depth, place
        return 0, None

    def _newer(self, place: Place) -> str:
        """Rule 3; a base that the caller may not see is not named."""
        latest = _latest_tag(self.kept, place.repository)
        if latest is None or latest.name in place.tags:
            return ""
        if not self.caller.may(Verb.READ_EVIDENCE, place.repository):
            return ""
        return f"{place.repository}:{latest.name}"

    def _team(self, name: str) -> str:
        repository = self.kept.registry.repository(name)
        if repository is not None and repository.owner:
            return repository.owner
        owner = owner_of(name, self.rules)
        return owner.team.name if isinstance(owner, Owned) else ""


def _is_whole(placed: PlacedImage | None, layers: tuple[Digest, ...]) -> bool:
    """Whether it was looked into, and has the layers that were looked into."""
    return placed is not None and placed.depth == len(layers)


def _layers(manifest: Manifest) -> tuple[Digest, ...]:
    return tuple(layer.digest for layer in manifest.layers)


def _latest_tag(kept: RecordSet, repository: str) -> Tag | None:
    """The tag that was moved last. Tags of signatures and the like ("sha256-…") are not for images."""
    latest, after = None, ""
    while True:
        page = kept.registry.tags(repository, after=after, limit=_TAGS)
        for tag in page.items:
            newer = latest is None or (tag.moved_at, tag.name) > (latest.moved_at, latest.name)
            if newer and not tag.name.startswith("sha256-"):
                latest = tag
        if not page.next:
            return latest
        after = page.next

"""Show when everything was read last, and what was found damaged: which images and containers it concerns."""

from dataclasses import dataclass

from lading.access.ownership import Owned
from lading.access.verbs import Verb
from lading.inventory.container import RunningContainer
from lading.oci.digest import Digest
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import Caller
from lading.registry.scrub import Damage, Scrub
from lading.workflows.rights import find_owner, load_ownership_rules, require_on_installation

MOST_IMAGES = 100  # of one blob that are named: a base layer may be in thousands


@dataclass(frozen=True, slots=True)
class AffectedImage:
    """An image of which the blob is a part; ``owner`` is the team that answers for its repository, or ""."""

    repository: str
    digest: Digest
    tags: tuple[str, ...]
    owner: str


@dataclass(frozen=True, slots=True)
class DamagedBlob:
    """A damaged blob with the images that have it, ``MOST_IMAGES`` at most, and what runs from them."""

    damage: Damage
    images: tuple[AffectedImage, ...]
    running: tuple[tuple[RunningContainer, str], ...]  # each with the owner of its image


@dataclass(frozen=True, slots=True)
class ScrubStanding:
    """The newest passes, newest first, and the newest one that came to its end."""

    runs: tuple[Scrub, ...]
    last_whole: Scrub | None


def scrub_standing(records: Records, caller: Caller, *, limit: int = 10) -> ScrubStanding:
    """Tell how far the reading is."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.read() as kept:
        return ScrubStanding(kept.scrubs.scrubs(limit=limit), kept.scrubs.last_whole())


def list_damage(
    records: Records, caller: Caller, *, healed: bool = False, after: str = "", limit: int = DEFAULT_LIMIT
) -> Page[DamagedBlob]:
    """List damaged blobs by digest: those that are not healed, or those that are."""
    require_on_installation(caller, Verb.ADMINISTER)
    rules = load_ownership_rules(records)
    owners: dict[str, str] = {}

    def owner(repository: str) -> str:
        if repository not in owners:
            found = find_owner(records, repository, rules)
            owners[repository] = found.team.name if isinstance(found, Owned) else ""
        return owners[repository]

    found = []
    with records.read() as kept:
        page = kept.scrubs.damages(healed=healed, after=after, limit=limit)
        for damage in page.items:
            found.append((damage, *_affected(kept, damage.digest)))
    return Page(
        tuple(
            DamagedBlob(
                damage,
                tuple(
                    AffectedImage(repository, digest, tags, owner(repository))
                    for repository, digest, tags in images
                ),
                tuple((container, owner(repository)) for container, repository in running),
            )
            for damage, images, running in found
        ),
        page.next,
    )


def _affected(
    kept: RecordSet, digest: Digest
) -> tuple[list[tuple[str, Digest, tuple[str, ...]]], list[tuple[RunningContainer, str]]]:
    """Images, and containers with the repository that answers for them. Engines know an image by its
    configuration, its manifest, or only the index that they pulled."""
    manifests = kept.scrubs.manifests_listing(digest, limit=MOST_IMAGES)
    places = kept.registry.places_of(manifests)
    images = [(place.repository, each, place.tags) for each in manifests for place in places.get(each, ())]
    running: dict[tuple[str, str], tuple[RunningContainer, str]] = {}
    for known in (kept.inventory.running_from(manifests), kept.use.running_as(manifests)):
        for manifest, containers in known.items():
            here = places.get(manifest, ())
            for container in containers:
                running[container.host, container.id] = (container, here[0].repository if here else "")
    return images, list(running.values())

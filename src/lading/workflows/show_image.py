"""Everything that is known about one image of one repository.

An image that the caller may not see is not found: whether it exists is nobody's business who may not know.
"""

from dataclasses import dataclass, field

from lading.access.ownership import Ownership
from lading.access.verbs import Verb
from lading.cataloging.analysis import BakedSecret, ImageContents, InstalledPackage, Unreadable
from lading.cataloging.image_contents import combine
from lading.foundation.errors import NotFound
from lading.lineage.inspection.facts import Inspection
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.oci.manifest import Index, parse_manifest
from lading.oci.reference import is_tag
from lading.packages.realm import RealmNumbers
from lading.ports.records.contents import AnalysisState, ImageRecord, SbomDocument
from lading.ports.records.governance import Pointer, StoredDecision
from lading.ports.records.inventory import SeenContainer
from lading.ports.records.matches import ImageFinding
from lading.ports.records.page import MAX_LIMIT
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.records.registry import StoredManifest, TagMove
from lading.promotion.promotion import Promotion
from lading.registry.caller import Caller
from lading.workflows.feed_standing import unjudged_in
from lading.workflows.rights import find_owner
from lading.workflows.show_platforms import ShownAccessory, ShownEntries, accessories_of, show_entries

MOST_HISTORY = 50  # entries of each kind; the audit log has them all


@dataclass(frozen=True, slots=True)
class ImageHistory:
    """What happened to an image, newest first."""

    tag_moves: tuple[TagMove, ...]
    decisions: tuple[StoredDecision, ...]
    standing: StoredDecision | None  # the strictest of the newest for each environment
    promotions: tuple[Promotion, ...]


@dataclass(frozen=True, slots=True)
class ShownImage:
    """An image or index, and all that follows from it.

    ``entries`` are what an index lists, ``accessories`` what goes with an image in the indexes that list it.
    ``image`` is None for an index, for an artifact, and before its analysis has begun; packages, findings,
    secrets and what was unreadable are empty until the analysis is done. ``more_packages`` and
    ``more_findings`` say that there are more than are listed here.
    """

    stored: StoredManifest
    tags: tuple[str, ...]
    entries: ShownEntries
    accessories: tuple[ShownAccessory, ...]
    image: ImageRecord | None
    packages: tuple[InstalledPackage, ...]
    more_packages: bool
    findings: tuple[ImageFinding, ...]
    more_findings: bool
    secrets: tuple[BakedSecret, ...]
    unreadable: tuple[tuple[int, Unreadable], ...]
    sboms: tuple[SbomDocument, ...]
    referrers: tuple[Descriptor, ...]
    pointers: tuple[Pointer, ...]
    running: tuple[SeenContainer, ...]
    history: ImageHistory
    owner: Ownership
    inspection: Inspection | None = None
    unjudged: RealmNumbers = field(default_factory=dict)  # packages for which no advisories are held


def find_image(records: Records, caller: Caller, repository: str, reference: str) -> Digest:
    """The digest that a tag or digest means here. Raises NotFound ``image-unknown``."""
    if caller.may(Verb.READ_EVIDENCE, repository):
        with records.read() as kept:
            if ":" in reference:
                digest = Digest.parse(reference)
                if kept.registry.manifest(repository, digest) is not None:
                    return digest
            elif is_tag(reference):
                tag = kept.registry.tag(repository, reference)
                if tag is not None:
                    return tag.digest
    raise NotFound(
        "image-unknown",
        f"there is no image {repository}{'@' if ':' in reference else ':'}{reference} that you may see",
        hint="`lading images` lists those that you may see",
    )


def show_image(records: Records, caller: Caller, repository: str, reference: str) -> ShownImage:
    """Gather everything about an image. Raises NotFound ``image-unknown``."""
    digest = find_image(records, caller, repository, reference)
    owner = find_owner(records, repository)
    with records.read() as kept:
        stored = kept.registry.manifest(repository, digest)
        if stored is None:
            raise NotFound("image-unknown", f"{repository}@{digest} was deleted just now")
        parsed = parse_manifest(stored.raw, stored.media_type)
        image = kept.contents.image(digest)
        contents = _contents(kept, image)
        packages = kept.contents.image_packages(digest, limit=MAX_LIMIT)
        findings = kept.matches.image_findings(digest, limit=MAX_LIMIT)
        tags = kept.registry.tags_of(repository, digest)
        return ShownImage(
            stored=stored,
            tags=tags,
            entries=(show_entries(kept, repository, parsed) if isinstance(parsed, Index) else ShownEntries()),
            accessories=accessories_of(kept, repository, digest),
            image=image,
            packages=packages.items,
            more_packages=bool(packages.next),
            findings=findings.items,
            more_findings=bool(findings.next),
            secrets=contents.secrets if contents else (),
            unreadable=contents.unreadable if contents else (),
            sboms=kept.contents.sboms(digest),
            referrers=kept.registry.referrers(repository, digest).items,
            pointers=tuple(
                pointer
                for pointer in kept.governance.environments_of(digest)
                if pointer.repository == repository
            ),
            running=_running(kept, digest, image),
            history=_history(kept, repository, digest, tags),
            owner=owner,
            inspection=kept.contents.inspection(digest),
            unjudged=unjudged_in(kept, digest),
        )


def _contents(kept: RecordSet, image: ImageRecord | None) -> ImageContents | None:
    if image is None or image.analysis.state is not AnalysisState.DONE:
        return None
    return combine(kept.contents.layers_of(image.manifest))


def _running(kept: RecordSet, digest: Digest, image: ImageRecord | None) -> tuple[SeenContainer, ...]:
    """Containers by manifest, and by config: an engine that was handed an archive knows only the config."""
    names = {str(digest)} | ({str(image.config)} if image else set())
    seen = {
        (each.container.host, each.container.id): each
        for name in sorted(names)
        for each in kept.inventory.running_image(name).items
    }
    return tuple(seen[key] for key in sorted(seen))


def _history(kept: RecordSet, repository: str, digest: Digest, tags: tuple[str, ...]) -> ImageHistory:
    moves = [
        move
        for tag in tags
        for move in kept.registry.tag_history(repository, tag, limit=MOST_HISTORY).items
        if digest in {move.before, move.after}
    ]
    return ImageHistory(
        tag_moves=tuple(sorted(moves, key=lambda move: move.at, reverse=True)[:MOST_HISTORY]),
        decisions=kept.governance.decisions(image=digest, limit=MOST_HISTORY).items,
        standing=kept.governance.standing_decision(digest),
        promotions=tuple(
            promotion
            for promotion in kept.governance.promotions(repository=repository, limit=MOST_HISTORY).items
            if promotion.digest == digest
        ),
    )

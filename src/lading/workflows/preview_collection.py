"""What a collection would free, without freeing it."""

from dataclasses import dataclass
from datetime import datetime

from lading.access.verbs import Verb
from lading.oci.digest import Digest
from lading.ports.blob_store import BlobStore
from lading.ports.records.record_set import Records
from lading.ports.records.storage import Freeable
from lading.registry.caller import Caller
from lading.registry.collection import Tally
from lading.workflows.collect_garbage import CollectionAsked
from lading.workflows.rights import require_on_installation

_STEP = 500  # digests asked about at once


@dataclass(frozen=True, slots=True)
class CollectionPreview:
    """By what it would remove. Freed bytes are those of content that nobody else has.

    ``repositories`` are those with links that nobody needs, ``orphans`` is content that no repository has.
    """

    repositories: tuple[Freeable, ...]
    orphans: Tally
    uploads: Tally
    strays: Tally
    analyses: int

    @property
    def freed(self) -> int:
        """Bytes, all together."""
        links = sum(each.freed for each in self.repositories)
        return links + self.orphans.freed + self.uploads.freed + self.strays.freed

    def by_project(self) -> tuple[tuple[str, int, int], ...]:
        """Project (the first part of the name), links and bytes, the most bytes first."""
        sums: dict[str, tuple[int, int]] = {}
        for each in self.repositories:
            project = each.repository.partition("/")[0]
            links, freed = sums.get(project, (0, 0))
            sums[project] = (links + each.links, freed + each.freed)
        rows = ((project, links, freed) for project, (links, freed) in sums.items())
        return tuple(sorted(rows, key=lambda row: (-row[2], row[0])))


def preview_collection(
    records: Records, blobs: BlobStore, caller: Caller, asked: CollectionAsked, now: datetime
) -> CollectionPreview:
    """Look at everything that a collection would look at. Nothing is held, so it is true of about now."""
    require_on_installation(caller, Verb.ADMINISTER)
    before = now - asked.grace
    with records.read() as kept:
        repositories = kept.storage.freeable(claimed_before=before)
        analyses = kept.storage.unused_analyses()
    uploads, strays = Tally(), Tally()
    for upload in blobs.iter_uploads():
        old = now - upload.touched_at >= asked.uploads_kept
        uploads = uploads.plus(Tally(1, int(old), upload.offset if old else 0))
    for stray in blobs.iter_strays():
        old = now - stray.touched_at >= max(asked.grace, asked.uploads_kept)
        strays = strays.plus(Tally(1, int(old), stray.size if old else 0))
    return CollectionPreview(repositories, _orphans(records, blobs, before), uploads, strays, analyses)


def _orphans(records: Records, blobs: BlobStore, before: datetime) -> Tally:
    tally = Tally()
    batch: list[Digest] = []
    for digest in blobs.iter_digests():
        batch.append(digest)
        if len(batch) == _STEP:
            tally, batch = tally.plus(_orphans_of(records, blobs, batch, before)), []
    return tally.plus(_orphans_of(records, blobs, batch, before))


def _orphans_of(records: Records, blobs: BlobStore, batch: list[Digest], before: datetime) -> Tally:
    with records.read() as kept:
        unlinked = kept.storage.unlinked(batch)
    removed = freed = 0
    for digest in unlinked:
        stored, size = blobs.stored_at(digest), blobs.stat(digest)
        if stored is not None and size is not None and stored < before:
            removed, freed = removed + 1, freed + size
    return Tally(len(batch), removed, freed)

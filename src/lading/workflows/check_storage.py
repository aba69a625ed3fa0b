"""Compare the records with the blob store, in both directions. Changes nothing, and runs beside everything.

Content comes before its link and goes after it (rules C5 and C7 of ``registry.collection``), and a manifest
comes after what it lists: so nothing that is under way looks wrong. What does is looked at twice, because a
deletion may come between two looks.
"""

import contextlib
from collections.abc import Iterator

from lading.foundation.errors import Malformed, NotFound
from lading.oci.digest import Digest
from lading.oci.manifest import parse_manifest
from lading.ports.blob_store import BlobStore
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.records.registry import StoredManifest
from lading.ports.records.storage import Link
from lading.registry.inconsistency import Fault, Inconsistency
from lading.registry.manifest_needs import needs_of

_PAGE = 500


def check_storage(records: Records, blobs: BlobStore, *, deep: bool = False) -> Iterator[Inconsistency]:
    """Everything that is wrong or wasted; ``deep`` also reads and digests all content."""
    yield from _check_links(records, blobs, deep=deep)
    yield from _check_repositories(records)
    yield from _find_waste(records, blobs)


def _check_links(records: Records, blobs: BlobStore, *, deep: bool) -> Iterator[Inconsistency]:
    after = ""
    digested: set[Digest] = set()
    while True:
        with records.read() as kept:
            page = kept.storage.links(after=after, limit=_PAGE)
        for link in page.items:
            found = _check_link(blobs, link, deep=deep and link.digest not in digested)
            digested.update({link.digest} if deep else ())
            if found is not None and _is_still_linked(records, link):
                yield found
        after = page.next
        if not after:
            return


def _check_link(blobs: BlobStore, link: Link, *, deep: bool) -> Inconsistency | None:
    subject = f"{link.repository}@{link.digest}"
    size = blobs.stat(link.digest)
    if size is None:
        return Inconsistency(Fault.BLOB_MISSING, subject, "its content is not in the store", link.size)
    if size != link.size:
        detail = f"the records say {link.size} bytes, and the store has {size}"
        return Inconsistency(Fault.BLOB_SIZE, subject, detail, link.size)
    if deep:
        running = link.digest.running()
        try:
            with contextlib.closing(blobs.read(link.digest)) as stream:
                for chunk in stream:
                    running.update(chunk)
        except NotFound:
            return Inconsistency(Fault.BLOB_MISSING, subject, "its content is not in the store", link.size)
        if running.hexdigest() != link.digest.hex:
            detail = f"its content has the digest {link.digest.algorithm}:{running.hexdigest()}"
            return Inconsistency(Fault.BLOB_CORRUPT, subject, detail, link.size)
    return None


def _is_still_linked(records: Records, link: Link) -> bool:
    with records.read() as kept:
        return kept.registry.blob(link.repository, link.digest) is not None


def _check_repositories(records: Records) -> Iterator[Inconsistency]:
    after = ""
    while True:
        with records.read() as kept:
            page = kept.registry.repositories(after=after, limit=_PAGE)
        for repository in page.items:
            yield from _check_repository(records, repository.name)
        after = page.next
        if not after:
            return


def _check_repository(records: Records, name: str) -> Iterator[Inconsistency]:
    after = ""
    while True:
        with records.read() as kept:  # one view: nothing is deleted between a manifest and what it lists
            page = kept.registry.manifests(name, after=after, limit=_PAGE)
            found = [wrong for stored in page.items for wrong in _check_manifest(kept, stored)]
        yield from found
        after = page.next
        if not after:
            break
    after = ""
    while True:
        with records.read() as kept:
            tags = kept.registry.tags(name, after=after, limit=_PAGE)
            missing = set(kept.registry.missing_manifests(name, [tag.digest for tag in tags.items]))
        for tag in tags.items:
            if tag.digest in missing:
                yield Inconsistency(Fault.TAG_DANGLING, f"{name}:{tag.name}", f"it points to {tag.digest}")
        after = tags.next
        if not after:
            return


def _check_manifest(kept: RecordSet, stored: StoredManifest) -> Iterator[Inconsistency]:
    repository, subject = stored.repository, f"{stored.repository}@{stored.digest}"
    if Digest.of(stored.raw, stored.digest.algorithm) != stored.digest:
        yield Inconsistency(Fault.MANIFEST_CORRUPT, subject, "its bytes have another digest", len(stored.raw))
        return
    try:
        needs = needs_of(parse_manifest(stored.raw, stored.media_type))
    except Malformed as error:
        yield Inconsistency(Fault.MANIFEST_CORRUPT, subject, str(error), len(stored.raw))
        return
    for blob in kept.registry.missing_blobs(repository, needs.blobs):
        yield Inconsistency(Fault.BLOB_UNLINKED, subject, f"{repository} does not have its blob {blob}")
    if kept.upstreams.caches().of(repository) is not None:  # of its indexes, only what was pulled is here
        return
    for child in kept.registry.missing_manifests(repository, needs.manifests):
        yield Inconsistency(
            Fault.CHILD_MISSING, subject, f"{repository} does not have {child}, which it lists"
        )
    either = kept.registry.missing_manifests(repository, needs.either)
    for entry in kept.registry.missing_blobs(repository, either):
        yield Inconsistency(
            Fault.CHILD_MISSING, subject, f"{repository} does not have {entry}, which it lists"
        )


def _find_waste(records: Records, blobs: BlobStore) -> Iterator[Inconsistency]:
    batch: list[Digest] = []
    for digest in blobs.iter_digests():
        batch.append(digest)
        if len(batch) == _PAGE:
            yield from _orphans(records, blobs, batch)
            batch = []
    yield from _orphans(records, blobs, batch)
    for upload in blobs.iter_uploads():
        yield Inconsistency(Fault.UPLOAD_OPEN, upload.id, f"since {upload.touched_at}", upload.offset)
    for stray in blobs.iter_strays():
        yield Inconsistency(Fault.STRAY, stray.name, "nobody can ask for it", stray.size)


def _orphans(records: Records, blobs: BlobStore, batch: list[Digest]) -> Iterator[Inconsistency]:
    with records.read() as kept:
        unlinked = kept.storage.unlinked(batch)
    for digest in unlinked:
        yield Inconsistency(
            Fault.CONTENT_ORPHAN, str(digest), "no repository has it", blobs.stat(digest) or 0
        )

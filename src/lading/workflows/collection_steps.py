"""The steps of a collection, slice by slice. The rules C1 to C9 are those of ``lading.registry.collection``.

Each slice ends with one transaction that keeps what was done, how far the collection is, and the audit entry.
Killed before that, the slice is done again, and finds less to do.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from lading.access.principal import SYSTEM
from lading.audit.entry import Event
from lading.foundation.errors import Conflict, NotFound
from lading.foundation.instants import rfc3339
from lading.oci.digest import Digest
from lading.ports.blob_store import BlobStore
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.collection import Collection, RunState, SliceDone, Step, Tally, advance

_LINKS = 5_000  # looked at in one slice
_DIGESTS = 2_000  # looked at in one slice
_GATES = 50  # closed at once: whoever pushes one of these waits for that long
_ANALYSES = 100  # forgotten in one slice
_TOLD = 100  # digests that one audit entry names


@dataclass(frozen=True, slots=True)
class SlicePorts:
    """What a slice needs."""

    records: Records
    blobs: BlobStore
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Slice:
    """One slice of a collection, and when it was begun."""

    records: Records
    blobs: BlobStore
    clock: Callable[[], datetime]
    run: Collection
    begun: datetime


class SliceLost(Conflict):
    """Another worker has gone on with the collection: what this one did is undone, and it ends."""

    def __init__(self) -> None:
        super().__init__("collection-changed", "another worker has gone on with this collection")


def run_slice(ports: SlicePorts, run: Collection) -> Collection | None:
    """Do the next slice and return the collection after it; None where another worker has it."""
    try:
        return _STEPS[run.step](_Slice(ports.records, ports.blobs, ports.clock, run, ports.clock()))
    except SliceLost:
        return None


def _uploads(slice_: _Slice) -> Collection:
    """C8. The store itself refuses to abort what somebody writes to."""
    examined = removed = freed = 0
    for upload in slice_.blobs.iter_uploads():
        examined += 1
        if slice_.begun - upload.touched_at < slice_.run.uploads_kept:
            continue
        try:
            slice_.blobs.abort_upload(upload.id)
        except (Conflict, NotFound):
            continue
        removed, freed = removed + 1, freed + upload.offset
    with slice_.records.write() as kept:
        return _keep(kept, slice_, Tally(examined, removed, freed))


def _links(slice_: _Slice) -> Collection:
    """C4. The scan only proposes; what is removed is decided while its rows are held."""
    before = slice_.begun - slice_.run.grace
    with slice_.records.read() as kept:
        scanned = kept.storage.scan_links(claimed_before=before, after=slice_.run.cursor, limit=_LINKS)
    with slice_.records.write() as kept:
        gone = kept.storage.sweep_links(scanned.unneeded, claimed_before=before)
        tally = Tally(scanned.examined, len(gone), sum(link.size for link in gone))
        names = [f"{link.repository}@{link.digest}" for link in gone]
        return _keep(kept, slice_, tally, scanned.next, gone=names)


def _content(slice_: _Slice) -> Collection:
    """C5, C6, C7. Looks at a stretch of the store and closes the gates of what seems to be nobody's.

    What is proposed was unlinked in what is committed, and what is removed is unlinked still: a link that
    came and went in between, perhaps not for good, was made to content that is young.
    """
    after = Digest.parse(slice_.run.cursor) if slice_.run.cursor else None
    stretch = list(islice(slice_.blobs.iter_digests(after=after), _DIGESTS))
    with slice_.records.read() as kept:
        proposed = kept.storage.unlinked(stretch)
    before = slice_.begun - slice_.run.grace
    old = [digest for digest in proposed if _is_older(slice_.blobs.stored_at(digest), before)]
    at_end, batch = len(stretch) < _DIGESTS, old[:_GATES]
    if len(old) > _GATES:  # the rest of the stretch is the next slice's
        stretch, at_end = [digest for digest in stretch if str(digest) <= str(batch[-1])], False
    with slice_.records.write() as kept:
        gone: list[str] = []
        freed = 0
        for digest in kept.storage.hold_unlinked(batch):
            size = slice_.blobs.stat(digest)
            if size is not None and slice_.blobs.delete(digest, stored_before=before):
                gone.append(str(digest))
                freed += size
        cursor = "" if at_end else str(stretch[-1])
        return _keep(kept, slice_, Tally(len(stretch), len(gone), freed), cursor, gone=gone)


def _analyses(slice_: _Slice) -> Collection:
    with slice_.records.write() as kept:
        gone = kept.storage.sweep_analyses(limit=_ANALYSES)
        cursor = "more" if gone == _ANALYSES else ""
        return _keep(kept, slice_, Tally(gone, gone), cursor)


def _strays(slice_: _Slice) -> Collection:
    examined = freed = 0
    gone: list[str] = []
    for stray in list(slice_.blobs.iter_strays()):
        examined += 1
        age = slice_.begun - stray.touched_at
        if age >= max(slice_.run.grace, slice_.run.uploads_kept) and slice_.blobs.remove_stray(stray.name):
            gone.append(stray.name)
            freed += stray.size
    with slice_.records.write() as kept:
        return _keep(kept, slice_, Tally(examined, len(gone), freed), gone=gone)


_STEPS: Mapping[Step, Callable[[_Slice], Collection]] = {
    Step.UPLOADS: _uploads,
    Step.LINKS: _links,
    Step.CONTENT: _content,
    Step.ANALYSES: _analyses,
    Step.STRAYS: _strays,
}


def _is_older(stored_at: datetime | None, before: datetime) -> bool:
    return stored_at is not None and stored_at < before


def _keep(
    kept: RecordSet, slice_: _Slice, tally: Tally, cursor: str = "", *, gone: Sequence[str] = ()
) -> Collection:
    """Keep how far the collection is. A clock that jumped back meanwhile adds no time."""
    now = slice_.clock()
    worked = max(now - slice_.begun, timedelta(0))
    after = advance(slice_.run, SliceDone(tally, cursor), now, worked)
    if not kept.storage.save_collection(after):
        raise SliceLost
    if tally.removed:
        told = {"step": slice_.run.step.value, "removed": tally.removed, "bytes": tally.freed}
        kept.audit.append(_did("collection.remove", after.id, now, **told, names=list(gone[:_TOLD])))
    if after.state is RunState.DONE:
        kept.audit.append(_did("collection.end", after.id, now, removed=after.removed, bytes=after.freed))
    return after


def _did(action: str, subject: str, now: datetime, **details: object) -> Event:
    return Event(rfc3339(now), str(SYSTEM), action, subject, "done", details)

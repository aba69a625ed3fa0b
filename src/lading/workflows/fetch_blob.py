"""Bring a blob in from an upstream, and make images of ours of what has all its content.

1. One fetch at a time of one blob of one repository, by a lease that is renewed while bytes come: whoever
   dies in the middle holds the others back for ``_LEASE`` and no longer.
2. Content that is here already because the same upstream gave it to another repository is linked, after the
   upstream has said that this repository has it too. What others pushed is never taken for the upstream's.
3. The bytes are written as they come and verified at the end; a connection that breaks is taken up again
   where it broke, a few times. Who watches is told how much is here, and reads it while the rest comes.
4. Content first, then its link, in the words of ``registry.collection`` (rule C5). Then each pending
   manifest that now has everything is saved as an image of ours, its tags follow, and its analysis is asked
   for.
"""

import contextlib
from datetime import datetime, timedelta
from typing import Protocol, assert_never

from lading.foundation.errors import LadingError, Malformed, OverLimit, Upstream
from lading.oci.digest import Digest
from lading.oci.manifest import Index, Manifest, ManifestOrIndex, parse_manifest
from lading.ports.blob_store import UploadWriter
from lading.ports.records.record_set import RecordSet
from lading.ports.records.upstreams import PendingManifest
from lading.ports.remote_registry import Absent, RemoteBlob, RemoteRegistry, Unanswered
from lading.registry.manifest_needs import needs_of
from lading.workflows.cache_ports import SERVER, CachePorts, Origin, cannot_tell, not_there, note_answer
from lading.workflows.claim_blob import require_content
from lading.workflows.pull_through import follow_tag

_LEASE = timedelta(seconds=60)
_RENEW = timedelta(seconds=15)
_LOOK = 0.2  # seconds between looks at whether another fetch is done
_TRIES = 4  # connections for one blob
_PENDING = 200  # manifests of a repository that are looked at after a blob came


class Watcher(Protocol):
    """Who wants to read a blob while it comes."""

    def begun(self, size: int | None, file: str | None) -> None:
        """The size is known, and the file in which the bytes gather, where there is one."""
        ...

    def arrived(self, offset: int) -> None:
        """So many bytes lie in the file."""
        ...


class NobodyWatches:
    """For fetches that nobody waits for."""

    def begun(self, size: int | None, file: str | None) -> None:
        """Say nothing."""

    def arrived(self, offset: int) -> None:
        """Say nothing."""


def fetch_blob(ports: CachePorts, origin: Origin, digest: Digest, watcher: Watcher) -> int:
    """Make a blob of the upstream one of the repository, by the numbered steps above; return its size.

    Raises NotFound ``blob-unknown`` where the upstream says so, Upstream ``upstream-unanswered`` where nobody
    can tell or ``upstream-wrong-content``, and OverLimit ``blob-too-large``.
    """
    # Step 1.
    lease = _Lease(ports, f"blob/{origin.repository}/{digest}")
    while not lease.taken():
        ports.sleep(_LOOK)
        size = held_size(ports, origin.repository, digest)
        if size is not None:
            return size
    try:
        size = held_size(ports, origin.repository, digest)
        if size is None:
            size = _bring(ports, origin, digest, watcher, lease)
            _link(ports, origin, digest, size)
        return size
    finally:
        lease.end()


def held_size(ports: CachePorts, repository: str, digest: Digest) -> int | None:
    """The size of a blob that is here and whole."""
    with ports.records.read() as kept:
        found = kept.registry.blob(repository, digest)
        damaged = found is not None and kept.scrubs.damage_of(digest) is not None
    return None if found is None or damaged else found.size


def size_there(ports: CachePorts, origin: Origin, digest: Digest) -> int:
    """Ask the upstream for the size of a blob. Raises as fetching it does."""
    remote = ports.open_remote(origin.upstream)
    answer = remote.blob_size(origin.there, digest)
    note_answer(ports, origin.upstream.name, remote, answer)
    match answer:
        case int():
            return answer
        case Absent():
            raise not_there(origin, "blob-unknown", f"blob {digest} in {origin.there}", answer)
        case Unanswered(why, until):
            what = f"the blob {digest} of {origin.repository}"
            raise cannot_tell(origin, what, why, until, ports.clock())
        case _:
            assert_never(answer)


class _Lease:
    def __init__(self, ports: CachePorts, key: str) -> None:
        self._ports, self._key, self._holder = ports, key, ports.new_id()
        self._renewed = ports.clock()

    def taken(self) -> bool:
        now = self._ports.clock()
        with self._ports.records.write() as kept:
            taken = kept.upstreams.take_lease(self._key, self._holder, now, now + _LEASE)
        self._renewed = now
        return taken

    def renew(self) -> None:
        """Go on holding it; raise Upstream where it was lost to somebody who thought us dead."""
        if self._ports.clock() - self._renewed >= _RENEW and not self.taken():
            raise Upstream("upstream-busy", "another server has taken this fetch over", hint="try again")

    def end(self) -> None:
        with self._ports.records.write() as kept:
            kept.upstreams.end_lease(self._key, self._holder)


def _bring(ports: CachePorts, origin: Origin, digest: Digest, watcher: Watcher, lease: _Lease) -> int:
    remote = ports.open_remote(origin.upstream)
    size = _shared(ports, origin, remote, digest)
    if size is not None:
        return size
    upload = f"fetch-{ports.new_id()}"
    ports.blobs.create_upload(upload)
    try:
        writer = ports.blobs.open_upload(upload)
        with contextlib.closing(writer):
            _download(ports, origin, remote, digest, _Arrival(writer, upload, watcher, lease))
        return ports.blobs.finish_upload(upload, digest)
    except Malformed as error:
        if error.code != "digest-mismatch":
            raise
        failure = f"it sent other bytes than {digest}"
        note_answer(ports, origin.upstream.name, remote, Unanswered(failure))
        raise Upstream(
            "upstream-wrong-content",
            f"the upstream {origin.upstream.name}: {failure}; nothing of it was kept",
        ) from error
    except BaseException:
        with contextlib.suppress(LadingError):
            ports.blobs.abort_upload(upload)
        raise


def _shared(ports: CachePorts, origin: Origin, remote: RemoteRegistry, digest: Digest) -> int | None:
    """Step 2: the size of content that needs no fetching."""
    with ports.records.read() as kept:
        caches = kept.upstreams.caches()
        elsewhere = (caches.of(name) for name in kept.registry.repositories_with_blob(digest))
        same = any(cache is not None and cache.upstream == origin.upstream.name for cache in elsewhere)
        whole = kept.scrubs.damage_of(digest) is None
    size = ports.blobs.stat(digest) if same and whole else None
    return size if size is not None and remote.blob_size(origin.there, digest) == size else None


class _Arrival:
    """Bytes on their way into an upload."""

    def __init__(self, writer: UploadWriter, upload: str, watcher: Watcher, lease: _Lease) -> None:
        self.writer, self.upload, self.watcher, self.lease = writer, upload, watcher, lease

    def take(self, blob: RemoteBlob, most: int) -> None:
        """Write what comes (step 3)."""
        if blob.size is not None and blob.size > most:
            raise _too_large(most)
        for chunk in blob.chunks:
            if self.writer.offset + len(chunk) > (most if blob.size is None else blob.size):
                raise _too_large(most) if blob.size is None else _longer(blob.size)
            self.writer.write(chunk)
            self.watcher.arrived(self.writer.offset)
            self.lease.renew()
        if blob.size is not None and self.writer.offset < blob.size:
            raise Upstream("upstream-broke-off", "the upstream ended before it had sent everything")


def _download(
    ports: CachePorts, origin: Origin, remote: RemoteRegistry, digest: Digest, arrival: _Arrival
) -> None:
    what, broke = f"the blob {digest} of {origin.repository}", ""
    for _ in range(_TRIES):
        start = arrival.writer.offset
        with remote.open_blob(origin.there, digest, start=start) as answer:
            if not (isinstance(answer, RemoteBlob) and start):
                note_answer(ports, origin.upstream.name, remote, answer)
            match answer:
                case RemoteBlob():
                    if not start:
                        arrival.watcher.begun(answer.size, ports.blobs.upload_file(arrival.upload))
                    try:
                        arrival.take(answer, ports.limits.blob_bytes)
                    except Upstream as error:
                        if error.code != "upstream-broke-off":
                            raise
                        broke = str(error)
                        continue
                    return
                case Absent() if not start:
                    raise not_there(origin, "blob-unknown", f"blob {digest} in {origin.there}", answer)
                case Absent(said):
                    raise cannot_tell(
                        origin, what, f"{broke}, then it answered 404: {said}", None, ports.clock()
                    )
                case Unanswered(why, until):
                    raise cannot_tell(
                        origin, what, f"{broke}, then {why}" if broke else why, until, ports.clock()
                    )
                case _:
                    assert_never(answer)
    note_answer(ports, origin.upstream.name, remote, Unanswered(broke))
    raise cannot_tell(origin, what, broke, None, ports.clock())


def _link(ports: CachePorts, origin: Origin, digest: Digest, size: int) -> None:
    """Step 4."""
    now = ports.clock()
    with ports.records.write() as kept:
        kept.registry.ensure_repository(origin.repository, at=now, by=str(SERVER.principal))
        require_content(kept, ports.blobs, digest)
        kept.registry.link_blob(origin.repository, digest, size, at=now)
        if kept.scrubs.heal([digest], at=now, by=str(SERVER.principal)):
            kept.audit.append(SERVER.did("blob.heal", str(digest), now, by=origin.repository))
    complete_cached(ports, origin.repository)


def complete_cached(ports: CachePorts, repository: str) -> tuple[Digest, ...]:
    """Save each manifest of a repository of a cache that has everything now; return their digests."""
    with ports.records.read() as kept:
        waiting = kept.upstreams.pending_in(repository, limit=_PENDING)
        ready = _ready(kept, waiting)
    saved: list[tuple[PendingManifest, ManifestOrIndex]] = []
    if ready:
        now = ports.clock()
        with ports.records.write() as kept:
            for pending, manifest in ready:
                if not missing_of(kept, repository, manifest):
                    _save(kept, pending, manifest, now)
                    saved.append((pending, manifest))
    for pending, manifest in saved:
        ports.on_pushed(repository, pending.digest, manifest.media_type)
    return tuple(pending.digest for pending, _ in saved)


def missing_of(kept: RecordSet, repository: str, manifest: ManifestOrIndex) -> tuple[Digest, ...]:
    """Blobs that a manifest needs and the repository has not."""
    return kept.registry.missing_blobs(repository, needs_of(manifest).blobs)


def _ready(
    kept: RecordSet, waiting: tuple[PendingManifest, ...]
) -> list[tuple[PendingManifest, ManifestOrIndex]]:
    """Manifests that have all their blobs; then the indexes that list any manifest that is here or ready.

    An index of an upstream lists platforms that nobody here pulls: it counts with the first that is here.
    """
    parsed = [(each, parse_manifest(each.raw, each.media_type)) for each in waiting]
    ready: list[tuple[PendingManifest, ManifestOrIndex]] = [
        (each, manifest)
        for each, manifest in parsed
        if isinstance(manifest, Manifest) and not missing_of(kept, each.repository, manifest)
    ]
    here = {each.digest for each, _ in ready}
    for each, index in parsed:
        if isinstance(index, Index):
            listed = [entry.digest for entry in index.manifests]
            absent = set(kept.registry.missing_manifests(each.repository, listed))
            if not listed or here & absent or len(absent) < len(set(listed)):
                ready.append((each, index))
                here.add(each.digest)
    return ready


def _save(kept: RecordSet, pending: PendingManifest, manifest: ManifestOrIndex, now: datetime) -> None:
    repository, actor = pending.repository, str(SERVER.principal)
    kept.registry.ensure_repository(repository, at=now, by=actor)
    kept.registry.save_manifest(repository, pending.digest, manifest, at=now, by=actor)
    tags = kept.upstreams.tags_at(repository, pending.digest)
    about = {"media_type": manifest.media_type, "size": len(pending.raw), "tags": list(tags)}
    kept.audit.append(SERVER.did("manifest.cache", f"{repository}@{pending.digest}", now, **about))
    for tag in tags:
        follow_tag(kept, repository, tag, pending.digest, now)
    kept.upstreams.remove_pending(repository, (pending.digest,))


def _too_large(most: int) -> OverLimit:
    return OverLimit("blob-too-large", f"a blob may have {most} bytes", details={"limit": most})


def _longer(size: int) -> Upstream:
    return Upstream("upstream-wrong-content", f"the upstream announced {size} bytes, and sent more")

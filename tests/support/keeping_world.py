"""A registry with a collector, and a model of what it has promised: for tests of what is never lost.

Every operation is done by the real workflows. After each, ``check`` compares what is there with what was
promised, in the words of rules C1 to C9 of ``lading.registry.collection``.
"""

import contextlib
import itertools
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lading.access.bindings import NO_BINDINGS
from lading.foundation.errors import Conflict, NotFound, Upstream
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.ports.blob_store import BlobStore
from lading.ports.jobs import Job
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.collection import SHORTEST_GRACE, Collection, RunState
from lading.registry.limits import DEFAULT_LIMITS
from lading.registry.upload_sessions import upload_key
from lading.workflows.claim_blob import Wanted, claim_blob
from lading.workflows.collect_garbage import (
    CollectionAsked,
    CollectPorts,
    resume_collection,
    start_collection,
    stop_collection,
)
from lading.workflows.collection_steps import SlicePorts, run_slice
from lading.workflows.delete_blob import delete_blob
from lading.workflows.delete_manifest import delete_manifest, delete_tag
from lading.workflows.mount_blob import mount_blob
from lading.workflows.push_blob import begin_upload, finish_upload, open_upload
from lading.workflows.push_manifest import ManifestUpload, push_manifest
from tests.support.registry import ROOT

CONTENTS = tuple(f"content {number}".encode() for number in range(5))
DIGESTS = tuple(Digest.of(content) for content in CONTENTS)
REPOSITORIES = ("a", "b")
TAGS = ("one", "two")
PROMISED = SHORTEST_GRACE / 2  # how long somebody who was told of a blob may rely on it, at the least

Operation = Callable[[], None]


class Killed(BaseException):
    """The process ends here, as by kill -9: nothing catches it, and open transactions are gone."""


class MortalBlobs:
    """A store whose process can be killed before or after any of its calls that change something."""

    def __init__(self, store: BlobStore) -> None:
        self._store = store
        self.calls_left = -1  # until it is killed; negative: it lives on
        self.between: Operation | None = None  # what happens right after content was stored

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if name not in {"finish_upload", "delete", "abort_upload", "remove_stray"}:
            return method

        def call(*arguments: Any, **named: Any) -> Any:
            self._live()
            result = method(*arguments, **named)
            self._live()
            if name == "finish_upload" and self.between is not None:
                between, self.between = self.between, None
                between()
            return result

        return call

    def _live(self) -> None:
        if self.calls_left == 0:
            self.calls_left = -1
            raise Killed
        self.calls_left -= 1 if self.calls_left > 0 else 0


class InterleavedRecords:
    """Records in which something else happens after the next block that only reads."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self.between: Operation | None = None

    @contextmanager
    def read(self) -> Iterator[RecordSet]:
        with self._records.read() as kept:
            yield kept
        if self.between is not None:
            between, self.between = self.between, None
            between()

    def write(self, *, long: bool = False) -> AbstractContextManager[RecordSet]:
        return self._records.write(long=long)


class IdleJobs:
    """Takes jobs on and never does them: slices are done by hand."""

    def enqueue(self, job: Job) -> None:
        """Take it on."""


@dataclass
class World:
    """The registry, and what it has promised to whom."""

    records: Records
    store: BlobStore
    ahead: timedelta = timedelta(0)  # of the real clock, which stores go by
    furthest: timedelta = timedelta(0)
    manifests: dict[tuple[str, Digest], frozenset[Digest]] = field(default_factory=dict)
    lists: dict[tuple[str, Digest], frozenset[Digest]] = field(default_factory=dict)  # of indexes
    tags: dict[tuple[str, str], Digest] = field(default_factory=dict)
    promises: dict[tuple[str, Digest], datetime] = field(default_factory=dict)
    uploads: dict[str, str] = field(default_factory=dict)  # session to repository
    run: Collection | None = None

    def __post_init__(self) -> None:
        self.blobs: Any = MortalBlobs(self.store)
        self.between = InterleavedRecords(self.records)
        self._numbers = itertools.count(1)
        jobs: Any = IdleJobs()
        self.ports = CollectPorts(self.records, self.blobs, self.now, lambda: jobs)

    def let_time_pass(self, by: timedelta) -> None:
        """Move the clock, perhaps back."""
        self.ahead = max(self.ahead + by, -2 * SHORTEST_GRACE)
        self.furthest = max(self.furthest, self.ahead)
        # Rule C9: what a clock that jumps has ended stays ended when it jumps back.
        self.promises = {key: at for key, at in self.promises.items() if self.now() - at < PROMISED}

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    # ── What people do ──

    def push_blob(self, repository: str, content: bytes) -> None:
        session = str(uuid.uuid4())
        begin_upload(self.blobs, ROOT, repository, session)
        self._write(repository, session, content)
        digest = Digest.of(content)
        with contextlib.suppress(Upstream):  # collected at that very moment: nothing was promised
            finish_upload(self.records, self.blobs, ROOT, repository, session, digest=digest, now=self.now())
            self.promises[repository, digest] = self.now()

    def begin_upload(self, repository: str, content: bytes) -> None:
        session = str(uuid.uuid4())
        begin_upload(self.blobs, ROOT, repository, session)
        self._write(repository, session, content)
        self.uploads[session] = repository

    def ask_with_head(self, repository: str, content: bytes) -> None:
        digest = Digest.of(content)
        try:
            claim_blob(self.records, ROOT, Wanted(repository, digest), self.now())
        except NotFound:
            assert not self._is_promised(repository, digest), "a promised blob was said to be unknown"
        else:
            self.promises[repository, digest] = self.now()

    def mount(self, source: str, target: str, content: bytes) -> None:
        digest = Digest.of(content)
        size = mount_blob(
            self.records,
            self.blobs,
            ROOT,
            target,
            digest,
            source=source,
            bindings=lambda: NO_BINDINGS,
            now=self.now(),
        )
        if size is not None:
            self.promises[target, digest] = self.now()
        else:
            assert not self._is_promised(source, digest), "a promised blob could not be mounted"

    def push_image(
        self, repository: str, contents: tuple[bytes, ...], tag: str, subject: Digest | None
    ) -> None:
        blobs = [Digest.of(content) for content in contents]
        document: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": _described(blobs[0], media_types.OCI_CONFIG),
            "layers": [_described(blob, media_types.OCI_LAYER_TAR) for blob in blobs[1:]],
        }
        if subject is not None:
            document["subject"] = _described(subject, media_types.OCI_MANIFEST)
        digest = self._push(repository, document, tag, needs=frozenset(blobs))
        if digest is not None:
            self.manifests[repository, digest] = frozenset(blobs)

    def push_index(self, repository: str, tag: str) -> None:
        children = [digest for name, digest in self.manifests if name == repository][:3]
        document = {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_INDEX,
            "manifests": [_described(child, media_types.OCI_MANIFEST) for child in children],
        }
        digest = self._push(repository, document, tag, needs=frozenset())
        if digest is not None:
            self.manifests[repository, digest] = frozenset()
            self.lists[repository, digest] = frozenset(children)

    def delete_manifest(self, repository: str, which: int) -> None:
        here = [digest for name, digest in self.manifests if name == repository]
        if not here:
            return
        digest = here[which % len(here)]
        try:
            delete_manifest(self.records, ROOT, repository, digest, self.now())
        except Conflict:
            assert any(digest in children for (name, _), children in self.lists.items() if name == repository)
            return
        for blob in self.manifests.pop((repository, digest)):
            self.promises[repository, blob] = self.now()  # rule C3
        self.lists.pop((repository, digest), None)
        self.tags = {key: held for key, held in self.tags.items() if (key[0], held) != (repository, digest)}

    def delete_tag(self, repository: str, tag: str) -> None:
        if self.tags.pop((repository, tag), None) is not None:
            delete_tag(self.records, ROOT, repository, tag, self.now())

    def delete_blob(self, repository: str, content: bytes) -> None:
        digest = Digest.of(content)
        try:
            delete_blob(self.records, ROOT, repository, digest, self.now())
        except Conflict:
            assert self._is_listed(repository, digest)
        except NotFound:
            assert not self._is_promised(repository, digest)
        else:
            assert not self._is_listed(repository, digest)
            self.promises.pop((repository, digest), None)

    # ── What the collector does ──

    def start(self) -> None:
        asked = CollectionAsked(SHORTEST_GRACE, uploads_kept=SHORTEST_GRACE)
        with contextlib.suppress(Conflict):
            self.run = start_collection(
                self.ports, ROOT, asked, self.now(), run_id=f"run-{next(self._numbers)}"
            )

    def stop(self) -> None:
        with contextlib.suppress(Conflict):
            stop_collection(self.ports, ROOT, self.now())
            self._reload()

    def resume(self) -> None:
        with contextlib.suppress(Conflict):
            self.run = resume_collection(self.ports, ROOT, self.now())

    def slice(self, between: Operation | None = None, killed_after: int = -1) -> None:
        """One slice, perhaps with something in the middle of it, perhaps killed in the middle."""
        self._reload()
        if self.run is None or self.run.state is not RunState.RUNNING or self.run.stop_asked:
            return
        self.between.between, self.blobs.calls_left = between, killed_after
        try:
            run_slice(SlicePorts(self.between, self.blobs, self.now), self.run)
        except Killed:
            pass
        finally:
            self.between.between, self.blobs.calls_left = None, -1
        self.uploads = {
            session: name
            for session, name in self.uploads.items()
            if self.ahead < SHORTEST_GRACE  # beyond that every upload of this test is abandoned
        }

    def finish(self) -> None:
        """End the collection that is under way, if one is, and do a whole one after it."""
        for begin in (self.resume, self.start):
            begin()
            self._reload()
            while self.run is not None and self.run.state is RunState.RUNNING:
                self.slice()
                self._reload()

    def _reload(self) -> None:
        if self.run is not None:
            with self.records.read() as kept:
                self.run = kept.storage.collection(self.run.id)

    # ── What must hold ──

    def check(self) -> None:
        """Everything promised is there, and every link has content."""
        linked: set[Digest] = set()
        with self.records.read() as kept:
            for repository in REPOSITORIES:
                mine = [digest for name, digest in self.manifests if name == repository]
                assert kept.registry.missing_manifests(repository, mine) == ()
                held = {tag.name: tag.digest for tag in kept.registry.tags(repository).items}
                assert held == {
                    tag: digest for (name, tag), digest in self.tags.items() if name == repository
                }
                missing = kept.registry.missing_blobs(repository, DIGESTS)
                for digest in missing:
                    assert not self._is_listed(repository, digest), "a listed blob was unlinked"
                    assert not self._is_promised(repository, digest), "a promised blob was unlinked"
                linked.update(digest for digest in DIGESTS if digest not in missing)
        for digest in linked:
            assert self.store.stat(digest) is not None, "a link without content"
        for session, repository in self.uploads.items():
            assert self.store.upload_offset(upload_key(repository, session)) > 0

    def check_contents(self) -> None:
        """What manifests list can be read, whole."""
        for blobs in self.manifests.values():
            for digest in blobs:
                assert Digest.of(b"".join(self.store.read(digest))) == digest

    def check_nothing_is_left_over(self) -> None:
        """When nobody relies on anything but manifests, a whole collection leaves exactly what they need."""
        self.ahead = self.furthest + 3 * SHORTEST_GRACE  # later than every claim that was ever made
        self.uploads.clear()
        self.finish()
        self.check()
        self.check_contents()
        needed = set().union(*self.manifests.values()) if self.manifests else set()
        assert set(self.store.iter_digests()) == needed
        assert list(self.store.iter_uploads()) == []

    def _is_listed(self, repository: str, digest: Digest) -> bool:
        return any(digest in blobs for (name, _), blobs in self.manifests.items() if name == repository)

    def _is_promised(self, repository: str, digest: Digest) -> bool:
        if self._is_listed(repository, digest):
            return True
        at = self.promises.get((repository, digest))
        return at is not None and self.now() - at < PROMISED

    def _push(
        self, repository: str, document: Mapping[str, Any], tag: str, *, needs: frozenset[Digest]
    ) -> Digest | None:
        raw = json.dumps(document).encode()
        promised = all(self._is_promised(repository, digest) for digest in needs)
        upload = ManifestUpload(repository, None, (tag,) if tag else (), "", raw)
        try:
            pushed = push_manifest(
                self.records,
                ROOT,
                upload,
                self.now(),
                limits=DEFAULT_LIMITS,
                on_pushed=lambda _repository, _digest, _type: None,
            )
        except NotFound:  # manifest-blob-unknown: nothing else is refused here
            assert not promised, "a push that was told that its blobs are here was refused"
            return None
        if tag:
            self.tags[repository, tag] = pushed.digest
        return pushed.digest

    def _write(self, repository: str, session: str, content: bytes) -> None:
        writer = open_upload(self.blobs, ROOT, repository, session)
        writer.write(content)
        writer.close()


def _described(digest: Digest, media_type: str) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": str(digest), "size": 1}

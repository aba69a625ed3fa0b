"""Several pushes as one: all of them are kept, or none."""

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.adapters.sql.engine import open_sqlite
from lading.foundation.errors import Conflict, NotFound
from lading.oci.digest import Digest
from lading.workflows.attach_claim import PushPorts, push_bytes
from lading.workflows.push_manifest import ManifestUpload, push_manifest
from lading.workflows.push_together import together
from tests.support.registry import NOON, ROOT, DrivenRegistry


def push_config(ports: PushPorts, name: str) -> bytes:
    """A blob, and the manifest of an artifact that has it."""
    content = b'{"name":"%s"}' % name.encode()
    digest = push_bytes(ports, ROOT, "team/app", content, NOON)
    described = b'{"mediaType":"application/json","digest":"%s","size":%d}' % (
        str(digest).encode(),
        len(content),
    )
    return b'{"schemaVersion":2,"config":%s,"layers":[]}' % described


def push(ports: PushPorts, raw: bytes, tag: str, expected: Digest | None = None) -> Digest:
    upload = ManifestUpload("team/app", None, (tag,), "", raw, {tag: expected})
    done = push_manifest(ports.records, ROOT, upload, NOON, limits=ports.limits, on_pushed=ports.on_pushed)
    return done.digest


NOWHERE = b'{"mediaType":"a/b","digest":"%s","size":1}' % str(Digest.of(b"nowhere")).encode()
MISSING = (b'{"schemaVersion":2,"config":%s,"layers":[]}' % NOWHERE, "2")


def push_two(ports: PushPorts, raw: bytes, tag: str) -> None:
    with together(ports) as within:
        push(within, push_config(within, "one"), "1")
        push(within, raw, tag)


def push_and_pass_over(ports: PushPorts) -> None:
    with together(ports) as within:
        push(within, push_config(within, "two"), "2")
        with contextlib.suppress(Conflict):
            push(within, push_config(within, "mine"), "1", expected=None)


def tags(registry: DrivenRegistry) -> list[str]:
    with registry.records.read() as kept:
        return [tag.name for tag in kept.registry.tags("team/app").items]


def test_all_of_it_is_there_and_told_of_in_the_end() -> None:
    registry = DrivenRegistry()
    told: list[Digest] = []
    ports = replace(registry.ports, on_pushed=lambda _repository, digest, _type: told.append(digest))
    with together(ports) as within:
        raw = push_config(within, "one")
        first = push(within, raw, "1")
        second = push(within, push_config(within, "two"), "2")
        assert told == []
        assert registry.blobs.stat(Digest.of(b'{"name":"one"}')) is None
    assert told == [first, second]
    assert tags(registry) == ["1", "2"]
    assert registry.blobs.stat(Digest.of(b'{"name":"one"}')) == 14
    with registry.records.read() as kept:
        actions = [entry.event.action for entry in kept.audit.entries_after(0)]
    assert actions == ["blob.push", "manifest.push", "tag.move"] * 2


def test_nothing_is_there_when_the_last_of_it_fails() -> None:
    registry = DrivenRegistry()
    with pytest.raises(NotFound):
        push_two(registry.ports, *MISSING)
    assert tags(registry) == []
    assert registry.blobs.stat(Digest.of(b'{"name":"one"}')) is None
    with registry.records.read() as kept:
        assert kept.audit.head() is None


def test_a_failure_that_somebody_passes_over_still_fails_all_of_it() -> None:
    """A push that is refused has written half of itself into the transaction by then."""
    registry = DrivenRegistry()
    standing = push(registry.ports, push_config(registry.ports, "before"), "1")
    with pytest.raises(Conflict, match="moved by somebody else"):
        push_and_pass_over(registry.ports)
    assert tags(registry) == ["1"]
    with registry.records.read() as kept:
        found = kept.registry.tag("team/app", "1")
    assert found is not None
    assert found.digest == standing


def test_content_is_in_the_store_before_a_record_that_links_to_it_is_kept(tmp_path: Path) -> None:
    """A store that fails to keep the content takes the records back."""
    registry = DrivenRegistry(open_sqlite(tmp_path / "r.db"), _Full(tmp_path / "blobs"))
    with pytest.raises(OSError, match="no space"), together(registry.ports) as within:
        push(within, push_config(within, "one"), "1")
    with registry.records.read() as kept:
        assert kept.registry.repository("team/app") is None


class _Full(FilesystemBlobs):
    """A store on a disk that is full."""

    def finish_upload(self, upload_id: str, digest: Digest) -> int:
        raise OSError(28, "no space left on device")

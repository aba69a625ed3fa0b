"""Each kind of inconsistency is found, and nothing else is."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.adapters.sql.engine import SqlRecords, open_memory
from lading.adapters.sql.tables.registry import MANIFEST, MANIFEST_CHILD, REPOSITORY_BLOB, TAG
from lading.oci.digest import Digest
from lading.registry.inconsistency import Fault
from lading.workflows.check_storage import check_storage
from tests.support.registry import DrivenRegistry
from tests.support.stores import put_blob


class Bench:
    """A registry on files with an image, an index and a tag, all as they should be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: SqlRecords = open_memory()
        self.blobs = FilesystemBlobs(folder)
        self.registry = DrivenRegistry(self.opened, self.blobs)
        self.image = self.registry.push_image("team/app", tags=("1.0",))
        self.index = self.registry.push_index("team/app", self.image)
        self.layer = Digest.of(b"layer of app")
        self.file = folder / "blobs" / "sha256" / self.layer.hex[:2] / self.layer.hex

    def change(self, *statements: sa.Executable) -> None:
        with closing(self.opened.engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA foreign_keys = OFF")  # not heeded within a transaction
        with self.opened.engine.begin() as connection:
            for statement in statements:
                connection.execute(statement)

    def found(self, *, deep: bool = False) -> list[Fault]:
        return [each.fault for each in check_storage(self.registry.records, self.blobs, deep=deep)]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "store")


def test_a_registry_that_is_whole_has_nothing_wrong(bench: Bench) -> None:
    assert bench.found(deep=True) == []


def _truncate(bench: Bench) -> None:
    bench.file.write_bytes(b"short")


def _unlink(bench: Bench) -> None:
    bench.change(REPOSITORY_BLOB.delete().where(REPOSITORY_BLOB.c.digest == bench.layer))


def _forget_child(bench: Bench) -> None:
    gone = (
        "DELETE FROM repository_manifest WHERE manifest_id = (SELECT id FROM manifest WHERE digest = :digest)"
    )
    bench.change(TAG.delete(), sa.text(gone).bindparams(digest=str(bench.image)))


def _change_manifest(bench: Bench) -> None:
    bench.change(MANIFEST.update().where(MANIFEST.c.digest == bench.image).values(raw=b"{}"))


def _dangle(bench: Bench) -> None:
    bench.change(MANIFEST_CHILD.delete())
    gone = (
        "DELETE FROM repository_manifest WHERE manifest_id = (SELECT id FROM manifest WHERE digest = :digest)"
    )
    bench.change(sa.text(gone).bindparams(digest=str(bench.image)))


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda bench: bench.file.unlink(), {Fault.BLOB_MISSING}),
        (_truncate, {Fault.BLOB_SIZE}),
        (_unlink, {Fault.BLOB_UNLINKED, Fault.CONTENT_ORPHAN}),
        (_forget_child, {Fault.CHILD_MISSING}),
        (_change_manifest, {Fault.MANIFEST_CORRUPT}),
        (_dangle, {Fault.TAG_DANGLING, Fault.CHILD_MISSING}),
        (lambda bench: put_blob(bench.blobs, b"orphan"), {Fault.CONTENT_ORPHAN}),
        (lambda bench: bench.blobs.create_upload("open"), {Fault.UPLOAD_OPEN}),
        (lambda bench: (bench.folder / "uploads" / "no upload").touch(), {Fault.STRAY}),
    ],
)
def test_each_kind_is_found(bench: Bench, damage: Callable[[Bench], object], expected: set[Fault]) -> None:
    damage(bench)
    assert set(bench.found()) == expected


def test_content_that_changed_without_changing_its_size_is_found_when_it_is_read(bench: Bench) -> None:
    bench.file.write_bytes(bytes(reversed(b"layer of app")))
    assert bench.found() == []
    assert bench.found(deep=True) == [Fault.BLOB_CORRUPT]

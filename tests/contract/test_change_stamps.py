"""One suite over every kind of change stamps, and over the records that make them change."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lading.adapters.change_stamps_memory import MemoryStamps
from lading.adapters.change_stamps_shared import SLOTS, SharedStamps
from lading.adapters.sql.engine import open_memory
from lading.oci.digest import Digest
from lading.oci.manifest import ManifestOrIndex
from lading.ports.change_stamps import ChangeStamps
from lading.ports.records.trust import TRUST_STAMP, TrustDocument
from tests.support.manifests import artifact, digest_of, image, index

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(params=["memory", "shared"])
def stamps(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ChangeStamps]:
    if request.param == "memory":
        yield MemoryStamps()
        return
    shared = SharedStamps(tmp_path / "stamps")
    yield shared
    shared.close()


def test_a_stamp_changes_only_when_told(stamps: ChangeStamps) -> None:
    before = stamps.stamp("team/app")
    assert stamps.stamp("team/app") == before
    stamps.changed("team/app")
    after = stamps.stamp("team/app")
    assert after != before
    assert stamps.stamp("team/app") == after


def test_no_change_is_lost_when_many_come_at_once(stamps: ChangeStamps) -> None:
    before = stamps.stamp("team/app")

    def change() -> None:
        for _ in range(200):
            stamps.changed("team/app")

    threads = [threading.Thread(target=change) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stamps.stamp("team/app") - before == 800


def test_shared_stamps_are_seen_by_another_process(tmp_path: Path) -> None:
    here, there = SharedStamps(tmp_path / "stamps"), SharedStamps(tmp_path / "stamps")
    before = here.stamp("team/app")
    there.changed("team/app")
    assert here.stamp("team/app") != before
    later = SharedStamps(tmp_path / "stamps")
    assert later.stamp("team/app") == here.stamp("team/app") == there.stamp("team/app")
    for stamps in (here, there, later):
        stamps.close()


def _changes_of(act: Callable[..., object]) -> list[str]:
    told: list[str] = []
    records = open_memory(told.append)
    manifest, other = image("one"), image("two")
    with records.write() as kept:
        for pushed in (manifest, other):
            kept.registry.save_manifest("team/app", digest_of(pushed), pushed, at=NOW, by="x")
        kept.registry.move_tag("team/app", "v1", digest_of(manifest), at=NOW, by="x")
        kept.registry.link_blob("team/app", Digest.of(b"blob"), 4, at=NOW)
    told.clear()
    with records.write() as kept:
        act(kept.registry, digest_of(manifest), digest_of(other))
        assert told == [], "before the block has ended nobody else can see the change"
    records.close()
    return told


@pytest.mark.parametrize(
    "act",
    [
        lambda registry, one, two: registry.move_tag("team/app", "v1", two, at=NOW, by="x"),
        lambda registry, one, two: registry.delete_tag("team/app", "v1", at=NOW, by="x"),
        lambda registry, one, two: registry.delete_manifest("team/app", one, at=NOW, by="x"),
        lambda registry, one, two: registry.unlink_blob("team/app", Digest.of(b"blob")),
    ],
    ids=["move-tag", "delete-tag", "delete-manifest", "unlink-blob"],
)
def test_records_tell_of_what_makes_caches_old(act: Callable[..., object]) -> None:
    assert _changes_of(act) == ["team/app"]


def test_records_tell_nothing_of_a_block_that_failed() -> None:
    told: list[str] = []
    records = open_memory(told.append)
    manifest = image("one")
    with suppress(ZeroDivisionError), records.write() as kept:
        kept.registry.save_manifest("team/app", digest_of(manifest), manifest, at=NOW, by="x")
        kept.registry.move_tag("team/app", "v1", digest_of(manifest), at=NOW, by="x")
        raise ZeroDivisionError
    with records.write() as kept:
        kept.registry.ensure_repository("other", at=NOW, by="x")
    assert told == []
    records.close()


def test_records_tell_of_manifests_that_say_something_of_others_and_of_trust() -> None:
    told: list[str] = []
    records = open_memory(told.append)
    plain = image("one")
    referring, listing = artifact(plain, "a/signature"), index((plain, "linux/amd64"))

    def push(manifest: ManifestOrIndex) -> list[str]:
        told.clear()
        with records.write() as kept:
            kept.registry.save_manifest("team/app", digest_of(manifest), manifest, at=NOW, by="x")
        return list(told)

    assert push(plain) == []
    assert push(referring) == ["team/app"]
    assert push(listing) == ["team/app"]
    assert push(listing) == [], "it was there already"
    told.clear()
    with records.write() as kept:
        kept.trust.activate_trust(TrustDocument(Digest.of(b"text"), "text", NOW, "x", "why"))
    assert told == [TRUST_STAMP]
    records.close()


def test_every_page_of_the_file_has_room_on_the_disk_before_it_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "stamps"
    with path.open("wb") as sparse:  # as an earlier version has left it
        sparse.truncate(SLOTS * 8)
    SharedStamps(path).close()
    held = path.stat()
    assert held.st_size == SLOTS * 8
    assert held.st_blocks * 512 >= SLOTS * 8, "a hole that a full disk cannot fill would end the process"

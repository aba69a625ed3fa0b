"""Claims, sweeps and collections, over every adapter."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from lading.adapters.sql.engine import SqlRecords
from lading.oci.digest import Digest
from lading.ports.records.storage import Freeable, Link
from lading.registry.collection import Collection, RunState, Step, Tally
from tests.support.manifests import digest_of, image

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLD, LATER = NOW - timedelta(days=2), NOW + timedelta(hours=1)
RUN = Collection(
    "r1", RunState.RUNNING, timedelta(hours=1), timedelta(hours=2), NOW, "person:root", {Step.LINKS: 3}
)


def link(records: SqlRecords, repository: str, content: bytes, at: datetime = OLD) -> Link:
    with records.write() as written:
        written.registry.ensure_repository(repository, at=at, by="person:ann")
        written.registry.link_blob(repository, Digest.of(content), len(content), at=at)
    return Link(repository, Digest.of(content), len(content))


def push(records: SqlRecords, repository: str, name: str, *layers: bytes) -> Digest:
    manifest = image(name, layers=layers)
    with records.write() as written:
        written.registry.save_manifest(repository, digest_of(manifest), manifest, at=OLD, by="person:ann")
    return digest_of(manifest)


def test_links_that_are_neither_listed_nor_claimed_are_found_in_stretches(records: SqlRecords) -> None:
    needless = [link(records, name, f"blob {number}".encode()) for name in ("a", "b") for number in range(5)]
    link(records, "a", b"layer")
    push(records, "a", "app", b"layer")
    link(records, "b", b"young", NOW)
    link(records, "b", b"layer")  # listed in another repository only
    needless.append(Link("b", Digest.of(b"layer"), 5))
    found: list[Link] = []
    examined, after = 0, ""
    with records.read() as view:
        while True:
            scanned = view.storage.scan_links(claimed_before=NOW, after=after, limit=4)
            found.extend(scanned.unneeded)
            examined += scanned.examined
            after = scanned.next
            if not after:
                break
    assert sorted(found, key=str) == sorted(needless, key=str)
    assert examined == 13
    with records.write() as written:
        gone = written.storage.sweep_links([*found, Link("a", Digest.of(b"layer"), 5)], claimed_before=NOW)
        assert sorted(gone, key=str) == sorted(needless, key=str)
        assert written.storage.counts() == (2, 2)


def test_a_claim_keeps_a_link_and_is_refused_where_there_is_none(records: SqlRecords) -> None:
    kept = link(records, "a", b"blob")
    with records.write() as written:
        assert written.registry.claim_blob("a", kept.digest, at=NOW)
        assert not written.registry.claim_blob("b", kept.digest, at=NOW)
        assert written.storage.sweep_links([kept], claimed_before=NOW) == ()
        assert written.storage.sweep_links([kept], claimed_before=LATER) == (kept,)
        assert not written.registry.claim_blob("a", kept.digest, at=NOW)


def test_deleting_a_manifest_claims_what_it_listed(records: SqlRecords) -> None:
    layer = link(records, "a", b"layer")
    digest = push(records, "a", "app", b"layer")
    with records.write() as written:
        assert written.registry.blob_is_listed("a", layer.digest)
        written.registry.delete_manifest("a", digest, at=NOW, by="person:ann")
        assert not written.registry.blob_is_listed("a", layer.digest)
        assert written.storage.sweep_links([layer], claimed_before=NOW) == ()


def test_what_could_be_freed_counts_content_once_and_only_where_nobody_else_has_it(
    records: SqlRecords,
) -> None:
    link(records, "a", b"1234")
    link(records, "b", b"1234")
    link(records, "b", b"12")
    link(records, "a", b"123456")
    link(records, "c", b"123456", NOW)  # claimed: the content stays
    with records.read() as view:
        assert view.storage.freeable(claimed_before=NOW) == (Freeable("a", 2, 4), Freeable("b", 2, 2))
        assert view.storage.unlinked([Digest.of(b"1234"), Digest.of(b"?")]) == (Digest.of(b"?"),)
        assert view.storage.counts() == (5, 3)


def test_a_collection_is_changed_by_one_worker_at_a_time(records: SqlRecords) -> None:
    further = Collection(
        "r1", RunState.RUNNING, RUN.grace, RUN.uploads_kept, NOW, "person:root", {Step.LINKS: 3},
        step=Step.LINKS, cursor="x", tallies={Step.UPLOADS: Tally(1, 2, 3)}, updated_at=LATER,
        worked=timedelta(seconds=1.5), revision=1,
    )  # fmt: skip
    with records.write() as written:
        assert written.storage.save_collection(RUN)
        assert written.storage.save_collection(further)
        assert not written.storage.save_collection(further)
    with records.read() as view:
        assert view.storage.collection("r1") == further
        assert view.storage.collection("r2") is None
        assert view.storage.collections(limit=5) == (further,)


def at_once(*actions: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def run(action: Callable[[], None]) -> None:
        try:
            action()
        except BaseException as error:  # noqa: BLE001 - the test must see what a thread raised
            failures.append(error)

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize("first", ["push", "sweep"])
def test_a_sweep_and_a_push_that_lists_the_blob_never_both_succeed(records: SqlRecords, first: str) -> None:
    """Rule C4: whoever holds the row first wins, and the other sees it."""
    swept = link(records, "a", b"layer")
    manifest = image("app", layers=(b"layer",))
    inside = threading.Event()
    gone: list[Link] = []
    missing: list[Digest] = []

    def push_it() -> None:
        if first == "sweep":
            inside.wait(10)
        with records.write() as written:
            missing.extend(written.registry.missing_blobs("a", [swept.digest]))
            if first == "push":
                inside.set()
                threading.Event().wait(0.3)  # let the sweep come to the row that is held
            if not missing:
                written.registry.save_manifest("a", digest_of(manifest), manifest, at=NOW, by="x")

    def sweep() -> None:
        if first == "push":
            inside.wait(10)
        with records.write() as written:
            gone.extend(written.storage.sweep_links([swept], claimed_before=NOW))
            if first == "sweep":
                inside.set()
                threading.Event().wait(0.3)

    at_once(push_it, sweep)
    if first == "push":
        assert (gone, missing) == ([], [])
    else:
        assert (gone, missing) == ([swept], [swept.digest])


@pytest.mark.parametrize("first", ["link", "collect"])
def test_content_is_not_linked_while_it_goes_nor_goes_while_it_is_linked(
    records: SqlRecords, first: str
) -> None:
    """Rule C5, with the content as a set."""
    digest = Digest.of(b"content")
    content, inside = {digest}, threading.Event()
    linked: list[Digest] = []
    with records.write() as written:
        written.registry.ensure_repository("a", at=NOW, by="x")

    def link_it() -> None:
        if first == "collect":
            inside.wait(10)
        with records.write() as written:
            written.registry.pass_gate(digest)
            present = digest in content
            if first == "link":
                inside.set()
                threading.Event().wait(0.3)
            if present:
                written.registry.link_blob("a", digest, 7, at=NOW)
                linked.append(digest)

    def collect() -> None:
        if first == "link":
            inside.wait(10)
        with records.write() as written:
            unlinked = written.storage.hold_unlinked([digest])
            if first == "collect":
                inside.set()
                threading.Event().wait(0.3)
            content.difference_update(unlinked)

    at_once(link_it, collect)
    assert set(linked) == content, "linked exactly where the content is there"
    assert bool(linked) == (first == "link")


def test_an_index_and_the_deletion_of_what_it_lists_never_both_succeed(records: SqlRecords) -> None:
    digest = push(records, "a", "child")
    outcomes: list[str] = []
    inside = threading.Event()

    def push_index() -> None:
        with records.write() as written:
            missing = written.registry.missing_manifests("a", [digest])
            inside.set()
            threading.Event().wait(0.3)
            outcomes.append("missing" if missing else "indexed")

    def delete() -> None:
        inside.wait(10)
        with records.write() as written:
            assert written.registry.hold_manifest("a", digest)
            outcomes.append("held")

    at_once(push_index, delete)
    assert outcomes == ["indexed", "held"]

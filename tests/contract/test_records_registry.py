"""Repositories, manifests, tags and blobs, over every adapter."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeVar

import pytest

from lading.adapters.sql.engine import SqlRecords
from lading.foundation.errors import NotFound
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.oci.manifest import ManifestOrIndex
from lading.ports.records.page import Page
from lading.ports.records.registry import BlobMembership, Place, Repository, TagMove
from tests.support.analyses import image_record
from tests.support.manifests import artifact, blob, digest_of, image, index

T = TypeVar("T")
NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ABSENT = Digest.of(b"nowhere")


def push(
    records: SqlRecords, manifest: ManifestOrIndex, repository: str = "team/app", tag: str = ""
) -> Digest:
    digest = digest_of(manifest)
    with records.write() as written:
        written.registry.save_manifest(repository, digest, manifest, at=NOW, by="person:ann")
        if tag:
            written.registry.move_tag(repository, tag, digest, at=NOW, by="person:ann")
    return digest


def all_pages(fetch: Callable[[str], Page[T]]) -> list[T]:
    page = fetch("")
    items = list(page.items)
    while page.next:
        page = fetch(page.next)
        items += page.items
    return items


def test_a_repository_is_made_by_its_first_push_and_kept_by_later_ones(records: SqlRecords) -> None:
    push(records, image("one"))
    with records.write() as written:
        again = written.registry.ensure_repository("team/app", at=LATER, by="robot:ci")
    assert again == Repository("team/app", NOW, "person:ann")


def test_repositories_are_listed_by_name_in_byte_order_and_by_prefix(records: SqlRecords) -> None:
    names = ["b", "a/z", "a-b", "a/b", "a", "a_c", "a/b/c", "ab", "a.b", "z9"]
    with records.write() as written:
        for name in names:
            written.registry.ensure_repository(name, at=NOW, by="person:ann")
    with records.read() as view:
        listed = all_pages(lambda after: view.registry.repositories(after=after, limit=3))
        assert [repository.name for repository in listed] == sorted(names)
        below = view.registry.repositories(prefix="a/").items
        assert [repository.name for repository in below] == ["a/b", "a/b/c", "a/z"]
        # Any name may be asked for, also one that is not there: the distribution spec's "last".
        assert view.registry.repositories(after="a/y").items[0].name == "a/z"


def test_an_owner_can_be_named_for_a_repository_that_exists(records: SqlRecords) -> None:
    push(records, image())
    with records.write() as written:
        assert written.registry.set_repository_owner("team/app", "payments")
        assert not written.registry.set_repository_owner("nowhere", "payments")
        found = written.registry.repository("team/app")
    assert found is not None
    assert found.owner == "payments"


def test_a_manifest_comes_back_byte_for_byte(records: SqlRecords) -> None:
    pushed = image(annotations={"org.example": "caf\u00e9 \U0001f4a5", "b": ""})
    digest = push(records, pushed)
    with records.read() as view:
        stored = view.registry.manifest("team/app", digest)
        assert view.registry.manifest("other", digest) is None
        assert view.registry.manifest("team/app", ABSENT) is None
    assert stored is not None
    assert stored.raw == pushed.raw
    assert Digest.of(stored.raw) == stored.digest
    assert (stored.media_type, stored.kind, stored.subject) == (pushed.media_type, "image", None)
    assert stored.annotations == pushed.annotations
    assert (stored.pushed_at, stored.pushed_by) == (NOW, "person:ann")


def test_an_instant_is_the_same_instant_whatever_zone_it_came_in(records: SqlRecords) -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-7)))
    with records.write() as written:
        made = written.registry.ensure_repository("a", at=elsewhere, by="x")
        assert written.registry.repository("a") == made
    assert made.created_at == NOW


def test_pushing_again_changes_nothing(records: SqlRecords) -> None:
    digest = push(records, image())
    with records.write() as written:
        again = written.registry.save_manifest("team/app", digest, image(), at=LATER, by="robot:ci")
        assert (again.pushed_at, again.pushed_by) == (NOW, "person:ann")
        assert len(written.registry.manifests("team/app").items) == 1


def test_the_same_manifest_in_two_repositories_is_deleted_from_each_alone(records: SqlRecords) -> None:
    digest = push(records, image(), "a")
    assert push(records, image(), "b") == digest
    with records.write() as written:
        assert written.registry.delete_manifest("a", digest, at=LATER, by="person:ann")
        assert not written.registry.delete_manifest("a", digest, at=LATER, by="person:ann")
        anywhere = written.registry.manifest_anywhere(digest)
        assert anywhere is not None
        assert anywhere.repository == "b"
        assert written.registry.manifests_with_blob("b", blob(b"layer one").digest) == (digest,)
        assert written.registry.delete_manifest("b", digest, at=LATER, by="person:ann")
        assert written.registry.manifest_anywhere(digest) is None
    assert push(records, image(), "a") == digest  # and it can come back
    with records.read() as view:
        assert view.registry.manifests_with_blob("a", blob(b"layer one").digest) == (digest,)


def test_missing_manifests_are_told_in_order_and_once(records: SqlRecords) -> None:
    one = push(records, image("one"))
    with records.read() as view:
        assert view.registry.missing_manifests("team/app", [ABSENT, one, ABSENT]) == (ABSENT,)
        assert view.registry.missing_manifests("other", [one]) == (one,)
        many = [Digest.of(str(number).encode()) for number in range(1200)]
        assert view.registry.missing_manifests("team/app", [*many, one]) == tuple(many)


def test_an_index_and_its_children_know_each_other(records: SqlRecords) -> None:
    amd, arm = image("amd"), image("arm")
    push(records, amd)
    push(records, arm)
    both = push(records, index((amd, "linux/amd64"), (arm, "linux/arm64/v8")))
    push(records, amd, "elsewhere")
    with records.read() as view:
        assert view.registry.indexes_of("team/app", digest_of(amd)) == (both,)
        assert view.registry.indexes_of("elsewhere", digest_of(amd)) == ()


def test_referrers_are_found_by_subject_and_type_even_before_the_subject(records: SqlRecords) -> None:
    subject = image()
    attached = {
        push(records, artifact(subject, "application/vnd.example.sbom", {"n": str(number)}))
        for number in range(5)
    }
    signature = artifact(subject, "application/vnd.example.signature", {"by": "ann"})
    push(records, signature)
    push(records, artifact(image("other"), "application/vnd.example.sbom"))
    with records.read() as view:

        def pages(*types: str) -> list[Descriptor]:
            return all_pages(
                lambda after: view.registry.referrers(
                    "team/app", digest_of(subject), artifact_types=types, after=after, limit=2
                )
            )

        assert {found.digest for found in pages()} == attached | {digest_of(signature)}
        assert {found.digest for found in pages("application/vnd.example.sbom")} == attached
        both = pages("application/vnd.example.sbom", "application/vnd.example.signature")
        assert {found.digest for found in both} == attached | {digest_of(signature)}
        (found,) = pages("application/vnd.example.signature")
        assert found == Descriptor(
            signature.media_type,
            digest_of(signature),
            len(signature.raw),
            artifact_type="application/vnd.example.signature",
            annotations={"by": "ann"},
        )
        assert view.registry.referrers("elsewhere", digest_of(subject)).items == ()


def test_a_tag_moves_and_its_history_stays_after_it_is_deleted(records: SqlRecords) -> None:
    one, two = push(records, image("one"), tag="v1"), push(records, image("two"))
    with records.write() as written:
        assert written.registry.move_tag("team/app", "v1", two, at=LATER, by="robot:ci") == one
        assert written.registry.move_tag("team/app", "v1", two, at=LATER, by="robot:ci") == two  # no move
        tag = written.registry.tag("team/app", "v1")
        assert tag is not None
        assert (tag.digest, tag.moved_at, tag.moved_by) == (two, LATER, "robot:ci")
        assert written.registry.delete_tag("team/app", "v1", at=LATER, by="person:bob")
        assert not written.registry.delete_tag("team/app", "v1", at=LATER, by="person:bob")
        assert written.registry.tag("team/app", "v1") is None
        assert written.registry.manifest("team/app", two) is not None
    with records.read() as view:
        history = all_pages(lambda after: view.registry.tag_history("team/app", "v1", after=after, limit=1))
    assert history == [
        TagMove("team/app", "v1", two, None, LATER, "person:bob"),
        TagMove("team/app", "v1", one, two, LATER, "robot:ci"),
        TagMove("team/app", "v1", None, one, NOW, "person:ann"),
    ]


def test_a_tag_cannot_point_to_what_is_not_in_its_repository(records: SqlRecords) -> None:
    elsewhere = push(records, image(), "b")
    push(records, image("other"), "a")
    with records.write() as written, pytest.raises(NotFound) as refused:
        written.registry.move_tag("a", "v1", elsewhere, at=NOW, by="person:ann")
    assert refused.value.code == "manifest-unknown"


def test_deleting_a_manifest_takes_its_tags_along_and_says_so_in_their_history(records: SqlRecords) -> None:
    digest = push(records, image(), tag="v1")
    other = push(records, image("other"), tag="v3")
    with records.write() as written:
        written.registry.move_tag("team/app", "v2", digest, at=NOW, by="person:ann")
        assert written.registry.tags_of("team/app", digest) == ("v1", "v2")
        written.registry.delete_manifest("team/app", digest, at=LATER, by="person:bob")
        assert [tag.name for tag in written.registry.tags("team/app").items] == ["v3"]
        for name in ("v1", "v2"):
            newest = written.registry.tag_history("team/app", name).items[0]
            assert newest == TagMove("team/app", name, digest, None, LATER, "person:bob")
        assert written.registry.tags_of("team/app", other) == ("v3",)


def test_tags_are_listed_in_byte_order_from_any_name(records: SqlRecords) -> None:
    digest = push(records, image())
    names = ["latest", "V1", "v1.10", "v1.9", "_x", "1", "v1", "v-1", "v_1"]
    with records.write() as written:
        for name in names:
            written.registry.move_tag("team/app", name, digest, at=NOW, by="person:ann")
    with records.read() as view:
        listed = all_pages(lambda after: view.registry.tags("team/app", after=after, limit=2))
        assert [tag.name for tag in listed] == sorted(names)
        assert [tag.name for tag in view.registry.tags("team/app", after="v1.5").items] == ["v1.9", "v_1"]
        assert view.registry.tags("elsewhere").items == ()


def test_a_blob_belongs_to_the_repositories_it_was_linked_in(records: SqlRecords) -> None:
    layer = blob(b"layer")
    with records.write() as written:
        for name in ("b", "a", "c"):
            written.registry.ensure_repository(name, at=NOW, by="person:ann")
        for name in ("b", "a"):
            written.registry.link_blob(name, layer.digest, layer.size, at=NOW)
        written.registry.link_blob("a", layer.digest, layer.size, at=LATER)
    with records.read() as view:
        found = BlobMembership("a", layer.digest, layer.size, linked_at=NOW, claimed_at=LATER)
        assert view.registry.blob("a", layer.digest) == found
        assert view.registry.blob("c", layer.digest) is None
        assert view.registry.repositories_with_blob(layer.digest) == ("a", "b")
        assert view.registry.missing_blobs("a", [ABSENT, layer.digest]) == (ABSENT,)
        assert view.registry.blobs_first_seen([ABSENT, layer.digest]) == {layer.digest: NOW}
    with records.write() as written:
        assert written.registry.unlink_blob("a", layer.digest)
        assert not written.registry.unlink_blob("a", layer.digest)
        assert written.registry.repositories_with_blob(layer.digest) == ("b",)


def test_a_blob_is_not_linked_where_there_is_no_repository(records: SqlRecords) -> None:
    with records.write() as written, pytest.raises(NotFound) as refused:
        written.registry.link_blob("nowhere", ABSENT, 1, at=NOW)
    assert refused.value.code == "repository-unknown"


def test_images_are_listed_newest_first_with_tags_sizes_and_platforms(records: SqlRecords) -> None:
    amd, arm = image("amd"), image("arm", layers=(b"only",))
    push(records, amd, tag="amd")
    push(records, arm)
    push(records, index((amd, "linux/amd64"), (arm, "linux/arm64/v8")), tag="latest")
    push(records, artifact(amd, "application/vnd.example.sbom"))
    push(records, image("else"), "elsewhere", tag="latest")
    with records.read() as view:
        everywhere = all_pages(lambda after: view.registry.images(after=after, limit=2))
        here = view.registry.images(repository="team/app").items
    assert [listing.repository for listing in everywhere] == ["elsewhere"] + ["team/app"] * 3
    assert tuple(everywhere[1:]) == here
    both, second, first = here
    assert (both.kind, both.tags, both.platform) == ("index", ("latest",), "linux/amd64, linux/arm64/v8")
    assert both.size == first.size + second.size
    assert (first.digest, first.kind, first.tags) == (digest_of(amd), "image", ("amd",))
    assert first.size == len(b"layer one") + len(b"layer two") + len(b"config of amd")
    assert second.tags == ()


def test_the_platform_of_an_image_is_known_when_it_was_looked_at(records: SqlRecords) -> None:
    digest = push(records, image())
    with records.read() as view:
        assert view.registry.images().items[0].platform == ""
    with records.write() as written:
        written.contents.save_image(replace(image_record("x", ()), manifest=digest))
        assert written.registry.images().items[0].platform == "linux/arm64/v8"


def test_many_threads_that_push_and_move_one_tag_leave_one_unbroken_history(records: SqlRecords) -> None:
    manifests = [image(str(number)) for number in range(24)]

    def push_one(manifest: ManifestOrIndex) -> Digest:
        return push(records, manifest, tag="latest")

    with ThreadPoolExecutor(6) as threads:
        pushed = list(threads.map(push_one, manifests))
    with records.read() as view:
        history = all_pages(lambda after: view.registry.tag_history("team/app", "latest", after=after))
        tag = view.registry.tag("team/app", "latest")
        assert len(view.registry.manifests("team/app").items) == 24
    assert tag is not None
    assert history[0].after == tag.digest
    assert {move.after for move in history} == set(pushed)
    assert [move.before for move in history] == [move.after for move in history[1:]] + [None]


def test_a_manifest_is_where_it_was_pushed_with_its_tags_and_those_of_its_indexes(
    records: SqlRecords,
) -> None:
    amd, other = image("amd"), image("other")
    both = index((amd, "linux/amd64"), (amd, "linux/386"))
    push(records, amd, "b/app", "v1-amd64")
    push(records, amd, "a/app")
    push(records, other, "b/app", "x")
    push(records, both, "b/app", "v1")
    push(records, both, "b/app", "latest")
    with records.read() as view:
        assert view.registry.places_of([digest_of(amd), ABSENT]) == {
            digest_of(amd): (Place("a/app", ()), Place("b/app", ("latest", "v1", "v1-amd64")))
        }


def test_names_alone_are_listed_like_the_rest(records: SqlRecords) -> None:
    for tag in ("v2", "v10", "V1"):
        push(records, image(), "b/app", tag)
    with records.write() as kept:
        kept.registry.ensure_repository("a/app", at=NOW, by="person:ann")
    with records.read() as kept:
        first = kept.registry.tag_names("b/app", limit=2)
        rest = kept.registry.tag_names("b/app", after=first.next, limit=2)
        assert [*first.items, *rest.items] == [tag.name for tag in kept.registry.tags("b/app").items]
        assert kept.registry.tag_names("no/such").items == ()
        repositories = kept.registry.repository_names(limit=1)
        assert (repositories.items, repositories.next) == (("a/app",), "a/app")
        assert kept.registry.repository_names(after="a/app").items == ("b/app",)

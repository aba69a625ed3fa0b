"""What stands on which layers, over every adapter."""

from collections.abc import Iterable
from datetime import date

from lading.adapters.sql.engine import SqlRecords
from lading.lineage.catalogue import BaseState, CatalogueEntry
from lading.lineage.chain import chain_ids
from lading.lineage.placement import PlacedImage
from lading.oci.digest import Digest
from tests.support import manifests
from tests.support.analyses import AT
from tests.support.fleet import keep_image, run_image

L = [Digest.of(f"layer {number}".encode()) for number in range(6)]
AMD, ARM = "linux/amd64", "linux/arm64"


def image(name: str, *layers: Digest, platform: str = AMD, created: str = "") -> PlacedImage:
    return PlacedImage(Digest.of(name.encode()), platform, created, chain_ids(layers), ("cmd",), "n\x00", "d")


BASE, RUNTIME = image("base", L[0]), image("runtime", L[0], L[1])
APPS = [image(f"app-{number}", L[0], L[1], Digest.of(b"own %d" % number)) for number in range(5)]
OTHER = image("other", L[5])


def place(records: SqlRecords, images: Iterable[PlacedImage]) -> None:
    with records.write() as kept:
        kept.lineage.place(images)


def test_an_image_comes_back_as_it_was_placed_however_often(records: SqlRecords) -> None:
    place(records, [BASE, RUNTIME])
    place(records, [RUNTIME, BASE, BASE])
    with records.read() as view:
        assert view.lineage.placed(RUNTIME.manifest) == RUNTIME
        assert view.lineage.placed(OTHER.manifest) is None


def test_images_that_end_at_a_chain_are_found_by_it(records: SqlRecords) -> None:
    place(records, [*APPS, RUNTIME, BASE, OTHER])
    with records.read() as view:
        assert view.lineage.ending_at(APPS[0].chains) == (BASE, RUNTIME, APPS[0])
        assert view.lineage.ending_at([]) == ()


def test_whatever_stands_on_a_chain_is_listed_in_pages(records: SqlRecords) -> None:
    place(records, [*APPS, RUNTIME, BASE, OTHER])
    assert BASE.top is not None
    with records.read() as view:
        first = view.lineage.standing_on(BASE.top, limit=4)
        second = view.lineage.standing_on(BASE.top, after=first.next, limit=4)
    listed = [one.manifest for one in (*first.items, *second.items)]
    assert listed == sorted(one.manifest for one in (*APPS, RUNTIME, BASE))
    assert not second.next


def test_an_image_that_is_forgotten_stands_nowhere(records: SqlRecords) -> None:
    place(records, [RUNTIME, BASE])
    with records.write() as kept:
        kept.lineage.forget(RUNTIME.manifest)
        kept.lineage.forget(OTHER.manifest)
    assert BASE.top is not None
    with records.read() as view:
        assert view.lineage.standing_on(BASE.top).items == (BASE,)


def test_images_of_before_are_listed_until_they_are_placed(records: SqlRecords) -> None:
    manifest = keep_image(records, "app")
    with records.read() as view:
        assert view.lineage.unplaced().items == (manifest,)
    place(records, [PlacedImage(manifest, AMD, "", chain_ids(L[:1]))])
    with records.read() as view:
        assert view.lineage.unplaced().items == ()


def test_what_a_base_reaches_is_counted_by_repository_with_what_runs(records: SqlRecords) -> None:
    kept_apps = [keep_image(records, f"app{n}", repository=f"shop/{n % 2}", tag=f"v{n}") for n in range(3)]
    lonely = keep_image(records, "lonely")
    place(records, [PlacedImage(each, AMD, "", chain_ids(L[:2])) for each in (*kept_apps, lonely)])
    run_image(records, kept_apps[0], "web", host="h1")
    run_image(records, kept_apps[1], "job", host="h2")
    with records.read() as view:
        reach = view.lineage.reach(chain_ids(L[:1]))
        itself = view.lineage.reach_of_images([kept_apps[0]])
        nothing = view.lineage.reach([L[4]])
        flaws = view.lineage.reach_of_flaws(["CVE-1"])
    assert (reach.images, reach.containers) == (4, 2)
    assert [(one.repository, one.images, one.containers) for one in reach.repositories] == [
        ("shop/0", 2, 1), ("shop/1", 1, 1)
    ]  # fmt: skip
    assert (itself.images, itself.containers, len(itself.repositories)) == (1, 1, 1)
    assert (nothing.images, nothing.containers, nothing.repositories) == (0, 0, ())
    assert flaws.images == 0


def test_images_without_a_base_are_grouped_by_the_layers_that_they_share(records: SqlRecords) -> None:
    shared = [image(f"vendor-{n}", L[3], L[4], Digest.of(b"v%d" % n)) for n in range(3)]
    place(records, [*shared, BASE, RUNTIME, *APPS])
    with records.read() as view:
        (found,) = view.lineage.foundations()
    assert (found.chain, found.depth, found.images) == (shared[0].chains[1], 2, 3)
    assert found.example in {one.manifest for one in shared}


def test_images_that_others_stand_on_come_with_how_many_do(records: SqlRecords) -> None:
    place(records, [*APPS, RUNTIME, BASE, OTHER])
    with records.read() as view:
        assert dict(view.lineage.bases()) == {BASE.manifest: 6, RUNTIME.manifest: 5}
        assert list(view.lineage.bases(limit=1)) == [BASE.manifest]


def test_the_catalogue_is_kept_entry_by_entry(records: SqlRecords) -> None:
    entry = CatalogueEntry(
        "base/debian",
        "12*",
        BaseState.DEPRECATED,
        "p\x00",
        deprecated_on=date(2026, 12, 1),
        variants=("a", "b"),
    )
    with records.write() as kept:
        kept.lineage.save_entry(CatalogueEntry("base/debian", "12*"))
        kept.lineage.save_entry(entry)
        kept.lineage.save_entry(CatalogueEntry("base/alpine"))
    with records.read() as view:
        assert view.lineage.catalogue() == (CatalogueEntry("base/alpine"), entry)
    with records.write() as kept:
        assert kept.lineage.remove_entry("base/debian:12*")
        assert not kept.lineage.remove_entry("base/debian:12*")
    with records.read() as view:
        assert view.lineage.catalogue() == (CatalogueEntry("base/alpine"),)


def test_many_images_and_their_indexes_and_what_runs_are_asked_for_at_once(records: SqlRecords) -> None:
    place(records, [BASE, RUNTIME])
    child = keep_image(records, "app", repository="shop", tag="v1")
    run_image(records, child, "web")
    index = manifests.index((manifests.image("app"), "linux/amd64"))
    with records.write() as kept:
        kept.registry.save_manifest("shop", manifests.digest_of(index), index, at=AT, by="person:ann")
    with records.read() as view:
        assert view.lineage.placed_many([BASE.manifest, OTHER.manifest]) == {BASE.manifest: BASE}
        assert view.lineage.running_counts() == {child: 1}
        listed = view.lineage.indexes_listing([child, OTHER.manifest])
    assert listed == {("shop", child): manifests.digest_of(index)}

"""What layers and images hold, over every adapter."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest

from lading.adapters.sql.engine import SqlRecords
from lading.cataloging.analysis import InstalledPackage, LayerAnalysis, PackageSource, Secret, Unreadable
from lading.cataloging.image_contents import combine
from lading.cataloging.secrets.in_config import ConfigSecret
from lading.foundation.errors import NotFound, OverLimit
from lading.image import file_list
from lading.image.file_list import FileEntry, FileKind
from lading.lineage.inspection.facts import (
    Account,
    Coverage,
    EntryPoint,
    FileFact,
    FileFacts,
    Inspection,
    Origins,
    Password,
    Power,
)
from lading.oci.digest import Digest
from lading.packages.package import Package
from lading.ports.records.contents import (
    AnalysisState,
    ImageAnalysis,
    ImageScope,
    PackageUse,
    PushedImage,
    Reach,
    SbomDocument,
)
from lading.ports.records.page import Page
from lading.ports.records.record_set import RecordSet
from tests.support.analyses import (
    ANALYSER,
    AT,
    DEBIAN,
    deb,
    digest,
    dist_info,
    image_record,
    layer,
    pypi,
    status,
)
from tests.support.manifests import artifact, digest_of, image

T = TypeVar("T")
LATER = AT + timedelta(hours=1)
BLOB = digest("blob")
BASH, LIBC, CURL = deb("bash", "5.2-1"), deb("libc6", "2.36-9", source="glibc"), deb("curl", "7.88-1")
BASE = layer("base", status(BASH, LIBC))
APP = layer("app", status(BASH, LIBC, CURL), dist_info(pypi("flask", "3.0")))


def save(records: SqlRecords, *layers: LayerAnalysis) -> None:
    with records.write() as written:
        for analysis in layers:
            keys = {package: package.version.encode() for s in analysis.sources for package in s.packages}
            written.contents.save_layer(analysis, keys, blob=BLOB)


def save_image(records: SqlRecords, name: str, *layers: LayerAnalysis) -> Digest:
    save(records, *layers)
    record = image_record(name, layers)
    with records.write() as written:
        written.contents.save_image(record)
        written.contents.finish_image(record.manifest, combine(layers), analyser=ANALYSER, at=LATER)
    return record.manifest


def all_pages(fetch: Callable[[str], Page[T]]) -> list[T]:
    page = fetch("")
    items = list(page.items)
    while page.next:
        page = fetch(page.next)
        items += page.items
    return items


def rows(records: SqlRecords, table: str) -> int:
    with records.engine.connect() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def test_the_files_of_a_layer_are_kept_once_and_apart_from_its_facts(records: SqlRecords) -> None:
    files = file_list.encode([FileEntry("usr/bin/x", FileKind.FILE, 3, 0o755, sha256=b"x" * 32)])
    base, app = replace(BASE, files=files), replace(APP, files=file_list.encode([]))
    manifest = save_image(records, "listed", base, app)
    save(records, replace(base, placed_on=""))
    with records.read() as read:
        assert read.contents.layer(base.diff_id, ANALYSER, placed_on="debian-12") == BASE
        kept = read.contents.layer_files(base.diff_id, ANALYSER)
        assert kept is not None
        assert [entry.path for entry in kept] == ["usr/bin/x"]
        assert [len(each) for each in read.contents.files_of(manifest)] == [1, 0]
        assert read.contents.layer_files(base.diff_id, "other") is None
    assert rows(records, "layer_files") == 2


def test_an_inspection_stays_with_its_image(records: SqlRecords) -> None:
    manifest = save_image(records, "inspected", BASE)
    found = Inspection(
        secrets=(ConfigSecret("named-secret", "environment X\0", -1, "X = …"),),
        power=Power(
            setuid=FileFacts((FileFact("bin/su", 0, "of user 0"),), more=3),
            accounts=(Account("root", 0, "/bin/sh", Password.EMPTY),),
            entry_point=EntryPoint("app", problem="there is no program app in the image"),
        ),
        origins=Origins(counts={"package": 2}, verified=2),
        coverage=Coverage(programs=3, known=1, unreadable=1),
    )
    with records.write() as written:
        assert written.contents.inspection(manifest) is None
        written.contents.save_inspection(manifest, Inspection())
        written.contents.save_inspection(manifest, found)
    with records.read() as read:
        assert read.contents.inspection(manifest) == found
        assert read.contents.inspection(digest("nowhere")) is None
    with records.write() as written:
        assert written.contents.forget_image(manifest)
        with pytest.raises(NotFound):
            written.contents.save_inspection(manifest, found)


def test_files_of_a_broken_layer_are_those_of_its_blob_only(records: SqlRecords) -> None:
    files = file_list.encode([FileEntry("etc", FileKind.DIRECTORY)])
    broken = layer("broken", whole=False)
    save(records, replace(broken, files=files))
    with records.read() as read:
        assert read.contents.layer_files(broken.diff_id, ANALYSER) is None
        kept = read.contents.layer_files(broken.diff_id, ANALYSER, blob=BLOB)
    assert kept is not None
    assert kept.paths() == ("etc",)


def test_files_of_an_image_that_was_listed_by_nobody_are_not_found(records: SqlRecords) -> None:
    manifest = save_image(records, "unlisted", BASE)
    with records.read() as read, pytest.raises(NotFound) as refused:
        read.contents.files_of(manifest)
    assert refused.value.code == "layer-not-analysed"


def test_a_layer_comes_back_whole(records: SqlRecords) -> None:
    analysis = layer(
        "rich",
        status(BASH, LIBC, BASH),
        dist_info(pypi("flask")),
        status(path="lib/empty/status"),
        secrets=[Secret("private-key-rsa", "root/\udcff\x00.pem", 3, "-----BEGIN…")],
        unreadable=[Unreadable("var/lib/rpm/Packages", "rpm", "not a database \\")],
    )
    save(records, analysis)
    with records.read() as view:
        assert view.contents.layer(analysis.diff_id, ANALYSER) == analysis
        assert view.contents.layer(analysis.diff_id, "8") is None
        assert view.contents.layer(digest("other"), ANALYSER) is None


def test_a_package_with_hostile_names_comes_back_and_one_too_long_is_refused(records: SqlRecords) -> None:
    odd = pypi("\x00\udcff\\x", "1\n\u202e")
    save(records, layer("odd", dist_info(odd)))
    with records.read() as view:
        found = view.contents.layer(digest("diff odd"), ANALYSER)
        assert found is not None
        assert found.sources[0].packages == (odd,)
        assert view.contents.find_packages(name_prefix="\x00").items == (odd,)
    long = pypi("n" * 512, "9" * 100_000)
    save(records, layer("long", dist_info(long)))
    with pytest.raises(OverLimit) as refused:
        save(records, layer("longer", dist_info(pypi("n" * 513))))
    assert refused.value.code == "package-name-too-long"
    with records.read() as view:
        assert view.contents.missing_layers([digest("diff longer")], ANALYSER)


def test_missing_layers_are_told_in_order_and_once(records: SqlRecords) -> None:
    save(records, BASE)
    with records.read() as view:
        asked = [APP.diff_id, BASE.diff_id, digest("x"), APP.diff_id]
        assert view.contents.missing_layers(asked, ANALYSER) == (APP.diff_id, digest("x"))
        assert view.contents.missing_layers([BASE.diff_id], "8") == (BASE.diff_id,)


def test_an_analysis_that_is_not_whole_speaks_for_its_blob_only(records: SqlRecords) -> None:
    broken = replace(BASE, whole=False, unreadable=(Unreadable("", "layer", "cut short"),))
    save(records, broken)
    with records.read() as view:
        assert view.contents.missing_layers([BASE.diff_id], ANALYSER) == (BASE.diff_id,)
        assert view.contents.layer(BASE.diff_id, ANALYSER) is None
        assert view.contents.layer(BASE.diff_id, ANALYSER, blob=BLOB) == broken
        assert view.contents.layer(BASE.diff_id, ANALYSER, blob=digest("other blob")) is None
    save(records, BASE)
    with records.read() as view:
        assert view.contents.layer(BASE.diff_id, ANALYSER, blob=BLOB) == BASE


def test_a_layer_is_kept_once_for_each_distribution_that_it_stands_on(records: SqlRecords) -> None:
    other = layer("base", status(deb("bash", "5.2-1", distro="debian-13")), placed_on="debian-13")
    save(records, BASE, other)
    with records.read() as view:
        assert view.contents.layer(BASE.diff_id, ANALYSER, placed_on="debian-12") == BASE
        assert view.contents.layer(BASE.diff_id, ANALYSER, placed_on="debian-13") == other
        assert view.contents.layer(BASE.diff_id, ANALYSER, placed_on="debian-14") is None
        assert view.contents.layer(BASE.diff_id, ANALYSER) in (BASE, other)
    manifest = save_image(records, "one", BASE)
    with records.read() as view:
        assert view.contents.layers_of(manifest) == (BASE,)


def test_saving_again_changes_nothing(records: SqlRecords) -> None:
    save(records, APP)
    before = [rows(records, table) for table in ("layer", "package_source", "source_package", "package")]
    save(records, APP)
    assert before == [
        rows(records, table) for table in ("layer", "package_source", "source_package", "package")
    ]


def test_a_second_image_of_the_same_layers_adds_rows_for_itself_only(records: SqlRecords) -> None:
    save_image(records, "one", BASE, APP)
    shared = ("layer", "package", "package_name", "package_source", "source_package")
    before = [rows(records, table) for table in shared]
    save_image(records, "two", BASE, APP)
    assert [rows(records, table) for table in shared] == before
    assert [rows(records, table) for table in ("image", "image_layer", "image_hidden_source")] == [2, 4, 2]


def test_an_image_comes_back_whole_and_is_done_when_it_is_finished(records: SqlRecords) -> None:
    record = image_record("one", [BASE, APP])
    with records.write() as written:
        assert written.contents.image(record.manifest) is None
        written.contents.save_image(record)
        assert written.contents.image(record.manifest) == record
        assert written.contents.images_by_config(record.config) == (record.manifest,)
        assert written.contents.images_by_config(digest("other")) == ()
    save(records, BASE, APP)
    with records.write() as written:
        written.contents.finish_image(record.manifest, combine([BASE, APP]), analyser=ANALYSER, at=LATER)
        done = ImageAnalysis(AnalysisState.DONE, ANALYSER, LATER)
        assert written.contents.image(record.manifest) == replace(record, analysis=done, distro=DEBIAN)
        assert written.contents.layers_of(record.manifest) == (BASE, APP)
        assert written.contents.images_with_layer(APP.diff_id) == (record.manifest,)
        assert written.contents.images_with_layer(record.config) == ()


def test_an_image_is_not_finished_before_its_layers_are_saved(records: SqlRecords) -> None:
    record = image_record("one", [BASE, APP])
    save(records, BASE)
    with records.write() as written:
        written.contents.save_image(record)
        with pytest.raises(NotFound) as refused:
            written.contents.layers_of(record.manifest)
        assert refused.value.code == "layer-not-analysed"
    with records.write() as written, pytest.raises(NotFound) as refused:
        written.contents.finish_image(record.manifest, combine([BASE, APP]), analyser=ANALYSER, at=LATER)
    assert refused.value.code == "layer-not-analysed"
    with records.write() as written, pytest.raises(NotFound) as refused:
        written.contents.fail_image(digest("nowhere"), analyser=ANALYSER, reason="x", at=LATER)
    assert refused.value.code == "image-unknown"


def test_images_wait_for_analysis_until_this_analyser_has_done_or_failed(records: SqlRecords) -> None:
    done = save_image(records, "done", BASE)
    failed, waiting = image_record("failed", [BASE]), image_record("waiting", [BASE])
    unseen = digest("unseen")
    signature = artifact(image(), "application/vnd.example.signature")
    pushes = [(each, image(each.hex)) for each in (done, failed.manifest, waiting.manifest, unseen)]
    with records.write() as written:
        written.registry.ensure_repository("team/app", at=LATER, by="person:ann")
        for manifest, pushed in [*pushes, (digest_of(signature), signature)]:
            written.registry.save_manifest("team/app", manifest, pushed, at=LATER, by="person:ann")
        written.contents.save_image(failed)
        written.contents.save_image(waiting)
        written.contents.fail_image(failed.manifest, analyser=ANALYSER, reason="a bomb", at=LATER)
        found = written.contents.image(failed.manifest)
        assert found is not None
        assert found.analysis == ImageAnalysis(AnalysisState.FAILED, ANALYSER, LATER, "a bomb")
        to_do = written.contents.images_to_analyse(ANALYSER).items
        assert to_do == (PushedImage("team/app", waiting.manifest), PushedImage("team/app", unseen))
        newer = all_pages(lambda after: written.contents.images_to_analyse("8", after=after, limit=1))
        assert [each.manifest for each in newer] == [done, failed.manifest, waiting.manifest, unseen]


def test_a_package_that_is_declared_and_installed_is_there_once_and_installed(records: SqlRecords) -> None:
    flask, jinja = pypi("flask", "3.0"), replace(pypi("jinja2", "3.1.2"), licenses=())
    lock = PackageSource("app/poetry.lock", "python-lock", (replace(flask, licenses=()), jinja))
    application = layer("application", dist_info(flask), lock)
    manifest = save_image(records, "declares", application)
    installed = InstalledPackage(flask, "usr/lib/python3/dist-packages/flask.dist-info/METADATA", 0)
    with records.read() as view:
        found = view.contents.image_packages(manifest).items
        assert found == (installed, InstalledPackage(jinja, "app/poetry.lock", 0, declared=True))
        assert view.contents.package_counts([manifest]) == {manifest: 2}
    with records.write() as written:
        assert written.contents.forget_image(manifest)


def test_packages_of_an_image_are_those_that_no_higher_layer_hides(records: SqlRecords) -> None:
    manifest = save_image(records, "one", BASE, APP)
    expected = [
        InstalledPackage(BASH, "var/lib/dpkg/status", 0),
        InstalledPackage(CURL, "var/lib/dpkg/status", 1),
        InstalledPackage(LIBC, "var/lib/dpkg/status", 0),
        InstalledPackage(pypi("flask", "3.0"), "usr/lib/python3/dist-packages/flask.dist-info/METADATA", 1),
    ]
    with records.read() as view:
        assert all_pages(lambda a: view.contents.image_packages(manifest, after=a, limit=2)) == expected
        assert view.contents.image_packages(digest("nowhere")).items == ()
        assert view.contents.package_counts([manifest, digest("nowhere")]) == {manifest: 4}


def test_the_same_layer_twice_is_hidden_only_where_it_is_hidden(records: SqlRecords) -> None:
    manifest = save_image(records, "twice", BASE, APP, BASE)
    with records.read() as view:
        found = view.contents.image_packages(manifest).items
    assert [each.package.name for each in found] == ["bash", "libc6", "flask"]


def bashes(view: RecordSet, version: str = "") -> list[int]:
    called = view.contents.packages_called("bash", package_type="deb")
    return [known.number for known in called if version in ("", known.package.version)]


def test_packages_are_found_by_their_name_and_by_their_sources(records: SqlRecords) -> None:
    libc, flask = deb("libc6", source="glibc"), pypi("flask")
    save(records, layer("all", status(libc, BASH), dist_info(flask)))
    with records.read() as view:

        def called(name: str, **members: str) -> list[Package]:
            return [known.package for known in view.contents.packages_called(name, **members)]

        assert called("glibc") == called("libc6") == called("glibc", namespace="debian") == [libc]
        assert called("flask", package_type="pypi") == [flask]
        assert called("flask", package_type="deb") == called("glibc", namespace="ubuntu") == []


def test_a_package_that_was_taken_out_and_put_in_again_came_with_the_later_layer(
    records: SqlRecords,
) -> None:
    without = layer("without", status(LIBC))
    again = save_image(records, "again", BASE, without, APP)
    never = save_image(records, "never", BASE, APP)
    with records.read() as view:
        for manifest, layer_of_bash in ((again, 2), (never, 0)):
            found = {each.package: each.layer for each in view.contents.image_packages(manifest).items}
            assert (found[BASH], found[LIBC]) == (layer_of_bash, 0)
            uses = view.contents.uses_of(bashes(view)).page.items
            assert {use.layer for use in uses if use.manifest == manifest} == {layer_of_bash}


def test_a_package_at_two_places_is_shown_at_both(records: SqlRecords) -> None:
    flask = pypi("flask")
    manifest = save_image(records, "x", layer("a", dist_info(flask)), layer("b", dist_info(flask, "opt")))
    with records.read() as view:
        found = view.contents.image_packages(manifest).items
    assert [(each.path.split("/")[0], each.layer) for each in found] == [("opt", 1), ("usr", 0)]


def test_packages_are_found_by_the_beginning_of_their_name(records: SqlRecords) -> None:
    versions = [pypi("flask", "1.0"), pypi("flask", "2.0"), pypi("flask-login"), pypi("Flask"), deb("flask")]
    save(records, layer("all", *[dist_info(package) for package in versions]))
    with records.read() as view:
        found = all_pages(
            lambda after: view.contents.find_packages(name_prefix="flask", after=after, limit=1)
        )
        assert found == [deb("flask"), pypi("flask", "1.0"), pypi("flask", "2.0"), pypi("flask-login")]
        assert view.contents.find_packages(name_prefix="flask", package_type="deb").items == (deb("flask"),)
        assert view.contents.find_packages(name_prefix="%").items == ()


def test_images_are_found_by_package_where_it_is_visible(records: SqlRecords) -> None:
    newer = layer("newer", status(deb("bash", "5.3-1"), LIBC))
    old = save_image(records, "old", BASE)
    upgraded = save_image(records, "upgraded", BASE, newer)
    with records.read() as view:

        def uses(version: str = "") -> list[PackageUse]:
            return all_pages(
                lambda after: view.contents.uses_of(bashes(view, version), after=after, limit=1).page
            )

        assert {(use.manifest, use.package.version) for use in uses()} == {
            (old, "5.2-1"),
            (upgraded, "5.3-1"),
        }
        assert uses("5.2-1") == [PackageUse(old, BASH, "var/lib/dpkg/status", 0)]
        assert [(use.manifest, use.layer) for use in uses("5.3-1")] == [(upgraded, 1)]
        assert uses("9") == []


def test_a_forgotten_image_has_no_packages_and_its_layers_stay(records: SqlRecords) -> None:
    one = save_image(records, "one", BASE)
    two = save_image(records, "two", BASE)
    with records.write() as written:
        written.contents.save_sbom(SbomDocument(one, "spdx-2.3", digest("a"), digest("b"), AT))
        assert written.contents.forget_image(one)
        assert not written.contents.forget_image(one)
        assert written.contents.image(one) is None
        assert written.contents.sboms(one) == ()
        found = written.contents.uses_of(bashes(written)).page.items
        assert [use.manifest for use in found] == [two]
        assert written.contents.missing_layers([BASE.diff_id], ANALYSER) == ()


def test_a_bill_of_materials_takes_the_place_of_the_one_of_its_format(records: SqlRecords) -> None:
    image = digest("image")
    first = SbomDocument(image, "cyclonedx-1.6", digest("a"), digest("b"), AT)
    second = replace(first, document=digest("c"), made_at=LATER)
    other = replace(first, format="spdx-2.3")
    with records.write() as written:
        for document in (other, first, second):
            written.contents.save_sbom(document)
        assert written.contents.sboms(image) == (second, other)


def test_threads_that_save_the_same_layers_keep_them_once(records: SqlRecords) -> None:
    layers = [
        layer(str(number), status(*[deb(f"p{n}") for n in range(number, number + 60)])) for number in range(6)
    ]

    def save_all(shift: int) -> None:
        for analysis in layers[shift:] + layers[:shift]:
            save(records, analysis)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(save_all, range(4)))
    assert (rows(records, "layer"), rows(records, "package")) == (6, 65)
    with records.read() as view:
        for analysis in layers:
            assert view.contents.layer(analysis.diff_id, ANALYSER) == analysis


def test_packages_are_found_by_one_of_their_licences(records: SqlRecords) -> None:
    licensed = {"a": ("MIT",), "b": ("GPL-2.0-only OR (AGPL-3.0-only)",), "c": ("Limited",)}
    packages = [replace(pypi(name), licenses=licenses) for name, licenses in licensed.items()]
    save(records, layer("all", *[dist_info(package) for package in packages]))
    with records.read() as view:

        def names(pattern: str) -> set[str]:
            wanted = view.contents.packages_licensed(pattern)
            everything = [known for name in licensed for known in view.contents.packages_called(name)]
            return {known.package.name for known in everything if known.number in wanted}

        assert names("mit") == {"a"}
        assert names("AGPL-*") == names("agpl-3.0-only") == {"b"}
        assert names("%") == set()


def test_images_are_found_by_the_content_of_a_file(records: SqlRecords) -> None:
    content, other = bytes(range(32)), bytes(range(1, 33))
    entries = [
        FileEntry("bin/tool", FileKind.FILE, 7, 0o755, sha256=content),
        FileEntry("etc/empty", FileKind.FILE, 0, 0o644, sha256=other),
    ]
    with_file = replace(layer("with", dist_info(pypi("flask"))), files=file_list.encode(entries))
    one = save_image(records, "one", BASE, with_file)
    save_image(records, "two", BASE)
    with records.read() as view:
        found = view.contents.images_with_file(content)
        assert [(use.manifest, use.path, use.layer) for use in found.page.items] == [(one, "bin/tool", 1)]
        assert found.reach == Reach(images=1, containers=0)
        for nowhere in (other, content[:8] + bytes(24)):
            assert view.contents.images_with_file(nowhere).page.items == ()


def entry(path: str) -> FileEntry:
    return FileEntry(path, FileKind.FILE, 7, 0o755)


def test_images_are_found_by_the_path_of_a_file(records: SqlRecords) -> None:
    here = [
        entry("usr/bin/nc"),
        entry("opt/lib/log4j-core-2.14.jar"),
        entry("opt/lib/odd\\x"),
        entry("top"),
    ]
    there = [
        entry("opt/usr/bin/nc"),
        FileEntry("usr/bin/nc", FileKind.WHITEOUT),
        FileEntry("nc", FileKind.DIRECTORY),
    ]
    first = replace(
        layer("first", dist_info(pypi("flask"))), files=file_list.encode(sorted(here, key=by_path))
    )
    second = replace(
        layer("second", dist_info(pypi("b"))), files=file_list.encode(sorted(there, key=by_path))
    )
    one, two = save_image(records, "one", BASE, first), save_image(records, "two", BASE, second)
    with records.read() as view:

        def found(pattern: str) -> list[tuple[Digest, str]]:
            uses = view.contents.images_with_path(pattern)
            assert uses.reach.images == len({use.manifest for use in uses.page.items})
            return [(use.manifest, use.path) for use in uses.page.items]

        assert found("usr/bin/nc") == [(one, "usr/bin/nc")], "deleted, and a folder, are no file"
        assert found("nc") == found("**/nc") == [(one, "usr/bin/nc"), (two, "opt/usr/bin/nc")]
        assert found("**/log4j-core-*.jar") == found("*core-2*") == [(one, "opt/lib/log4j-core-2.14.jar")]
        assert found("opt/lib/odd\\x") == found("odd*x") == [(one, "opt/lib/odd\\x")]
        assert found("top") == [(one, "top")]
        assert found("usr/*/none") == found("t_p") == found("to%") == []


def by_path(entry: FileEntry) -> str:
    return entry.path


def test_a_question_is_narrowed_to_images_of_a_scope(records: SqlRecords) -> None:
    early, late = AT - timedelta(days=9), AT
    manifests_of: dict[str, Digest] = {}
    for name, repository, at in (("one", "team/a", early), ("two", "team/b", late)):
        manifest = image(name)
        pushed = digest_of(manifest)
        record = replace(image_record(name, [BASE]), manifest=pushed)
        with records.write() as written:
            written.contents.save_layer(BASE, {}, blob=digest("blob"))
            written.contents.save_image(record)
            written.contents.finish_image(pushed, combine([BASE]), analyser=ANALYSER, at=AT)
            written.registry.save_manifest(repository, pushed, manifest, at=at, by="person:ann")
        manifests_of[name] = pushed
    one, two = manifests_of["one"], manifests_of["two"]
    with records.read() as view:
        numbers = [known.number for known in view.contents.packages_called(BASE.sources[0].packages[0].name)]

        def within(**members: object) -> set[Digest]:
            scope = ImageScope(**members)  # type: ignore[arg-type]  # the members are ImageScope's own
            uses = view.contents.uses_of(numbers, within=scope)
            everything = view.contents.images_within(scope)
            found = {use.manifest for use in uses.page.items}
            assert found == {use.manifest for use in everything.page.items}
            assert uses.reach == everything.reach == Reach(len(found), 0)
            return found

        assert within() == {one, two}
        assert within(repositories=("team/a", "team/none")) == {one}
        assert within(repositories=()) == set()
        assert within(manifests=(two,)) == {two}
        assert within(manifests=()) == set()
        assert within(pushed_from=late) == {two}
        assert within(pushed_until=early) == within(at=early) == {one}
        assert within(at=early - timedelta(days=1)) == set()
        assert within(repositories=("team/b",), pushed_until=early) == set()
        assert within(running=True) == set()
        assert within(chains=(digest("nowhere"),)) == set()

"""Upgrading packages by a layer: from package files, with nothing of the image run."""

import shutil
from pathlib import Path

import pytest

from lading.adapters.mirror_folder import FolderMirror
from lading.foundation.errors import Malformed
from lading.lineage.deb_file import read_deb
from lading.lineage.remarks import Verdict
from lading.workflows.patch_image import Patched, PatchRequest, patch_image
from tests.support.fleet_lab import Fleet
from tests.support.layers import LayerBuilder
from tests.support.rebase_recipes import deb
from tests.support.registry import ROOT

pytestmark = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed")

STATUS = "Package: {name}\nStatus: install ok installed\nArchitecture: all\nVersion: {version}\n\n"


def debian(**packages: str) -> LayerBuilder:
    builder = LayerBuilder()
    for path in ("var", "var/lib", "var/lib/dpkg", "var/lib/dpkg/info", "usr", "usr/share", "etc"):
        builder.directory(path)
    builder.file("etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
    for name, version in packages.items():
        builder.directory(f"usr/share/{name}").file(f"usr/share/{name}/data", f"{name} {version}\n")
        builder.file(f"usr/share/{name}/old", "only in the old version")
        listed = f"/.\n/usr\n/usr/share\n/usr/share/{name}\n/usr/share/{name}/data\n/usr/share/{name}/old\n"
        builder.file(f"var/lib/dpkg/info/{name}.list", listed)
    status = "".join(STATUS.format(name=name, version=version) for name, version in packages.items())
    return builder.file("var/lib/dpkg/status", status)


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    (tmp_path / "one_2.0_all.deb").write_bytes(deb("one", "2.0"))
    (tmp_path / "two_2.0_all.deb").write_bytes(deb("two", "2.0", depends="missing (>= 1)"))
    return Fleet(mirror=FolderMirror(str(tmp_path)))


def patch(fleet: Fleet, repository: str, tag: str, *packages: str) -> Patched:
    request = PatchRequest(repository, tag, packages)
    done = patch_image(fleet.campaigns.patching, ROOT, request, fleet.now)
    if done.digest is not None:
        fleet.look_into(repository, done.digest)
    return done


def test_a_package_is_upgraded_with_its_files_and_its_record(fleet: Fleet) -> None:
    image = fleet.push("app", "1", [debian(one="1.0", two="1.0"), LayerBuilder().file("srv/app", "x")])
    done = patch(fleet, "app", "1", "one")
    assert done.verdict.allows
    assert done.tag == "1-r1"
    assert done.digest is not None
    ((_, what),) = done.platforms
    assert what.upgraded == (("one", "1.0", "2.0"),)
    fixes = {fix.path: fix for fix in what.fixes}
    assert fixes["usr/share/one/data"].content == b"one 2.0\n"
    assert fixes["usr/share/one/old"].entry is None  # deleted: the new version does not have it
    assert b"Package: one\nStatus: install ok installed" in fixes["var/lib/dpkg/status"].content
    assert b"Version: 2.0" in fixes["var/lib/dpkg/status"].content
    assert b"/usr/share/one/data" in fixes["var/lib/dpkg/info/one.list"].content
    with fleet.driven.records.read() as kept:
        found = {
            one.package.name: one.package.version for one in kept.contents.image_packages(done.digest).items
        }
        standing = kept.registry.tag("app", "1")
    assert found == {"one": "2.0", "two": "1.0"}
    assert standing is not None
    assert standing.digest == image


def test_a_second_patch_takes_the_place_of_the_first(fleet: Fleet, tmp_path: Path) -> None:
    image = fleet.push("app", "1", [debian(one="1.0")])
    first = patch(fleet, "app", "1", "one")
    (tmp_path / "one_3.0_all.deb").write_bytes(deb("one", "3.0"))
    second = patch(fleet, "app", first.tag, "one")
    assert second.tag == "1-r2"
    assert second.digest is not None
    with fleet.driven.records.read() as kept:
        made = kept.contents.image(second.digest)
        made_from = kept.campaigns.derivation("app", second.digest)
    assert made is not None
    assert made_from is not None
    assert len(made.layers) == 2  # never more than one layer of patches
    assert made_from.made_from == image


def test_what_a_new_version_depends_on_must_be_there(fleet: Fleet) -> None:
    fleet.push("app", "1", [debian(two="1.0")])
    done = patch(fleet, "app", "1", "two")
    assert done.verdict is Verdict.NEEDS_REBUILD
    assert done.digest is None


def test_an_older_version_and_a_package_that_is_not_there_change_nothing(fleet: Fleet) -> None:
    fleet.push("app", "1", [debian(one="9.0")])
    assert patch(fleet, "app", "1", "one").digest is None
    assert patch(fleet, "app", "1", "unknown").digest is None


def test_an_image_without_a_package_database_needs_a_build(fleet: Fleet) -> None:
    fleet.push("app", "1", [LayerBuilder().file("srv/app", "x")])
    assert patch(fleet, "app", "1").verdict is Verdict.NEEDS_REBUILD


def test_distroless_images_keep_one_record_for_each_package(fleet: Fleet) -> None:
    record = "Package: one\nArchitecture: all\nVersion: 1.0\n"
    layer = LayerBuilder().file("etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
    layer.file("usr/share/one/data", "one 1.0\n").file("var/lib/dpkg/status.d/one", record)
    fleet.push("app", "1", [layer])
    done = patch(fleet, "app", "1", "one")
    assert done.verdict.allows
    fixes = {fix.path: fix for fix in done.platforms[0][1].fixes}
    assert b"Version: 2.0" in fixes["var/lib/dpkg/status.d/one"].content
    assert "var/lib/dpkg/status" not in fixes


@pytest.mark.parametrize("size", [0, 7, 8, 60, 100, 200, 400])
def test_a_package_file_that_is_cut_is_refused(size: int) -> None:
    with pytest.raises(Malformed):
        read_deb(deb("one", "1.0")[:size])


def test_a_script_that_does_something_needs_a_build_or_to_be_let_pass() -> None:
    from lading.lineage.patch_layer import _does_something  # noqa: PLC0415 - a rule worth a test of its own

    harmless = b'#!/bin/sh\nset -e\nif [ "$1" = "configure" ]; then\n  ldconfig\nfi\nexit 0\n'
    assert _does_something(harmless) == ""
    assert "update-ca-certificates" in _does_something(b"#!/bin/sh\nupdate-ca-certificates\n")
    assert _does_something(b"") == ""

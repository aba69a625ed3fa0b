"""Language packages that a package of the system ships."""

import io
import json
import struct

import pytest

from lading.advisories.advisory import Advisory
from lading.advisories.feed import FeedDocument
from lading.advisories.formats.osv import OSV
from lading.cataloging.analysis import ImageContents
from lading.matching.match import match
from lading.packages.package import Package
from lading.packages.purl import package_url
from tests.support.images import image_of
from tests.support.layers import LayerBuilder
from tests.support.rpm_databases import sqlite_database

DEBIAN = "ID=debian\nVERSION_ID=12\n"
EGG_INFO = "usr/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO"
RELEASE = "2.28.1+dfsg-1"
OWNER = f"deb/python3-requests {RELEASE}"


def metadata(name: str, version: str) -> str:
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\n"


def debian(*, release: str = RELEASE, version: str = "2.28.1", system: str = DEBIAN) -> LayerBuilder:
    """A root as debootstrap and apt leave it, as far as this package goes."""
    return (
        LayerBuilder()
        .file("usr/lib/os-release", system)
        .file(EGG_INFO, metadata("requests", version))  # before the database: the order must not matter
        .file("var/lib/dpkg/status", f"Package: python3-requests\nVersion: {release}\nSource: requests\n\n")
        .file("var/lib/dpkg/info/python3-requests.list", f"/.\n/usr\n/{EGG_INFO}\n")
    )


def language_packages(image: ImageContents) -> list[Package]:
    return [one.package for one in image.packages if one.package.type not in ("apk", "deb", "rpm")]


def owners(*builders: LayerBuilder) -> list[tuple[str, str]]:
    _, image = image_of(*builders)
    return [(package.version, package.owner) for package in language_packages(image)]


def upstream(name: str = "requests", ecosystem: str = "PyPI") -> list[Advisory]:
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99"}]}]
    affected = [{"package": {"ecosystem": ecosystem, "name": name}, "ranges": ranges}]
    document = {"id": "CVE-2023-32681", "modified": "2023-05-26T00:00:00Z", "affected": affected}
    documents = [FeedDocument("one.json", io.BytesIO(json.dumps(document).encode()))]
    return [one for one in OSV.decode("osv", documents) if isinstance(one, Advisory)]


def test_what_debian_ships_is_listed_and_judged_by_debian_alone() -> None:
    _, image = image_of(debian())
    (found,) = language_packages(image)
    assert (found.name, found.version, found.owner) == ("requests", "2.28.1", OWNER)
    assert match(found, upstream()) == ()
    assert package_url(found) == "pkg:pypi/requests@2.28.1"
    assert match(Package("pypi", "", "requests", "2.28.1"), upstream()), "the advisory is about this version"


def test_what_pip_writes_over_it_later_is_pips() -> None:
    dropped = EGG_INFO.removesuffix("/PKG-INFO")
    newer = EGG_INFO.replace("2.28.1.egg-info/PKG-INFO", "2.29.0.dist-info/METADATA")
    pip = LayerBuilder().whiteout(dropped).file(newer, metadata("requests", "2.29.0"))
    _, image = image_of(debian(), pip)
    (found,) = language_packages(image)
    assert (found.version, found.owner) == ("2.29.0", "")
    assert match(found, upstream())
    same_place = LayerBuilder().file(EGG_INFO, metadata("requests", "2.28.1"))
    assert owners(debian(), same_place) == [("2.28.1", "")]


def test_another_version_than_the_packages_own_is_bundled_or_overwritten() -> None:
    assert owners(debian(version="2.31.0")) == [("2.31.0", "")]
    assert owners(debian(release="2.28.10-1")) == [("2.28.1", "")]


@pytest.mark.parametrize("release", ["2.28.1-1", "1:2.28.1-8.el9", "2.28.1", "2.28.1~ds1-2", "2.28.1.dfsg-1"])
def test_epoch_release_and_repackaging_are_no_other_version(release: str) -> None:
    assert owners(debian(release=release)) == [("2.28.1", f"deb/python3-requests {release}")]


def test_without_a_known_system_nobody_elses_word_is_taken() -> None:
    _, image = image_of(debian(system=""))
    (found,) = language_packages(image)
    assert match(found, upstream())


def test_without_a_list_of_files_nobody_owns_it() -> None:
    status = LayerBuilder().file("var/lib/dpkg/status", f"Package: python3-requests\nVersion: {RELEASE}\n\n")
    assert owners(status.file(EGG_INFO, metadata("requests", "2.28.1"))) == [("2.28.1", "")]
    listed = LayerBuilder().file("var/lib/dpkg/info/python3-requests.list", f"/{EGG_INFO}\n")
    assert owners(listed.file(EGG_INFO, metadata("requests", "2.28.1"))) == [("2.28.1", "")]


def test_alpine_owns_what_its_database_lists_and_not_what_it_bundles() -> None:
    folder = "usr/lib/node_modules/npm"
    alpine = (
        LayerBuilder()
        .file("etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n")
        .file(
            "lib/apk/db/installed",
            f"P:npm\nV:10.9.1-r0\nF:{folder}\nR:package.json\nF:{folder}/node_modules/tar\nR:package.json\n\n",
        )
        .file(f"{folder}/package.json", '{"name": "npm", "version": "10.9.1"}')
        .file(f"{folder}/node_modules/tar/package.json", '{"name": "tar", "version": "6.1.0"}')
    )
    assert owners(alpine) == [("10.9.1", "apk/npm 10.9.1-r0"), ("6.1.0", "")]


def test_rpm_owns_what_its_header_lists() -> None:
    folder = "/usr/lib/python3.9/site-packages/requests-2.25.1.dist-info/"
    texts = {
        1000: b"python3-requests\0",
        1001: b"2.25.1\0",
        1002: b"8.el9\0",
        1117: b"METADATA\0",
        1118: folder.encode() + b"\0",
    }
    store = bytes(4)  # the first file stands in the first directory
    entries = struct.pack(">IIII", 1116, 4, 0, 1)
    for tag, text in texts.items():
        entries += struct.pack(">IIII", tag, 8 if tag > 1100 else 6, len(store), 1)
        store += text
    blob = struct.pack(">II", len(entries) // 16, len(store)) + entries + store
    rocky = (
        LayerBuilder()
        .file("etc/os-release", "ID=rocky\nVERSION_ID=9.4\n")
        .file("var/lib/rpm/rpmdb.sqlite", sqlite_database((blob,)))
        .file(f"{folder[1:]}METADATA", metadata("requests", "2.25.1"))
    )
    assert owners(rocky) == [("2.25.1", "rpm/python3-requests 2.25.1-8.el9")]

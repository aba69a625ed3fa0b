"""Language packages that a package of the system ships."""

import base64
import hashlib
import io
import json

import pytest

from lading.advisories.advisory import Advisory
from lading.advisories.feed import FeedDocument
from lading.advisories.formats.osv import OSV
from lading.cataloging.analysis import ImageContents
from lading.cataloging.image_contents import combine
from lading.matching.match import match
from lading.packages.package import Package
from lading.packages.purl import package_url
from lading.packages.realm import Realm
from tests.support.images import analyses_of, image_of
from tests.support.layers import LayerBuilder
from tests.support.rpm_databases import header_of_files, sqlite_database

DEBIAN = "ID=debian\nVERSION_ID=12\n"
EGG_INFO = "usr/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO"
RELEASE = "2.28.1+dfsg-1"
OWNER = f"deb/python3-requests {RELEASE}"


def metadata(name: str, version: str) -> str:
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\n"


def md5(content: str) -> str:
    return hashlib.md5(content.encode()).hexdigest()


def record(name: str = "python3-requests", release: str = RELEASE, source: str = "requests") -> str:
    return f"Package: {name}\nVersion: {release}\nSource: {source}\n\n"


def debian(  # a root has many parts
    *,
    release: str = RELEASE,
    version: str = "2.28.1",
    system: str = DEBIAN,
    owner: str = "python3-requests",
    source: str = "requests",
    recorded: str = "",
) -> LayerBuilder:
    """A root as debootstrap and apt leave it, as far as this package goes."""
    described = metadata("requests", version)
    digest = md5(recorded or described)
    return (
        LayerBuilder()
        .file("usr/lib/os-release", system)
        .file(EGG_INFO, described)  # before the database: the order must not matter
        .file("var/lib/dpkg/status", record(owner, release, source))
        .file(f"var/lib/dpkg/info/{owner}.list", f"/.\n/usr\n/{EGG_INFO}\n")
        .file(f"var/lib/dpkg/info/{owner}.md5sums", f"{digest}  {EGG_INFO}\n")
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
    held = frozenset({Realm("deb", "debian-12")})
    assert match(found, upstream(), held) == ()
    assert match(found, upstream()), "nobody would say otherwise: Debian's advisories are not held"
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
    npm, tar = '{"name": "npm", "version": "10.9.1"}', '{"name": "tar", "version": "6.1.0"}'
    alpine = (
        LayerBuilder()
        .file("etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n")
        .file(
            "lib/apk/db/installed",
            f"P:npm\nV:10.9.1-r0\nF:{folder}\nR:package.json\nZ:{apk_digest(npm)}\n"
            f"F:{folder}/node_modules/tar\nR:package.json\na:0:0:644\nZ:{apk_digest(tar)}\n\n",
        )
        .file(f"{folder}/package.json", npm)
        .file(f"{folder}/node_modules/tar/package.json", tar)
    )
    assert owners(alpine) == [("10.9.1", "apk/npm 10.9.1-r0"), ("6.1.0", "")]


def test_rpm_owns_what_its_header_lists() -> None:
    folder = "/usr/lib/python3.9/site-packages/requests-2.25.1.dist-info/"
    described = metadata("requests", "2.25.1")

    def rocky(name: str, source: str, digest: str) -> LayerBuilder:
        files = {f"{folder}METADATA": (digest, 0, 0)}
        blob = header_of_files(name, "2.25.1", "8.el9", files, source=source)
        return (
            LayerBuilder()
            .file("etc/os-release", "ID=rocky\nVERSION_ID=9.4\n")
            .file("var/lib/rpm/rpmdb.sqlite", sqlite_database((blob,)))
            .file(f"{folder[1:]}METADATA", described)
        )

    digest = hashlib.sha256(described.encode()).hexdigest()
    honest = rocky("python3-requests", "python-requests-2.25.1-8.el9.src.rpm", digest)
    assert owners(honest) == [("2.25.1", "rpm/python3-requests 2.25.1-8.el9")]
    for name, source, said in (
        ("python3-requests", "python-requests-2.25.1-8.el9.src.rpm", "0" * 64),
        ("python3-requests", "python-requests-2.25.1-8.el9.src.rpm", ""),
        ("unheard-of", "python-requests-2.25.1-8.el9.src.rpm", digest),  # advisories of some name the package
        ("python3-requests", "unheard-of-2.25.1-8.el9.src.rpm", digest),  # and those of others the source
        ("python3-requests", "python-requests-9.9.9-8.el9.src.rpm", digest),
    ):
        assert owners(rocky(name, source, said)) == [("2.25.1", "")]


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (debian(owner="unheard-of", source="unheard-of"), "no advisory would ever tell of such a package"),
        (debian(source="unheard-of"), "advisories tell of the source, which is another one"),
        (debian(source="requests (99.0-1)"), "the source is said to be at a version that is mended"),
        (debian(recorded="something else"), "the record is of another file"),
        (debian(owner="python3-request", source="request"), "a name that only looks alike"),
    ],
)
def test_a_planted_record_hides_no_vulnerable_package(image: LayerBuilder, why: str) -> None:
    _, contents = image_of(image)
    (found,) = language_packages(contents)
    assert found.owner == "", why
    assert match(found, upstream()), "the makers' advisory is asked"


@pytest.mark.parametrize(
    ("name", "language", "owner", "source"),
    [
        ("python-apt", "python-apt", "python3-apt", "python-apt"),
        ("PyYAML", "pyyaml", "python3-yaml", "pyyaml"),
        ("dbus_python", "dbus-python", "python3-dbus", "dbus-python"),
    ],
)
def test_names_are_one_but_for_the_marks_of_distributions(
    name: str, language: str, owner: str, source: str
) -> None:
    described = metadata(name, "2.0")
    path = f"usr/lib/python3/dist-packages/{language}-2.0.dist-info/METADATA"
    image = (
        LayerBuilder()
        .file("etc/os-release", DEBIAN)
        .file(path, described)
        .file("var/lib/dpkg/status", record(owner, "2.0-1", source))
        .file(f"var/lib/dpkg/info/{owner}.md5sums", f"{md5(described)}  {path}\n")
    )
    assert owners(image) == [("2.0", f"deb/{owner} 2.0-1")]


STATUS = "var/lib/dpkg/status"
INFO = "var/lib/dpkg/info"


@pytest.mark.parametrize(
    ("later", "why"),
    [
        (LayerBuilder().whiteout("var/lib/dpkg"), "the whole database is deleted"),
        (LayerBuilder().opaque("var/lib/dpkg"), "it is hidden"),
        (LayerBuilder().whiteout(STATUS), "the record is deleted"),
        (LayerBuilder().whiteout(INFO), "the lists are deleted"),
        (LayerBuilder().file(STATUS, record("bash", "5.2-1", "bash")), "the record is gone from it"),
        (LayerBuilder().file(STATUS, record(release="2.28.1+dfsg-2")), "the record is of another release"),
        (LayerBuilder().symlink("var/lib/dpkg", "../../opt/dpkg"), "it was put elsewhere"),
        (
            LayerBuilder()
            .file(f"{INFO}/python3-requests.list", "/.\n")
            .file(f"{INFO}/python3-requests.md5sums", ""),
            "the package says that it has other files",
        ),
    ],
)
def test_a_later_layer_that_touches_the_database_takes_the_owner_away(later: LayerBuilder, why: str) -> None:
    _, image = image_of(debian(), later)
    (found,) = language_packages(image)
    assert (found.owner, found.distro) == ("", ""), why
    assert match(found, upstream())
    assert image.disowned == ((0, EGG_INFO),)


def test_a_later_layer_that_adds_to_the_database_leaves_the_owner() -> None:
    more = LayerBuilder().file(STATUS, record() + record("bash", "5.2-1", "bash"))
    assert owners(debian(), more) == [("2.28.1", OWNER)]


def test_a_package_whose_files_were_changed_owns_nothing() -> None:
    analysed = analyses_of(debian())
    assert [one.package.owner for one in combine(analysed).packages if one.package.type == "pypi"] == [OWNER]
    changed = combine(analysed, altered=frozenset({"python3-requests"}))
    assert [one.package.owner for one in changed.packages if one.package.type == "pypi"] == [""]


def apk_digest(content: str) -> str:
    return "Q1" + base64.b64encode(hashlib.sha1(content.encode()).digest()).decode()

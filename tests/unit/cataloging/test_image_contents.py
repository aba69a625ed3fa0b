"""Layers applied in order."""

import io

import pytest

from lading.cataloging.analysis import ImageContents, LayerAnalysis
from lading.cataloging.distro import place_layer
from lading.cataloging.image_contents import combine
from lading.cataloging.layer import Analyser
from lading.oci.digest import Digest
from tests.support.keys import RSA_PEM
from tests.support.layers import LayerBuilder

DPKG = "var/lib/dpkg/status"
SITE = "opt/venv/lib/python3.12/site-packages"


def status(**versions: str) -> str:
    return "".join(f"Package: {name}\nVersion: {version}\n\n" for name, version in versions.items())


def metadata(name: str, version: str) -> str:
    return f"Name: {name}\nVersion: {version}\n"


def analysed(builder: LayerBuilder) -> LayerAnalysis:
    tar = builder.tar()
    return Analyser().analyse(Digest.of(tar), lambda: io.BytesIO(tar))


def contents(*builders: LayerBuilder) -> ImageContents:
    return combine([analysed(builder) for builder in builders])


def seen(image: ImageContents) -> set[tuple[str, str, int]]:
    return {(one.package.name, one.package.version, one.layer) for one in image.packages}


def layer() -> LayerBuilder:
    return LayerBuilder()


def test_a_package_belongs_to_the_layer_that_first_brought_it() -> None:
    image = contents(
        layer().file(DPKG, status(bash="5", tar="1")),
        layer().file(DPKG, status(bash="5", tar="1", curl="7")),
        layer().file(DPKG, status(bash="5", tar="2", curl="7", vim="9")),
    )
    assert seen(image) == {("bash", "5", 0), ("tar", "2", 2), ("curl", "7", 1), ("vim", "9", 2)}
    assert image.hidden_sources == ((0, DPKG), (1, DPKG))


def test_a_layer_known_from_another_image_keeps_what_it_brought_below_a_fresh_one() -> None:
    release = 'ID=debian\nVERSION_ID="12"\n'
    base = analysed(layer().file("etc/os-release", release).file(DPKG, status(bash="5")))
    known = place_layer(base, combine([base]).distro)
    assert known.placed_on == "debian-12"
    image = combine([known, analysed(layer().file(DPKG, status(bash="5", curl="7")))])
    assert seen(image) == {("bash", "5", 0), ("curl", "7", 1)}


def test_a_package_that_came_back_belongs_to_the_layer_that_brought_it_back() -> None:
    image = contents(
        layer().file(DPKG, status(tar="1")),
        layer().file(DPKG, status(tar="2")),
        layer().file(DPKG, status(tar="1")),
    )
    assert seen(image) == {("tar", "1", 2)}


def test_a_whiteout_hides_the_lower_file() -> None:
    path = f"{SITE}/six-1.dist-info/METADATA"
    image = contents(layer().file(path, metadata("six", "1")), layer().whiteout(path))
    assert seen(image) == set()
    assert image.hidden_sources == ((0, path),)


@pytest.mark.parametrize("hidden", [f"{SITE}/six-1.dist-info", SITE, "opt"])
def test_a_whiteout_of_a_directory_hides_all_below(hidden: str) -> None:
    image = contents(
        layer().file(f"{SITE}/six-1.dist-info/METADATA", metadata("six", "1")), layer().whiteout(hidden)
    )
    assert seen(image) == set()


def test_a_whiteout_of_a_name_hides_no_longer_name() -> None:
    image = contents(
        layer().file(f"{SITE}/six-1.dist-info/METADATA", metadata("six", "1")),
        layer().whiteout(f"{SITE}/six-1"),
    )
    assert seen(image) == {("six", "1", 0)}


def test_a_whiteout_does_not_hide_what_its_own_layer_brings() -> None:
    path = f"{SITE}/six-1.dist-info/METADATA"
    image = contents(
        layer().file(path, metadata("six", "1")),
        layer().file(path, metadata("six", "2")).whiteout(path).whiteout(SITE),
    )
    assert seen(image) == {("six", "2", 1)}


@pytest.mark.parametrize("directory", [SITE, "opt", ""])
def test_an_opaque_directory_hides_what_is_below_it_and_not_what_is_beside_it_in_its_layer(
    directory: str,
) -> None:
    image = contents(
        layer().file(f"{SITE}/six-1.dist-info/METADATA", metadata("six", "1")),
        layer().opaque(directory).file(f"{SITE}/attrs-2.dist-info/METADATA", metadata("attrs", "2")),
    )
    assert seen(image) == {("attrs", "2", 1)}


def test_a_link_takes_the_place_of_a_whole_directory() -> None:
    image = contents(
        layer().file(f"{SITE}/six-1.dist-info/METADATA", metadata("six", "1")),
        layer().symlink("opt/venv", "/srv/venv"),
    )
    assert seen(image) == set()


def test_a_file_that_says_nothing_still_takes_the_place_of_the_database_below() -> None:
    image = contents(layer().file(DPKG, status(bash="5")), layer().file(DPKG, "nonsense\n"))
    assert seen(image) == set()
    assert [(number, doubt.path) for number, doubt in image.unreadable] == [(1, DPKG)]


def test_what_could_not_be_read_is_forgotten_when_a_later_layer_replaces_it() -> None:
    image = contents(layer().file(DPKG, "nonsense\n"), layer().file(DPKG, status(bash="5")))
    assert image.unreadable == ()
    assert seen(image) == {("bash", "5", 1)}


def test_a_fault_of_a_layer_is_never_forgotten() -> None:
    broken = layer().file("etc/x", "").tar()
    cut = Analyser().analyse(Digest.of(broken), lambda: io.BytesIO(broken[:700]))
    image = combine([cut, analysed(layer().opaque(""))])
    assert [(number, doubt.cataloger) for number, doubt in image.unreadable] == [(0, "layer")]


def test_a_deleted_secret_is_reported_with_the_layer_that_deletes_it() -> None:
    image = contents(
        layer().file("root/.ssh/id_rsa", RSA_PEM).file("root/kept.pem", RSA_PEM),
        layer().file("etc/x", ""),
        layer().whiteout("root/.ssh"),
        layer().whiteout("root/.ssh"),
    )
    assert [(baked.secret.path, baked.layer, baked.deleted_by) for baked in image.secrets] == [
        ("root/.ssh/id_rsa", 0, 2),
        ("root/kept.pem", 0, None),
    ]


def test_a_secret_that_is_overwritten_is_reported_as_deleted() -> None:
    image = contents(layer().file("srv/tls.key", RSA_PEM), layer().file("srv/tls.key", ""))
    assert [baked.deleted_by for baked in image.secrets] == [1]


def test_the_distribution_of_one_layer_places_the_packages_of_another() -> None:
    image = contents(
        layer().file("usr/lib/os-release", "ID=debian\nVERSION_ID=12\n"),
        layer().file(DPKG, status(bash="5")).file(f"{SITE}/six-1.dist-info/METADATA", metadata("six", "1")),
    )
    assert image.distro is not None
    assert image.distro.key == "debian-12"
    assert {(one.package.name, one.package.namespace, one.package.distro) for one in image.packages} == {
        ("bash", "debian", "debian-12"),
        ("six", "", ""),
    }


def test_the_highest_visible_os_release_counts() -> None:
    base = layer().file("usr/lib/os-release", "ID=debian\nVERSION_ID=12\n").symlink("etc/os-release", "x")
    upgrade = layer().file("usr/lib/os-release", "ID=debian\nVERSION_ID=13\n")
    own = layer().file("etc/os-release", "ID=acme\nVERSION_ID=1\n")
    for builders, key in (
        ((base,), "debian-12"),
        ((base, upgrade), "debian-13"),
        ((base, own), "acme-1"),
    ):
        distro = combine([_again(builder) for builder in builders]).distro
        assert distro is not None
        assert distro.key == key
    assert combine([_again(base), analysed(layer().whiteout("usr/lib/os-release"))]).distro is None


_KEPT: dict[int, LayerAnalysis] = {}


def _again(builder: LayerBuilder) -> LayerAnalysis:
    """A layer is analysed once and shared by all images that have it."""
    return _KEPT.setdefault(id(builder), _KEPT.get(id(builder)) or analysed(builder))


def test_a_layer_placed_on_a_distribution_says_so_and_others_stay_shared() -> None:
    base = analysed(layer().file("usr/lib/os-release", "ID=debian\nVERSION_ID=12\n"))
    system = analysed(layer().file(DPKG, status(bash="5")))
    application = analysed(layer().file(f"{SITE}/six-1.dist-info/METADATA", metadata("six", "1")))
    distro = combine([base, system, application]).distro
    placed = place_layer(system, distro)
    assert placed.placed_on == "debian-12"
    assert placed.sources[0].packages[0].distro == "debian-12"
    assert place_layer(application, distro) is application
    assert place_layer(system, None) is system
    assert place_layer(placed, None) == system
    assert place_layer(placed, distro) is placed


@pytest.mark.parametrize("target", ["/srv/dpkg", "../../srv/dpkg", "dpkg", "../../../.."])
def test_a_database_behind_a_link_of_its_directory_is_reported(target: str) -> None:
    image = contents(
        layer().file("srv/dpkg/status", status(bash="5")), layer().symlink("var/lib/dpkg", target)
    )
    assert {doubt.path for _, doubt in image.unreadable} == {DPKG}


def test_a_merged_usr_is_no_doubt() -> None:
    image = contents(
        layer().symlink("lib", "usr/lib").file("usr/lib/apk/db/installed", "P:musl\nV:1.2\n\n"),
    )
    assert image.unreadable == ()
    assert seen(image) == {("musl", "1.2", 0)}


def test_the_same_package_in_two_places_is_listed_twice() -> None:
    image = contents(
        layer().file("a/six-1.dist-info/METADATA", metadata("six", "1")),
        layer().file("b/six-1.dist-info/METADATA", metadata("six", "1")),
    )
    assert [(one.path, one.layer) for one in image.packages] == [
        ("a/six-1.dist-info/METADATA", 0),
        ("b/six-1.dist-info/METADATA", 1),
    ]


def test_an_image_without_layers_is_empty() -> None:
    assert combine([]) == ImageContents(None, (), (), (), ())


LOCK = """{"lockfileVersion": 3, "packages": {
"node_modules/a": {"version": "1.0.0", "license": "MIT"}, "node_modules/b": {"version": "2.0.0"}}}"""


def test_what_a_lock_file_declares_is_declared_until_it_is_installed() -> None:
    application = layer().file("app/package-lock.json", LOCK)
    (a, b) = contents(application).packages
    assert (a.declared, b.declared) == (True, True)
    image = contents(
        application, layer().file("app/node_modules/a/package.json", '{"name": "a", "version": "1.0.0"}')
    )
    assert [(one.package.name, one.path, one.declared) for one in image.packages] == [
        ("a", "app/node_modules/a/package.json", False),
        ("b", "app/package-lock.json", True),
    ]
    assert [(one.package.name, one.path) for one in image.repeated] == [("a", "app/package-lock.json")]


def test_another_version_than_the_installed_one_stays_declared() -> None:
    image = contents(
        layer()
        .file("app/package-lock.json", LOCK)
        .file("app/node_modules/a/package.json", '{"name": "a", "version": "1.0.1"}')
    )
    versions = {(one.package.version, one.declared) for one in image.packages if one.package.name == "a"}
    assert versions == {("1.0.1", False), ("1.0.0", True)}


def test_of_two_lock_files_the_one_that_says_more_counts() -> None:
    image = contents(
        layer().file("app/package-lock.json", LOCK).file("app/yarn.lock", 'a@1:\n  version "1.0.0"\n')
    )
    (a,) = (one for one in image.packages if one.package.name == "a")
    assert (a.path, a.package.licenses) == ("app/package-lock.json", ("MIT",))


def test_a_package_of_debian_has_the_licences_of_its_copyright_file() -> None:
    said = "Format: x\n\nFiles: *\nLicense: GPL-3+\n"
    debian = layer().file(DPKG, status(bash="5")).file("usr/share/doc/bash/copyright", said)
    (bash,) = contents(debian).packages
    assert bash.licenses == ("GPL-3+",)
    (upgraded,) = contents(debian, layer().file(DPKG, status(bash="6"))).packages
    assert (upgraded.package.version, upgraded.licenses) == ("6", ("GPL-3+",))
    (bare,) = contents(debian, layer().whiteout("usr/share/doc")).packages
    assert bare.licenses == ()

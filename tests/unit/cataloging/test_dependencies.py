"""Which packages need which, by every format that says so."""

import hashlib
import io
import json
import time
import zipfile

import pytest

from lading.cataloging import layer_bindings
from lading.cataloging.analysis import ImageContents, InstalledPackage
from lading.cataloging.asking import Asked, Asker, Scope
from lading.cataloging.dependencies import Dependencies, chains_to, dependencies_of
from lading.cataloging.image_contents import combine
from lading.packages.package import Package
from tests.support.images import analyses_of
from tests.support.layers import LayerBuilder
from tests.support.rpm_databases import header_of_files, sqlite_database


def answered(*builders: LayerBuilder) -> Dependencies:
    layers = analyses_of(*builders)
    bindings = [layer_bindings.decode(layer.bindings) for layer in layers]
    return dependencies_of(
        combine(layers), [each.asked for each in bindings], [each.records for each in bindings]
    )


def edges(dependencies: Dependencies) -> set[tuple[str, str]]:
    named = [f"{each.package.name} {each.package.version}" for each in dependencies.packages]
    return {(named[one], named[other]) for one, others in dependencies.needs.items() for other in others}


def record(name: str, *fields: str) -> str:
    return "\n".join((f"Package: {name}", "Status: install ok installed", "Version: 1", *fields)) + "\n\n"


def test_dpkg_needs_are_answered_by_names_alternatives_and_what_is_provided() -> None:
    status = (
        record("app", "Depends: libc6 (>= 2.36), exim4 | mail-transport-agent,", " perl:any, gone")
        + record("libc6")
        + record("postfix", "Provides: mail-transport-agent (= 1), other", "Pre-Depends: libc6")
        + record("perl", "Recommends: app")
    )
    dependencies = answered(LayerBuilder().file("var/lib/dpkg/status", status))
    assert edges(dependencies) == {
        ("app 1", "libc6 1"),
        ("app 1", "postfix 1"),
        ("app 1", "perl 1"),
        ("postfix 1", "libc6 1"),
    }
    assert list(dependencies.unanswered.values()) == [("gone",)]


def test_what_was_removed_by_dpkg_or_replaced_by_a_layer_asks_for_nothing() -> None:
    removed = record("app", "Depends: libc6").replace("install ok installed", "deinstall ok config-files")
    assert edges(answered(LayerBuilder().file("var/lib/dpkg/status", removed + record("libc6")))) == set()
    lower = LayerBuilder().file("var/lib/dpkg/status", record("app", "Depends: libc6") + record("libc6"))
    upper = LayerBuilder().file("var/lib/dpkg/status", record("app") + record("libc6"))
    assert edges(answered(lower, upper)) == set()


def test_apk_needs_are_answered_by_libraries_and_programs_that_others_provide() -> None:
    installed = (
        "P:curl\nV:8\nD:so:libc.musl-x86_64.so.1 ca-certificates>=1 /bin/sh !wget\n\n"
        "P:musl\nV:1.2\np:so:libc.musl-x86_64.so.1=1\n\n"
        "P:ca-certificates\nV:2024\n\n"
        "P:busybox\nV:1.36\np:/bin/sh cmd:wget=1.36\n\n"
    )
    assert edges(answered(LayerBuilder().file("lib/apk/db/installed", installed))) == {
        ("curl 8", "musl 1.2"),
        ("curl 8", "ca-certificates 2024"),
        ("curl 8", "busybox 1.36"),
    }


def test_rpm_needs_are_answered_by_abilities_and_by_files() -> None:
    bash = header_of_files("bash", "5", "1", {"/usr/bin/bash": ("", 0, 0)}, provides=("bash", "bash(x86-64)"))
    app = header_of_files(
        "app",
        "2",
        "1",
        {"/opt/app": ("", 0, 0)},
        requires=("/bin/bash", "rpmlib(X)", "(a if b)", "bash(x86-64)"),
    )
    database = sqlite_database((bash, app))
    assert edges(answered(LayerBuilder().file("var/lib/rpm/rpmdb.sqlite", database))) == {
        ("app 2-1", "bash 5-1")
    }


def dist_info(name: str, *requirements: str, root: str = "opt/venv/site-packages") -> tuple[str, str]:
    lines = "".join(f"Requires-Dist: {each}\n" for each in requirements)
    return (
        f"{root}/{name}-1.dist-info/METADATA",
        f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n{lines}\n",
    )


def test_python_needs_are_answered_in_their_own_environment() -> None:
    image = (
        LayerBuilder()
        .file(
            *dist_info("requests", "urllib3 (<3,>=1.21)", "Charset_Normalizer<4", "PySocks; extra == 'socks'")
        )
        .file(*dist_info("urllib3"))
        .file(*dist_info("urllib3", root="usr/lib/python3/dist-packages"))
        .file(*dist_info("charset-normalizer"))
        .file(*dist_info("pysocks"))
    )
    dependencies = answered(image)
    assert edges(dependencies) == {("requests 1", "urllib3 1"), ("requests 1", "charset-normalizer 1")}
    (others,) = dependencies.needs.values()
    assert all(dependencies.packages[each].path.startswith("opt/venv/") for each in others)


def manifest(name: str, version: str, **needs: str) -> str:
    return json.dumps({"name": name, "version": version, "dependencies": needs})


def test_node_needs_are_answered_as_require_finds_them() -> None:
    image = (
        LayerBuilder()
        .file("app/package.json", manifest("app", "1.0.0", express="^4"))
        .file("app/node_modules/express/package.json", manifest("express", "4.0.0", debug="2", gone="1"))
        .file("app/node_modules/debug/package.json", manifest("debug", "4.0.0", ms="2"))
        .file("app/node_modules/ms/package.json", manifest("ms", "2.1.0"))
        .file("app/node_modules/express/node_modules/debug/package.json", manifest("debug", "2.0.0", ms="2"))
    )
    dependencies = answered(image)
    assert edges(dependencies) == {
        ("app 1.0.0", "express 4.0.0"),
        ("express 4.0.0", "debug 2.0.0"),
        ("debug 2.0.0", "ms 2.1.0"),
        ("debug 4.0.0", "ms 2.1.0"),
    }
    assert list(dependencies.unanswered.values()) == [("gone",)]


NPM_LOCK = {
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "app"},
        "node_modules/a": {"version": "1.0.0", "dependencies": {"b": "^2"}},
        "node_modules/b": {"version": "1.0.0"},
        "node_modules/a/node_modules/b": {"version": "2.0.0"},
    },
}


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("srv/package-lock.json", json.dumps(NPM_LOCK), {("a 1.0.0", "b 2.0.0")}),
        (
            "srv/Cargo.lock",
            (
                '[[package]]\nname="a"\nversion="1.0.0"\ndependencies=["b 2.0.0 (registry+x)", "c"]\n'
                '[[package]]\nname="b"\nversion="1.0.0"\n[[package]]\nname="b"\nversion="2.0.0"\n'
                '[[package]]\nname="c"\nversion="3.0.0"\n'
            ),
            {("a 1.0.0", "b 2.0.0"), ("a 1.0.0", "c 3.0.0")},
        ),
        (
            "srv/poetry.lock",
            (
                '[[package]]\nname="a"\nversion="1.0"\n[package.dependencies]\nB_b=">=1"\n'
                '[[package]]\nname="b-b"\nversion="2.0"\n'
            ),
            {("a 1.0", "b-b 2.0")},
        ),
        (
            "srv/uv.lock",
            '[[package]]\nname="a"\nversion="1.0"\ndependencies=[{name="b"}]\n[[package]]\nname="b"\nversion="2.0"\n',
            {("a 1.0", "b 2.0")},
        ),
        (
            "srv/Gemfile.lock",
            "GEM\n  specs:\n    rails (7.0)\n      rack (~> 2.0)\n    rack (2.2)\n",
            {("rails 7.0", "rack 2.2")},
        ),
        (
            "srv/composer.lock",
            json.dumps(
                {
                    "packages": [
                        {"name": "acme/app", "version": "v1.0", "require": {"php": ">=8", "acme/log": "^2"}},
                        {"name": "acme/log", "version": "2.0"},
                    ]
                }
            ),
            {("app 1.0", "log 2.0")},
        ),
    ],
)
def test_lock_files_name_the_exact_one(path: str, content: str, expected: set[tuple[str, str]]) -> None:
    assert edges(answered(LayerBuilder().file(path, content))) == expected


def jar(name: str, *needs: str) -> bytes:
    properties = f"groupId=org.acme\nartifactId={name}\nversion=1.0\n"
    dependencies = "".join(
        f"<dependency><groupId>org.acme</groupId><artifactId>{each}</artifactId></dependency>"
        for each in needs
    )
    tested = (
        "<dependency><groupId>org.acme</groupId><artifactId>c</artifactId><scope>test</scope></dependency>"
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr(f"META-INF/maven/org.acme/{name}/pom.properties", properties)
        pom = f"<project><dependencies>{dependencies}{tested}</dependencies></project>"
        written.writestr(f"META-INF/maven/org.acme/{name}/pom.xml", pom)
    return archive.getvalue()


def test_jars_need_what_their_pom_names_also_inside_others() -> None:
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as written:
        written.writestr("BOOT-INF/lib/a-1.0.jar", jar("a", "b"))
        written.writestr("BOOT-INF/lib/c-1.0.jar", jar("c"))
    image = LayerBuilder().file("app/app.jar", outer.getvalue()).file("app/lib/b-1.0.jar", jar("b"))
    assert edges(answered(image)) == {("a 1.0", "b 1.0")}


def test_chains_lead_from_what_nothing_needs_by_the_shortest_way() -> None:
    status = (
        record("shop", "Depends: a, b")
        + record("a", "Depends: b")
        + record("b", "Depends: c, b")
        + record("c", "Depends: b")  # a circle
        + record("tool", "Depends: c")
    )
    dependencies = answered(LayerBuilder().file("var/lib/dpkg/status", status))
    names = [each.package.name for each in dependencies.packages]
    chains = [
        tuple(names[each] for each in chain) for chain in chains_to(dependencies, names.index("c"), limit=9)
    ]
    assert chains == [("tool", "c"), ("shop", "b", "c")]
    assert len(list(chains_to(dependencies, names.index("c"), limit=1))) == 1
    assert list(chains_to(dependencies, names.index("shop"), limit=9)) == []


def test_what_the_system_ships_is_here_for_what_needs_the_package_of_the_system() -> None:
    path, described = dist_info("six", root="usr/lib/python3/dist-packages")
    status = record("app", "Depends: python3-six") + record("python3-six", "Source: six")
    image = (
        LayerBuilder()
        .file("etc/os-release", "ID=debian\nVERSION_ID=12\n")
        .file(path, described)
        .file("var/lib/dpkg/status", status)
        .file(
            "var/lib/dpkg/info/python3-six.md5sums",
            f"{hashlib.md5(described.encode()).hexdigest()}  {path}\n",
        )
    )
    dependencies = answered(image)
    names = [each.package.name for each in dependencies.packages]
    (chain,) = chains_to(dependencies, names.index("six"), limit=9)
    assert [names[each] for each in chain] == ["app", "python3-six", "six"]
    assert edges(dependencies) == {("app 1", "python3-six 1")}, "no dependency that a document should tell of"


def test_any_number_of_packages_of_one_name_that_need_each_other_take_bounded_time() -> None:
    many = 20_000
    packages = tuple(
        InstalledPackage(Package("pypi", "", "a", str(number)), f"x/{number}.dist-info/METADATA", 0)
        for number in range(many)
    )
    distro = ImageContents(None, packages, (), (), ())
    provided = tuple(Asker("pypi", "a", str(number), (("a",), ("b",)), ("b",)) for number in range(many))
    for scope in Scope:
        asked = {one.path: Asked(scope, (asker,)) for one, asker in zip(packages, provided, strict=True)}
        began = time.process_time()
        dependencies = dependencies_of(distro, [asked])
        assert sum(map(len, dependencies.needs.values())) <= 2 * 16 * many
        next(chains_to(dependencies, 5, limit=3), None)
        assert time.process_time() - began < 10

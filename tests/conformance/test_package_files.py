"""Package files of real projects: what a reference reading of each finds, ours finds too.

The data lies beside the project and is not part of it. A package that the reference lists without a version
is left out: there is nothing to look up, and ours does not name such. ``KNOWN`` are the others that ours
leaves out, with the reason; a package that is missing beyond them is a failure: the coverage may not fall.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lading.cataloging.all_catalogers import ALL_CATALOGERS
from lading.cataloging.analysis import Unreadable
from lading.packages.package import Package

CATALOGERS = {cataloger.name: cataloger for cataloger in ALL_CATALOGERS}

# Folder of the data → cataloger, and the path at which it would find the file; empty for the file's own.
FOLDERS = {
    "language/cpp/conanlock": ("conan-lock", "conan.lock"),
    "language/dart/pubspec": ("pub-lock", "pubspec.lock"),
    "language/dotnet/depsjson": ("dotnet-deps", "app.deps.json"),
    "language/dotnet/packagesconfig": ("nuget-lock", "packages.config"),
    "language/dotnet/packageslockjson": ("nuget-lock", "packages.lock.json"),
    "language/dotnet/paketlock": ("nuget-lock", "paket.lock"),
    "language/dotnet/projectassetsjson": ("nuget-lock", "obj/project.assets.json"),
    "language/elixir/mixlock": ("hex-lock", "mix.lock"),
    "language/erlang/mixlock": ("hex-lock", "mix.lock"),
    "language/golang/gomod": ("go-modules", "go.mod"),
    "language/golang/vendormodules": ("go-modules", "vendor/modules.txt"),
    "language/haskell/cabal": ("haskell-lock", "cabal.project.freeze"),
    "language/haskell/stacklock": ("haskell-lock", "stack.yaml.lock"),
    "language/java/gradlelockfile": ("gradle-lock", "gradle.lockfile"),
    "language/java/gradleverificationmetadataxml": ("gradle-lock", "gradle/verification-metadata.xml"),
    "language/java/pomxml": ("pom", "pom.xml"),
    "language/javascript/bunlock": ("bun-lock", "bun.lock"),
    "language/javascript/packagejson": ("npm", "package.json"),
    "language/javascript/packagelockjson": ("npm-lock", "package-lock.json"),
    "language/javascript/pnpmlock": ("pnpm-lock", "pnpm-lock.yaml"),
    "language/javascript/yarnlock": ("yarn-lock", "yarn.lock"),
    "language/julia/manifesttoml": ("julia", "Manifest.toml"),
    "language/perl/cpan": ("cpan", ""),
    "language/php/composerlock": ("composer-lock", "composer.lock"),
    "language/python/condameta": ("conda", "conda-meta/x.json"),
    "language/python/pdmlock": ("python-lock", "pdm.lock"),
    "language/python/pipfilelock": ("python-lock", "Pipfile.lock"),
    "language/python/poetrylock": ("python-lock", "poetry.lock"),
    "language/python/pylock": ("python-lock", "pylock.toml"),
    "language/python/requirements": ("python-requirements", "requirements.txt"),
    "language/python/uvlock": ("python-lock", "uv.lock"),
    "language/python/wheelegg": ("python", "x.egg-info/PKG-INFO"),
    "language/r/renvlock": ("renv-lock", "renv.lock"),
    "language/ruby/gemfilelock": ("gemfile-lock", "Gemfile.lock"),
    "language/rust/cargolock": ("cargo-lock", "Cargo.lock"),
    "language/swift/packageresolved": ("swift-lock", "Package.resolved"),
    "language/swift/podfilelock": ("swift-lock", "Podfile.lock"),
    "os/apk": ("apk", "lib/apk/db/installed"),
    "os/chisel": ("chisel", "var/lib/chisel/manifest.wall"),
    "os/cos": ("cos", "etc/cos-package-info.json"),
    "os/dpkg/dpkg": ("dpkg", ""),
    "os/dpkg/opkg": ("opkg", "usr/lib/opkg/status"),
    "os/flatpak": ("flatpak", "x.xml"),
    "os/homebrew/Cellar": ("homebrew", ""),
    "os/pacman": ("pacman", "desc"),
    "os/portage": ("portage", "var/db/pkg/dev-perl/Getopt-Long-2.580.0/PF"),
    "os/snap": ("snap", "meta/snap.yaml"),
    "os/spack": ("spack", ".spack/spec.json"),
}

# What ours leaves out, by file, and why.
KNOWN: dict[str, tuple[set[str], str]] = {
    "dotnet/paketlock/paket.lock": (
        {"fsharp/fake", "fsprojects/paket"},
        "files of a Git repository, no packages",
    ),
    "golang/gomod/": ({"stdlib"}, "what go.mod demands at least; the program says what it was built with"),
    "golang/vendormodules/valid": (
        {"github.com/"},
        "cut short in the data: it is github.com/BurntSushi/toml",
    ),
    "java/gradleverificationmetadataxml/missing": (
        {"org.apache.pdfbox:", ":pdfbox"},
        "without a name or a group",
    ),
    "java/pomxml/with-parent.xml": ({"org.dave:dave"}, "stands in the parent, which is another file"),
    "javascript/packagejson/duplicate-keys.json": ({"my-dep"}, "what package.json asks for"),
    "javascript/packagejson/package-with-deps.json": (
        {f"dep{number}" for number in range(8)},
        "what package.json asks for",
    ),
    "javascript/packagelockjson/files.v2.json": ({"etag"}, "a folder of the project"),
    "javascript/yarnlock/exclude-root.v2.lock": ({"@ws/ansi-regex"}, "a folder of the project"),
    "javascript/yarnlock/files.v2.lock": ({"my-package"}, "a folder of the project"),
    "python/requirements/": (
        {"foo7", "foo17--hash", "combination-.-.also-.-valid", "newspaper3k", "pkg"},
        "a range, or not a name or a version",
    ),
}
DOUBTS = 28  # files of the data that must not be read without a doubt

Names = set[tuple[str, str]]


def expected_files(shared_data: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    lines = (shared_data / "packages-db/lockfiles/expected.jsonl").read_text().splitlines()
    for document in map(json.loads, lines):
        folder = next((one for one in FOLDERS if document["file"].startswith(f"{one}/")), None)
        if folder:
            yield folder, document


def read(shared_data: Path, folder: str, file: str) -> list[Package | Unreadable]:
    cataloger, path = FOLDERS[folder]
    content = (shared_data / "packages-db/lockfiles" / file).read_bytes()
    return list(CATALOGERS[cataloger].parse(path or file, content))


def comparable(name: str, version: str) -> tuple[str, str]:
    return re.sub(r"[-_]+", "-", name).lower(), version.removeprefix("v")


def names(found: list[Package | Unreadable]) -> Names:
    separators = {"maven": ":", "npm": "/", "composer": "/", "golang": "/", "swift": "/"}
    return {
        comparable(
            one.namespace + separators[one.type] + one.name
            if one.type in separators and one.namespace
            else one.name,
            one.version,
        )
        for one in found
        if isinstance(one, Package)
    }


def test_every_package_that_the_reference_finds_is_found(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, wanted = Counter[str](), Counter[str]()
    missing: list[str] = []
    for folder, document in expected_files(shared_data):
        ours = names(read(shared_data, folder, document["file"]))
        theirs = {comparable(name, version) for name, version in document["packages"] or [] if version}
        excused = {
            name for file, (left_out, _) in KNOWN.items() if file in document["file"] for name in left_out
        }
        wanted[folder] += len(theirs)
        # PyPI's names have dots and hyphens for one.
        lax = {(name.replace(".", "-"), version) for name, version in ours}
        left = {one for one in theirs - ours if (one[0].replace(".", "-"), one[1]) not in lax}
        found[folder] += len(theirs) - len(left)
        missing += [f"{document['file']}: {name} {version}" for name, version in left if name not in excused]
    lines = [f"\npackages of real files: {sum(found.values())} of {sum(wanted.values())}\n"]
    lines += [
        f"  {one}: {found[one]} of {wanted[one]}\n" for one in sorted(wanted) if found[one] < wanted[one]
    ]
    with capsys.disabled():
        sys.stdout.writelines(lines)
    assert not missing
    assert sum(wanted.values()) >= 850


def test_what_the_reference_refuses_is_never_read_without_a_doubt(shared_data: Path) -> None:
    refused = [(folder, one["file"]) for folder, one in expected_files(shared_data) if one["error"]]
    silent = [
        file
        for folder, file in refused
        if not any(isinstance(one, Unreadable) for one in read(shared_data, folder, file))
    ]
    assert not silent
    assert len(refused) >= DOUBTS

"""What a system says it is, and what that makes of its packages."""

import json
from pathlib import Path

import pytest

from lading.cataloging.analysis import Distro, OsRelease
from lading.cataloging.distro import RELEASE_PATHS, believed, parse_release, place
from lading.packages.package import Package

DEBIAN = b"""PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
ID=debian
"""


def test_os_release_names_the_system() -> None:
    found = parse_release("etc/os-release", DEBIAN)
    assert found == Distro("debian", "12", "Debian GNU/Linux 12 (bookworm)")
    assert found.key == "debian-12"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('NAME="A \\"B\\" \\$C"', 'A "B" $C'),
        ("NAME='single'", "single"),
        ("NAME=bare", "bare"),
        ('NAME="', '"'),
        ("# NAME=x", "thing"),
    ],
)
def test_values_are_unquoted_as_a_shell_would(line: str, name: str) -> None:
    found = parse_release("usr/lib/os-release", f"ID=thing\n{line}\n".encode())
    assert found == Distro("thing", "", name)


def test_a_system_like_others_says_so() -> None:
    found = parse_release("etc/os-release", b'ID="rocky"\nVERSION_ID="9.3"\nID_LIKE="rhel centos fedora"\n')
    assert found is not None
    assert found.id_like == ("rhel", "centos", "fedora")


@pytest.mark.parametrize(
    "content", [b"", b"ID=", b'ID="../../x"', b"NAME=Debian", b"\xff\xfe\x00", b"ID=a\nVERSION_ID=$(reboot)"]
)
def test_a_file_that_names_no_system_is_none(content: bytes) -> None:
    assert parse_release("etc/os-release", content) is None


@pytest.mark.parametrize(
    ("path", "content", "key"),
    [
        ("etc/redhat-release", b"CentOS release 5.7 (Final)\n", "centos-5.7"),
        ("etc/redhat-release", b"Red Hat Enterprise Linux release 8.10 (Ootpa)", "rhel-8.10"),
        ("etc/redhat-release", b"Rocky Linux release 8.10 (Green Obsidian)", "rocky-8.10"),
        ("etc/system-release-cpe", b"cpe:/o:centos:linux:6:GA", "centos-6"),
        ("etc/redhat-release", b"Nobody Linux release 1", None),
        ("etc/system-release-cpe", b"cpe", None),
    ],
)
def test_systems_from_before_os_release_are_known(path: str, content: bytes, key: str | None) -> None:
    found = parse_release(path, content)
    assert (found.key if found else None) == key


def test_the_administrators_file_is_believed_before_the_vendors() -> None:
    vendor, own = Distro("debian", "12", "Debian"), Distro("acme", "3", "Acme")
    both = [OsRelease("usr/lib/os-release", vendor), OsRelease("etc/os-release", own)]
    assert believed(both) == own
    assert believed(both[:1]) == vendor
    assert believed([]) is None


def test_only_packages_of_the_system_are_placed_on_it() -> None:
    debian = Distro("debian", "12", "Debian")
    placed = place(Package("deb", "", "bash", "5"), debian)
    assert (placed.namespace, placed.distro) == ("debian", "debian-12")
    assert place(Package("pypi", "", "six", "1"), debian) == Package("pypi", "", "six", "1")
    assert place(Package("deb", "", "bash", "5"), None) == Package("deb", "", "bash", "5")
    assert place(placed, None) == Package("deb", "", "bash", "5")
    assert place(Package("rpm", "", "bash", "5"), Distro("rhel", "9.3", "RHEL")).namespace == "redhat"


def test_real_systems_are_named_as_others_name_them(shared_data: Path) -> None:
    folder = shared_data / "packages-db" / "os-release"
    compared = 0
    for case in json.loads((folder / "expected.json").read_text()):
        root, wanted = folder / case["root"], case["release"] or {}
        releases = []
        for path in RELEASE_PATHS:
            if (root / path).is_file():
                named = parse_release(path, (root / path).read_bytes())
                releases += [OsRelease(path, named)] if named else []
        # Ours is what advisories are keyed by, so a point release in debian_version does not count.
        pointed = (root / "etc/debian_version").exists()
        if root.is_dir() and wanted.get("id") != "busybox" and not pointed:
            found = believed(releases)
            assert found is not None, case["root"]
            assert (found.id, found.version_id) == (wanted["id"], wanted.get("version_id") or "")
            compared += 1
    assert compared >= 20

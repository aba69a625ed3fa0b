"""A rebuild beside its original."""

import msgspec
import pytest

from lading.image.file_list import FileEntry, FileKind
from lading.image.rebuild import (
    Cause,
    FileDifference,
    RebuildComparison,
    compare_files,
    compare_packages,
    visible_files,
)


def file(path: str, content: str = "a", mode: int = 0o644) -> FileEntry:
    return FileEntry(path, FileKind.FILE, size=1, mode=mode, sha256=content.encode() * 32)


def test_files_are_seen_as_after_all_layers() -> None:
    below = [file("a"), file("d/x"), file("d/y"), file("gone"), FileEntry("d", FileKind.DIRECTORY)]
    above = [
        file("a", "b"),
        FileEntry("gone", FileKind.WHITEOUT),
        FileEntry("d", FileKind.OPAQUE),
        file("d/z"),
    ]
    assert visible_files([below, above]) == {"a": file("a", "b"), "d/z": file("d/z")}


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("usr/lib/python3/a.pyc", Cause.BYTECODE),
        ("var/log/dpkg.log", Cause.LOG),
        ("var/lib/dpkg/status", Cause.PACKAGE_RECORDS),
        ("lib/apk/db/installed", Cause.PACKAGE_RECORDS),
        ("var/cache/ldconfig/aux-cache", Cause.CACHE),
        ("etc/ld.so.cache", Cause.CACHE),
        ("etc/machine-id", Cause.IDENTITY),
        ("etc/ssh/ssh_host_rsa_key", Cause.IDENTITY),
        ("usr/share/doc/zlib1g/changelog", Cause.PACKAGE),
        ("usr/bin/app", Cause.UNEXPLAINED),
    ],
)
def test_each_difference_has_its_cause(path: str, cause: Cause) -> None:
    owned = {"deb zlib1g": ["/zlib1g/"]}
    changed = compare_files({path: file(path)}, {path: file(path, "b")}, owned)
    assert changed == (FileDifference(path, "changed", cause),)
    assert compare_files({path: file(path)}, {}, owned)[0].change == "removed"
    assert compare_files({}, {path: file(path)}, owned)[0].change == "added"


def test_the_same_content_with_other_rights_is_told_from_other_content() -> None:
    before, after = {"a": file("a")}, {"a": file("a", mode=0o755)}
    assert compare_files(before, after, {}) == (FileDifference("a", "changed", Cause.RIGHTS),)
    assert compare_files(before, before, {}) == ()
    assert (
        compare_files({"a": msgspec.structs.replace(file("a"), uid=1)}, before, {})[0].cause is Cause.RIGHTS
    )


def test_packages_with_another_version_are_named_once() -> None:
    before = [("deb a", "1"), ("deb b", "1"), ("deb c", "1")]
    after = [("deb a", "1"), ("deb b", "2"), ("deb d", "1")]
    assert compare_packages(before, after) == (("deb b", "1", "2"), ("deb c", "1", ""), ("deb d", "", "1"))


def test_the_verdict_in_one_word() -> None:
    log, odd = FileDifference("x", "changed", Cause.LOG), FileDifference("y", "changed", Cause.UNEXPLAINED)
    words = [
        RebuildComparison(True, True, (), ()).verdict,
        RebuildComparison(False, False, (), ()).verdict,
        RebuildComparison(False, False, (log,), ()).verdict,
        RebuildComparison(False, False, (log, odd), ()).verdict,
    ]
    assert words == ["identical", "equivalent", "explained", "different"]

"""Lists of files: what is packed comes back, in order, small; what is damaged is said to be."""

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from lading.foundation.errors import Malformed
from lading.image import file_list
from lading.image.file_list import FileEntry, FileKind

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12)
PATHS = st.lists(NAMES, min_size=0, max_size=4).map("/".join)
ENTRIES = st.builds(
    FileEntry,
    path=PATHS,
    kind=st.sampled_from(FileKind),
    size=st.integers(0, (1 << 64) - 1),
    mode=st.integers(0, 0o7777),
    uid=st.integers(0, (1 << 32) - 1),
    gid=st.integers(0, (1 << 32) - 1),
    sha256=st.sampled_from([b"", b"\x01" * 32, b"\xff" * 32]),
    link=st.one_of(st.just(""), NAMES),
    capabilities=st.sampled_from([b"", b"\x01\0\0\x02"]),
)


@given(st.lists(ENTRIES, max_size=30, unique_by=lambda entry: (entry.path, entry.kind)))
def test_what_is_packed_comes_back_sorted(entries: list[FileEntry]) -> None:
    listed = file_list.decode(file_list.encode(entries))
    assert len(listed) == len(entries)
    assert set(listed) == set(entries)
    assert list(listed.paths()) == sorted(entry.path for entry in entries)
    for path in {entry.path for entry in entries}:
        found = listed.at(path)
        assert found in entries
        assert found is not None
        assert not found.deletes or all(entry.deletes for entry in entries if entry.path == path)


@given(st.lists(ENTRIES, max_size=10, unique_by=lambda entry: (entry.path, entry.kind)), st.randoms())
def test_the_same_entries_are_the_same_bytes(entries: list[FileEntry], random: object) -> None:
    shuffled = list(entries)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert file_list.encode(shuffled) == file_list.encode(entries)


def test_digests_of_packages_come_back_shortened() -> None:
    entry = FileEntry("bin/sh", FileKind.FILE, 1, 0o755, sha256=b"a" * 32, md5=b"m" * 16, sha1=b"s" * 20)
    (back,) = file_list.decode(file_list.encode([entry]))
    assert (back.md5, back.sha1) == (b"m" * 8, b"s" * 8)


def test_a_list_costs_little_more_than_its_digests() -> None:
    entries = [
        FileEntry(f"usr/lib/python3/dist-packages/package{n // 20}/module_{n}.py", FileKind.FILE, n, 0o644,
                  sha256=n.to_bytes(32, "big"), md5=b"m" * 8, sha1=b"s" * 8)
        for n in range(10_000)
    ]  # fmt: skip
    assert len(file_list.encode(entries)) < 10_000 * (32 + 16 + 8)


def test_an_empty_list_is_a_list() -> None:
    assert list(file_list.decode(file_list.encode([]))) == list(file_list.EMPTY) == []
    assert file_list.EMPTY.at("x") is None


@pytest.mark.parametrize("cut", [0, 1, 7, 30, -1])
def test_a_list_that_was_cut_is_damaged(cut: int) -> None:
    packed = file_list.encode([FileEntry("a", FileKind.FILE, sha256=b"a" * 32)])
    with pytest.raises(Malformed) as refused:
        file_list.decode(packed[:cut])
    assert refused.value.code == "file-list-damaged"


@pytest.mark.parametrize(
    "packed",
    [
        b"\xff",
        msgspec.msgpack.encode((2, b"", [])),
        msgspec.msgpack.encode((1, zstandard.compress(b"no columns"), [b"", b""])),
    ],
)
def test_what_is_no_list_is_damaged(packed: bytes) -> None:
    with pytest.raises(Malformed):
        file_list.decode(packed)

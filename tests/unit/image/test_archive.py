"""Archives of every dialect are read as the standard library reads them; broken ones are called broken."""

import io
import tarfile
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.foundation.errors import LadingError, Malformed, OverLimit
from lading.image.archive import Archive, Entry, EntryKind
from lading.image.limits import ReadingLimits
from tests.support.layers import END, LayerBuilder, header, layer_of, padded, pax_header

LONG = "/".join(["a-directory-with-a-rather-long-name"] * 8) + "/file"


def archive(raw: bytes, *, chunk: int = 1 << 20, limits: ReadingLimits | None = None) -> Archive:
    def chunks() -> Iterator[bytes]:
        for at in range(0, len(raw), chunk):
            yield raw[at : at + chunk]

    return Archive(chunks(), limits or ReadingLimits())


def contents(raw: bytes, chunk: int = 1 << 20) -> dict[str, bytes]:
    reading = archive(raw, chunk=chunk)
    return {entry.path: reading.read() for entry in reading if entry.kind is EntryKind.FILE}


def entries(raw: bytes) -> list[Entry]:
    return list(archive(raw))


@pytest.mark.parametrize("dialect", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("chunk", [1, 511, 512, 1000, 1 << 20])
def test_every_dialect_is_read(dialect: int, chunk: int) -> None:
    builder = LayerBuilder(format=dialect)
    builder.file("etc/os-release", "ID=debian\n", mode=0o600).directory("empty").file("zero")
    builder.file("blocks", b"x" * 1024).symlink("link", "etc/os-release").hardlink("hard", "blocks")
    if dialect != tarfile.USTAR_FORMAT:
        builder.file(LONG, "deep").symlink("far", LONG)
    raw = builder.tar()
    found = {entry.path: entry for entry in archive(raw, chunk=chunk)}
    for member in tarfile.TarFile(fileobj=io.BytesIO(raw)):
        entry = found[member.name]
        assert (entry.size, entry.mode, entry.link) == (member.size, member.mode, member.linkname)
    assert found["empty"].kind is EntryKind.DIRECTORY
    assert found["hard"].kind is EntryKind.HARD_LINK
    assert contents(raw, chunk)["etc/os-release"] == b"ID=debian\n"
    assert contents(raw, chunk)["blocks"] == b"x" * 1024


def test_content_can_be_taken_in_pieces_or_left() -> None:
    raw = layer_of({"one": b"1" * 3000, "two": b"2" * 3000, "three": b"3" * 3000})
    reading = archive(raw, chunk=700)
    kept: dict[str, bytes] = {}
    for entry in reading:
        if entry.path == "one":
            kept["one"] = bytes(next(reading.pieces()))  # and no more of it
        if entry.path == "three":
            kept["three"] = b"".join(bytes(piece) for piece in reading.pieces())
    assert kept["one"] == b"1" * len(kept["one"])
    assert kept["three"] == b"3" * 3000


def test_a_name_in_two_parts_is_joined() -> None:
    raw = header(b"file", prefix=b"a/b") + END
    assert [entry.path for entry in entries(raw)] == ["a/b/file"]


def test_a_gnu_header_has_no_prefix_where_ustar_has_one() -> None:
    raw = header(b"file", magic=b"ustar  \0", prefix=b"13370000000") + END
    assert [entry.path for entry in entries(raw)] == ["file"]


def test_a_size_of_more_than_eight_gibibytes_is_read_in_base_256() -> None:
    raw = header(b"huge", size=b"\x80" + (9 << 30).to_bytes(11, "big"))
    reading = archive(raw)
    assert next(iter(reading)).size == 9 << 30


def test_the_size_in_a_pax_header_counts() -> None:
    raw = pax_header([("size", b"5")]) + header(b"file", size=0) + padded(b"hello") + END
    assert contents(raw) == {"file": b"hello"}


def test_a_global_pax_header_changes_nothing_as_in_runtimes() -> None:
    raw = pax_header([("path", b"elsewhere")], kind=b"g") + header(b"file") + END
    assert [entry.path for entry in entries(raw)] == ["file"]


def test_links_and_devices_have_no_data_whatever_their_size_says() -> None:
    raw = b"".join(
        header(name, kind=kind, size=512 * 9)
        for name, kind in [
            (b"hard", b"1"),
            (b"soft", b"2"),
            (b"char", b"3"),
            (b"block", b"4"),
            (b"fifo", b"6"),
        ]
    )
    found = entries(raw + header(b"after") + END)
    assert [entry.path for entry in found] == ["hard", "soft", "char", "block", "fifo", "after"]
    assert all(entry.size == 0 for entry in found)


def test_a_signed_checksum_of_an_old_archiver_is_accepted() -> None:
    plain = header("caf\u00e9".encode())
    signed = sum(byte - 256 if byte > 127 else byte for byte in plain[:148] + b" " * 8 + plain[156:])
    raw = header("caf\u00e9".encode(), checksum=b"%06o\0 " % signed) + END
    assert [entry.path for entry in entries(raw)] == ["caf\u00e9"]


@pytest.mark.parametrize("name", [b"../../etc/passwd", b"a/../../b", b".."])
def test_a_name_that_leaves_the_root_has_a_problem(name: bytes) -> None:
    (entry,) = entries(header(name) + END)
    assert "leaves the root" in entry.problem


def test_a_name_that_is_not_utf8_is_shown_escaped_with_a_problem() -> None:
    (entry,) = entries(header(b"etc/caf\xe9") + END)
    assert entry.path == "etc/caf\\xe9"
    assert "UTF-8" in entry.problem


def test_a_name_of_100_kilobytes_has_a_problem() -> None:
    (entry,) = entries(pax_header([("path", b"a/" * 50_000)]) + header(b"x") + END)
    assert "4096" in entry.problem


def test_a_header_of_gigabytes_is_refused_before_it_is_read() -> None:
    raw = header(b"x", kind=b"x", size=3 << 30) + bytes(4096)
    with pytest.raises(OverLimit) as refused:
        entries(raw)
    assert refused.value.code == "layer-header-too-large"


def test_entries_are_counted() -> None:
    raw = b"".join(header(b"%d" % at) for at in range(30)) + END
    reading = archive(raw, limits=ReadingLimits(entries=20))
    with pytest.raises(OverLimit):
        list(reading)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(header(b"x", checksum=b"000001\0 ") + END, id="wrong checksum"),
        pytest.param(header(b"x", size=b"\xff" * 12) + END, id="negative size"),
        pytest.param(header(b"x", size=b"12x\0\0\0\0\0\0\0\0\0") + END, id="size that is no number"),
        pytest.param(header(b"x", size=5) + b"hel", id="cut in the data"),
        pytest.param(header(b"x", size=5) + b"hello", id="cut in the padding"),
        pytest.param(header(b"x")[:100], id="cut in the header"),
        pytest.param(bytes(512) + header(b"x"), id="entry after an empty block"),
        pytest.param(END + header(b"x") + END, id="entry after the end"),
        pytest.param(header(b"x", kind=b"L", size=4) + padded(b"name"), id="long name of nothing"),
        pytest.param(header(b"x", kind=b"x", size=4) + padded(b"9 a="), id="pax record cut"),
        pytest.param(header(b"x", kind=b"x", size=6) + padded(b"x a=b\n"), id="pax length no number"),
        pytest.param(pax_header([("path", b"a\0b")]) + header(b"x") + END, id="NUL in a pax path"),
        pytest.param(pax_header([("size", b"-1")]) + header(b"x") + END, id="negative pax size"),
        pytest.param(b"this is no tar archive at all".ljust(2000, b"!"), id="no tar"),
    ],
)
def test_a_broken_archive_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        contents(raw)


def sparse_gnu(fragments: list[tuple[int, int]], size: int, data: bytes) -> bytes:
    fields = b"".join(b"%011o\0%011o\0" % fragment for fragment in fragments).ljust(96, b"\0")
    rest = bytes(386 - 265) + fields + b"\0" + b"%011o\0" % size
    return header(b"sparse", kind=b"S", size=len(data), magic=b"ustar  \0", rest=rest) + padded(data)


def test_an_old_gnu_sparse_file_gets_its_holes_back() -> None:
    raw = sparse_gnu([(0, 3), (1000, 4)], 2000, b"abcdefg") + header(b"after") + END
    assert contents(raw) == {"sparse": b"abc" + bytes(997) + b"defg" + bytes(996), "after": b""}


@pytest.mark.parametrize(
    ("records", "stored"),
    [
        (
            [
                ("GNU.sparse.size", b"2000"),
                ("GNU.sparse.offset", b"0"),
                ("GNU.sparse.numbytes", b"3"),
                ("GNU.sparse.offset", b"1000"),
                ("GNU.sparse.numbytes", b"4"),
            ],
            b"abcdefg",
        ),
        ([("GNU.sparse.size", b"2000"), ("GNU.sparse.map", b"0,3,1000,4")], b"abcdefg"),
        (
            [
                ("GNU.sparse.major", b"1"),
                ("GNU.sparse.minor", b"0"),
                ("GNU.sparse.name", b"real/name"),
                ("GNU.sparse.realsize", b"2000"),
            ],
            b"2\n0\n3\n1000\n4\n".ljust(512, b"\0") + b"abcdefg",
        ),
    ],
    ids=["pax 0.0", "pax 0.1", "pax 1.0"],
)
def test_a_pax_sparse_file_gets_its_holes_back(records: list[tuple[str, bytes]], stored: bytes) -> None:
    raw = pax_header(records) + header(b"file", size=len(stored)) + padded(stored) + header(b"after") + END
    found = contents(raw)
    assert found.popitem() == ("after", b"")
    ((name, content),) = found.items()
    assert content == b"abc" + bytes(997) + b"defg" + bytes(996)
    assert name == ("real/name" if "GNU.sparse.name" in dict(records) else "file")


@pytest.mark.parametrize(
    "fragments", [[(0, 9)], [(0, 5), (2, 2)], [(5000, 7)], [(0, 3), (1 << 40, 4)]], ids=str
)
def test_a_sparse_map_that_lies_is_malformed(fragments: list[tuple[int, int]]) -> None:
    with pytest.raises(Malformed):
        contents(sparse_gnu(fragments, 2000, b"abcdefg") + END)


def test_a_sparse_map_that_never_ends_is_malformed() -> None:
    records = [
        ("GNU.sparse.major", b"1"),
        ("GNU.sparse.minor", b"0"),
        ("GNU.sparse.realsize", b"9"),
    ]
    stored = b"1" * 100_000
    with pytest.raises(Malformed):
        contents(pax_header(records) + header(b"file", size=len(stored)) + padded(stored) + END)


SAMPLE = (
    LayerBuilder(format=tarfile.GNU_FORMAT).file(LONG, b"x" * 700).symlink("l", LONG).tar()[:5120]
    + pax_header([("path", "\u00e9".encode())])
    + header(b"x", size=3)
    + padded(b"abc")
    + END
)


@given(st.integers(0, len(SAMPLE) - 1), st.binary(min_size=1, max_size=30))
def test_damage_anywhere_never_escapes_as_another_error(at: int, noise: bytes) -> None:
    damaged = SAMPLE[:at] + noise + SAMPLE[at + len(noise) :]
    reading = archive(damaged, chunk=300)
    try:
        for entry in reading:
            assert not entry.path.startswith("/")
            if entry.size < 1 << 20:
                reading.read()
    except LadingError:
        pass

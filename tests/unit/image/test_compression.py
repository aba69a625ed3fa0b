"""Layers are told apart by their bytes, and no broken one passes for a whole one."""

import contextlib
import gzip
import io
import random

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from lading.foundation.errors import LadingError, Malformed, OverLimit
from lading.image.compression import CHUNK, iter_uncompressed
from lading.image.limits import ReadingLimits

CONTENT = random.Random(7).randbytes(60_000) + b"the same again " * 20_000
GZIPPED = gzip.compress(CONTENT, mtime=0)
ZSTD = zstandard.ZstdCompressor(write_checksum=True).compress(CONTENT)


def uncompressed(raw: bytes, limits: ReadingLimits | None = None) -> bytes:
    return b"".join(iter_uncompressed(io.BytesIO(raw), limits))


class Dribble:
    """A reader that gives one byte at a time, as a slow network may."""

    def __init__(self, raw: bytes) -> None:
        self._raw = io.BytesIO(raw)

    def read(self, size: int = -1, /) -> bytes:
        return self._raw.read(1)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(CONTENT, id="plain"),
        pytest.param(GZIPPED, id="gzip"),
        pytest.param(gzip.compress(CONTENT[:5000]) + gzip.compress(CONTENT[5000:]), id="gzip of two members"),
        pytest.param(GZIPPED + bytes(3000), id="gzip padded with zeros"),
        pytest.param(ZSTD, id="zstd"),
        pytest.param(
            zstandard.ZstdCompressor(write_content_size=False).compress(CONTENT), id="zstd without its size"
        ),
        pytest.param(
            zstandard.ZstdCompressor().compress(CONTENT[:70_000])
            + b"\x51\x2a\x4d\x18\x05\x00\x00\x00abcde"
            + zstandard.ZstdCompressor().compress(CONTENT[70_000:]),
            id="zstd of two frames around a skippable one",
        ),
    ],
)
def test_every_form_of_a_layer_gives_the_same_bytes(raw: bytes) -> None:
    assert uncompressed(raw) == CONTENT


@pytest.mark.parametrize("raw", [GZIPPED, ZSTD], ids=["gzip", "zstd"])
def test_a_reader_that_gives_single_bytes_is_read_all_the_same(raw: bytes) -> None:
    small = uncompressed(raw)[:3000]
    packed = gzip.compress(small) if raw is GZIPPED else zstandard.ZstdCompressor().compress(small)
    assert b"".join(iter_uncompressed(Dribble(packed))) == small


def test_an_empty_stream_is_empty() -> None:
    assert uncompressed(b"") == b""


@given(st.sampled_from([GZIPPED, ZSTD]), st.integers(min_value=6, max_value=len(GZIPPED) - 1))
def test_a_stream_that_is_cut_anywhere_is_never_taken_for_whole(raw: bytes, cut: int) -> None:
    with pytest.raises(Malformed):
        uncompressed(raw[: min(cut, len(raw) - 1)])


@given(st.sampled_from([GZIPPED, ZSTD]), st.integers(min_value=4, max_value=len(GZIPPED) - 1), st.data())
def test_a_flipped_bit_never_gives_other_content_silently(raw: bytes, at: int, data: st.DataObject) -> None:
    at = min(at, len(raw) - 1)
    flipped = raw[:at] + bytes([raw[at] ^ 1 << data.draw(st.integers(0, 7))]) + raw[at + 1 :]
    with contextlib.suppress(LadingError):
        # Nothing checks the time and the system in gzip's header, so some flips change nothing.
        assert uncompressed(flipped) == CONTENT


@given(st.sampled_from([b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18"]), st.binary(max_size=300))
def test_noise_after_a_magic_number_is_malformed_or_over_a_limit(magic: bytes, noise: bytes) -> None:
    try:
        for chunk in iter_uncompressed(io.BytesIO(magic + noise)):
            assert len(chunk) <= CHUNK
    except LadingError:
        pass


@pytest.mark.parametrize("raw", [GZIPPED, ZSTD], ids=["gzip", "zstd"])
def test_something_after_the_compressed_stream_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        uncompressed(raw + b"a second layer, perhaps")
    assert refused.value.code == "layer-corrupt"


@pytest.mark.parametrize(("magic", "name"), [(b"BZh91AY", "bzip2"), (b"\xfd7zXZ\x00\x00", "xz")])
def test_compressions_that_oci_does_not_have_are_named(magic: bytes, name: str) -> None:
    with pytest.raises(Malformed, match=name):
        uncompressed(magic + bytes(100))


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_a_bomb_stops_at_the_ratio_in_bounded_steps(kind: str) -> None:
    zeros = bytes(64 << 20)
    bomb = gzip.compress(zeros) if kind == "gzip" else zstandard.ZstdCompressor().compress(zeros)
    chunks: list[int] = []
    with pytest.raises(OverLimit) as stopped:
        chunks.extend(
            map(len, iter_uncompressed(io.BytesIO(bomb), ReadingLimits(ratio=50, ratio_from=4 << 20)))
        )
    assert stopped.value.code == "layer-expands-too-much"
    assert max(chunks) <= CHUNK
    assert sum(chunks) < 64 << 20


def test_a_layer_stops_at_the_largest_size() -> None:
    with pytest.raises(OverLimit) as stopped:
        uncompressed(GZIPPED, ReadingLimits(uncompressed_bytes=100_000))
    assert stopped.value.code == "layer-too-large"


def test_a_zstd_frame_that_asks_for_gigabytes_of_window_is_refused() -> None:
    # RFC 8878, section 3.1.1.1.2: exponent 31, mantissa 0 is a window of 2 TiB.
    frame = b"\x28\xb5\x2f\xfd" + b"\x00" + b"\xf8" + b"\x01\x00\x00"
    with pytest.raises(Malformed):
        uncompressed(frame)


def test_work_is_counted_and_can_be_stopped() -> None:
    steps = 0

    def check() -> None:
        nonlocal steps
        steps += 1
        if steps > 3:
            raise OverLimit("time-used-up", "enough")

    with pytest.raises(OverLimit, match="enough"):
        list(iter_uncompressed(io.BytesIO(gzip.compress(bytes(16 << 20))), check=check))
    assert steps == 4

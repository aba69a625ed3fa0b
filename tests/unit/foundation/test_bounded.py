"""Reading stops where the limit is, however much there is."""

import io

import pytest

from lading.foundation.bounded import read_all
from lading.foundation.errors import OverLimit


class Endless:
    """Gives for ever, and remembers how much was taken."""

    taken = 0

    def read(self, size: int = -1, /) -> bytes:
        assert size > 0
        self.taken += size
        return b"x" * size


def test_exactly_the_limit_is_read() -> None:
    assert read_all(io.BytesIO(b"abc"), max_bytes=3, what="config") == b"abc"


def test_one_byte_more_is_refused() -> None:
    with pytest.raises(OverLimit, match="config is larger than the 3 bytes"):
        read_all(io.BytesIO(b"abcd"), max_bytes=3, what="config")


def test_an_endless_reader_is_left_after_the_limit() -> None:
    endless = Endless()
    with pytest.raises(OverLimit):
        read_all(endless, max_bytes=3 << 20, what="layer")
    assert endless.taken == (3 << 20) + 1

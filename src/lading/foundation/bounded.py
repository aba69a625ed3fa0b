"""Readers that cannot be made to read too much."""

from collections.abc import Iterator
from typing import Protocol

from lading.foundation.errors import OverLimit


class Reader(Protocol):
    """What can be read forwards, once."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most ``size`` bytes, and none only at the end."""
        ...


def read_all(reader: Reader, *, max_bytes: int, what: str) -> bytes:
    """Read to the end, or raise OverLimit as soon as there are more than ``max_bytes`` bytes."""
    parts: list[bytes] = []
    total = 0
    while part := reader.read(min(1 << 20, max_bytes - total + 1)):
        total += len(part)
        if total > max_bytes:
            raise OverLimit(
                "too-large",
                f"{what} is larger than the {max_bytes} bytes allowed",
                details={"limit": max_bytes},
            )
        parts.append(part)
    return b"".join(parts)


def iter_lines(reader: Reader, *, max_line: int, what: str) -> Iterator[bytes]:
    """Yield the lines without their ends; raise OverLimit where one has more than ``max_line`` bytes."""
    rest = b""
    while part := reader.read(1 << 20):
        *lines, rest = (rest + part).split(b"\n")
        yield from lines
        if len(rest) > max_line:
            raise OverLimit(
                "line-too-long",
                f"{what} has a line of more than {max_line} bytes",
                details={"limit": max_line},
            )
    if rest:
        yield rest

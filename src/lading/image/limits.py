"""How much of a layer may be read. A layer is written by somebody else and is opened by us."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Check: TypeAlias = Callable[[], None]
"""Called every mebibyte or so of work; raises OverLimit to stop it, for example when its time is used up."""


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """Bounds on one layer; what reaches one is reported as unreadable, never as clean.

    A sparse file of a database image can be larger than anything that a person would write, so the ratio of
    uncompressed to compressed bytes counts only from ``ratio_from`` bytes on.
    """

    uncompressed_bytes: int = 32 << 30
    ratio: int = 300  # deflate alone reaches 1,032
    ratio_from: int = 1 << 30  # uncompressed bytes
    entries: int = 2_000_000
    facts: int = 500_000  # packages, deleted paths and links; the largest real layer we know has some 60,000
    files: int = 1_000_000  # that are listed: half a kilobyte of memory each
    holes: int = 1 << 28  # bytes of a sparse file with its holes, whose digest is taken
    header_bytes: int = 1 << 20  # one pax header or GNU long name; the limit of Go's archive/tar
    window_bytes: int = 128 << 20  # memory that one zstd frame may ask for (windowLog 27)


def no_check() -> None:
    """Let work go on for ever: for content that is our own."""

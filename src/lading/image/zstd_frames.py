"""Zstandard streams in bounded steps (RFC 8878).

The library's stream reader takes a stream that was cut for one that ended, and its decompressor gives all
that its input expands to at once, which can be some 30,000 times as much. So the frames are walked here, at
the cost of one look for each block of up to 128 KiB: we know where a frame ends, and feed a few at once.
"""

from collections.abc import Generator, Iterator

import zstandard

from lading.foundation.bounded import Reader
from lading.foundation.errors import Malformed

_MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"  # after a first byte of 0x50 to 0x5f (section 3.1.2)
_BLOCK_BYTES = 128 << 10  # what one block regenerates at most (section 3.1.1.2.3)
_STEP_BYTES = 1 << 20  # what one step regenerates at most
_INPUT = 1 << 18
_RAW, _RLE, _COMPRESSED = 0, 1, 2


def begins_frame(head: bytes) -> bool:
    """Whether these are the first four bytes or more of a Zstandard or skippable frame."""
    return head.startswith(_MAGIC) or (
        head[:1] != b"" and 0x50 <= head[0] <= 0x5F and head[1:4] == _SKIPPABLE
    )


def iter_decompressed(head: bytes, rest: Reader, window_bytes: int) -> Iterator[bytes]:
    """Decompress frame after frame, skipping skippable ones; Malformed where the stream is broken or cut.

    ``window_bytes`` bounds the memory that a frame may ask for.
    """
    source = _Source(head, rest)
    context = zstandard.ZstdDecompressor(max_window_size=window_bytes)
    while source.fill(4):
        magic = source.peek(4)
        if magic == _MAGIC:
            yield from _iter_frame(source, context)
        elif begins_frame(magic):
            source.take(4)
            source.skip(int.from_bytes(source.take(4), "little"))
        else:
            raise Malformed("layer-corrupt", "something that is not zstd follows the zstd stream")


class _Source:
    """Bytes that are looked at before they are taken."""

    __slots__ = ("_at", "_held", "_reader")

    def __init__(self, head: bytes, reader: Reader) -> None:
        self._held = head
        self._at = 0
        self._reader = reader

    def fill(self, size: int) -> bool:
        """Hold at least ``size`` bytes; False where the stream has ended exactly here."""
        while len(self._held) - self._at < size:
            part = self._reader.read(max(_INPUT, size))
            if not part:
                if len(self._held) == self._at:
                    return False
                raise _cut()
            self._held = self._held[self._at :] + part
            self._at = 0
        return True

    def peek(self, size: int, ahead: int = 0) -> bytes:
        if not self.fill(ahead + size):
            raise _cut()
        return self._held[self._at + ahead : self._at + ahead + size]

    def take(self, size: int) -> bytes:
        taken = self.peek(size)
        self._at += size
        return taken

    def skip(self, size: int) -> None:
        while size > 0:
            size -= len(self.take(min(size, _INPUT)))


def _cut() -> Malformed:
    return Malformed("layer-truncated", "the zstd stream ends in the middle")


def _iter_frame(source: _Source, context: zstandard.ZstdDecompressor) -> Iterator[bytes]:
    frame = context.decompressobj()
    walk = _walk_frame(source)
    for step in walk:
        try:
            chunk = frame.decompress(step)
        except zstandard.ZstdError as error:
            raise Malformed("layer-corrupt", f"the zstd stream is broken: {error}") from error
        if chunk:
            yield chunk
    if not frame.eof:
        raise Malformed("layer-corrupt", "a zstd frame does not end where its last block does")


def _walk_frame(source: _Source) -> Generator[bytes, None, None]:
    """Yield the frame's bytes in steps that regenerate ``_STEP_BYTES`` at most."""
    descriptor = source.peek(1, ahead=4)[0]
    checksum = 4 if descriptor & 0x04 else 0
    ready = source.take(_header_size(descriptor))
    regenerated = 0
    last = False
    while not last:
        header = int.from_bytes(source.peek(3), "little")
        last, kind, size = bool(header & 1), header >> 1 & 3, header >> 3
        if kind > _COMPRESSED:
            raise Malformed("layer-corrupt", "a zstd block has the reserved type")
        # Section 3.1.1.2.2: an RLE block is one byte, said Block_Size times.
        if size > _BLOCK_BYTES:
            raise Malformed("layer-corrupt", "a zstd block is larger than the format allows")
        regenerated += _BLOCK_BYTES if kind == _COMPRESSED else size
        ready += source.take(3 + (1 if kind == _RLE else size))
        if regenerated > _STEP_BYTES - _BLOCK_BYTES:
            yield ready
            ready, regenerated = b"", 0
    yield ready + (source.take(checksum) if checksum else b"")


def _header_size(descriptor: int) -> int:
    """Bytes of magic number and frame header (section 3.1.1.1)."""
    single_segment = bool(descriptor & 0x20)
    content_size = (1 if single_segment else 0, 2, 4, 8)[descriptor >> 6]
    dictionary_id = (0, 1, 2, 4)[descriptor & 3]
    return 4 + 1 + (0 if single_segment else 1) + dictionary_id + content_size

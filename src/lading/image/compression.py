"""Layers as streams: told apart by their first bytes, decompressed in small steps, under limits.

The media type is not believed: old builders push gzip under the plain type and the reverse, and runtimes go
by the first bytes. A stream that ends early, or that goes on after its end, is Malformed: what was read until
then has been yielded.
"""

from collections.abc import Generator, Iterator
from typing import cast

from isal import igzip_lib

from lading.foundation.bounded import Reader
from lading.foundation.errors import Malformed, OverLimit
from lading.image import zstd_frames
from lading.image.limits import Check, ReadingLimits, no_check

CHUNK = 1 << 20  # bytes: at most so much is decompressed in one step
_INPUT = 1 << 18  # bytes
# The stub of isal calls this class an instance.
_BROKEN = cast("type[Exception]", igzip_lib.error)
_GZIP = b"\x1f\x8b"
_REFUSED = {b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x04\x22\x4d\x18": "lz4"}
_LONGEST_MAGIC = 6


def iter_uncompressed(
    layer: Reader, limits: ReadingLimits | None = None, check: Check = no_check
) -> Iterator[bytes]:
    """Yield the uncompressed bytes of a layer (gzip of any number of members, zstd, or plain tar).

    No chunk is larger than 1 MiB. Raises Malformed for a stream that is broken, OverLimit (with the
    limit's name in ``code``) for one that is too large or expands too much.
    """
    limits = limits or ReadingLimits()
    counted = _Counted(layer)
    head = counted.read(_LONGEST_MAGIC)
    while len(head) < _LONGEST_MAGIC and (more := counted.read(_LONGEST_MAGIC - len(head))):
        head += more
    total = 0
    for chunk in _decompress(head, counted, limits):
        check()
        total += len(chunk)
        if total > limits.uncompressed_bytes:
            raise OverLimit(
                "layer-too-large",
                f"the layer has more than {limits.uncompressed_bytes} bytes uncompressed",
                details={"limit": limits.uncompressed_bytes},
            )
        if total > limits.ratio_from and total > limits.ratio * counted.total:
            raise OverLimit(
                "layer-expands-too-much",
                f"the layer expands more than {limits.ratio} times",
                details={"limit": limits.ratio},
            )
        yield chunk


class _Counted:
    """A reader that knows how much it gave."""

    __slots__ = ("_reader", "total")

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.total = 0

    def read(self, size: int = -1, /) -> bytes:
        part = self._reader.read(size)
        self.total += len(part)
        return part


def _decompress(head: bytes, rest: Reader, limits: ReadingLimits) -> Iterator[bytes]:
    if head.startswith(_GZIP):
        return _gunzip(head, rest)
    if zstd_frames.begins_frame(head):
        return zstd_frames.iter_decompressed(head, rest, limits.window_bytes)
    for magic, name in _REFUSED.items():
        if head.startswith(magic):
            raise Malformed(
                "layer-compression", f"the layer is compressed with {name}, which OCI does not know"
            )
    return _plain(head, rest)


def _plain(head: bytes, rest: Reader) -> Iterator[bytes]:
    if head:
        yield head
    while part := rest.read(CHUNK):
        yield part


def _gunzip(head: bytes, rest: Reader) -> Iterator[bytes]:
    """Decompress member after member (RFC 1952, section 2.2); zeros may pad the end, as in tape blocks."""
    pending = head
    while pending or (pending := rest.read(_INPUT)):
        if pending[:2] != _GZIP[: len(pending)]:
            _refuse_garbage(pending, rest)
            return
        pending = yield from _gunzip_member(pending, rest)


def _gunzip_member(pending: bytes, rest: Reader) -> Generator[bytes, None, bytes]:
    """Yield one member; return what was read beyond it."""
    member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    while not member.eof:
        if member.needs_input and not pending:
            pending = rest.read(_INPUT)
            if not pending:
                raise Malformed("layer-truncated", "the gzip stream ends in the middle")
        try:
            chunk = member.decompress(pending, CHUNK)
        except (_BROKEN, EOFError) as error:
            raise Malformed("layer-corrupt", f"the gzip stream is broken: {error}") from error
        pending = b""
        if chunk:
            yield chunk
    return member.unused_data


def _refuse_garbage(pending: bytes, rest: Reader) -> None:
    while pending:
        if pending.strip(b"\0"):
            raise Malformed("layer-corrupt", "something that is not gzip follows the gzip stream")
        pending = rest.read(_INPUT)

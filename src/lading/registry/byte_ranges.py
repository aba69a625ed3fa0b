"""Parts of content: the Range of a pull (RFC 9110, section 14) and the Content-Range of a push.

A push writes its range as ``<first>-<last>``, without a unit (distribution-spec v1.1, "Pushing a blob in
chunks"); clients that write the unit of RFC 9110 before it are understood too.
"""

import re
from dataclasses import dataclass

from lading.foundation.errors import Malformed

_DIGITS = 19  # of a position; what is longer than this is beyond any file
_RANGE = re.compile(rf"bytes=\s*(\d{{0,{_DIGITS}}})-(\d{{0,{_DIGITS}}})\s*\Z", re.ASCII | re.IGNORECASE)
_CONTENT_RANGE = re.compile(
    rf"(?:bytes[ =])?(\d{{1,{_DIGITS}}})-(\d{{1,{_DIGITS}}})(?:/(?:\d{{1,{_DIGITS}}}|\*))?\Z", re.ASCII
)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes from ``start`` to before ``stop``; never empty."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.stop - self.start


def parse_range(header: str, size: int) -> ByteRange | None:
    """Read the Range header of a request for content of ``size`` bytes.

    None means the whole content is to be sent: for another unit, for several ranges, and for what is not a
    range at all, a server ignores the header (RFC 9110, section 14.2). Raises Malformed
    ``range-unsatisfiable`` when no byte of the content is in the range.
    """
    shape = _RANGE.match(header)
    if shape is None:
        return None
    first, last = shape.groups()
    if not first and not last:
        return None
    if not first:  # the last N bytes
        start, stop = max(0, size - int(last)), size
    else:
        start = int(first)
        stop = min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= stop:
        raise Malformed(
            "range-unsatisfiable",
            f"the content has {size} bytes, and none of them is in {header[:80]!r}",
            details={"size": size},
        )
    return ByteRange(start, stop)


def content_range(part: ByteRange, size: int) -> str:
    """Write the Content-Range header of an answer with one part of content of ``size`` bytes."""
    return f"bytes {part.start}-{part.stop - 1}/{size}"


def parse_content_range(header: str) -> ByteRange:
    """Read the Content-Range of a chunk that is pushed; raise Malformed ``content-range-invalid``."""
    shape = _CONTENT_RANGE.match(header.strip())
    if shape is None or int(shape[2]) < int(shape[1]):
        raise Malformed(
            "content-range-invalid",
            f"{header[:80]!r} is not the range of a chunk",
            hint="write <first byte>-<last byte>, both counted from 0",
        )
    return ByteRange(int(shape[1]), int(shape[2]) + 1)


def check_chunk(chunk: ByteRange | None, content_length: int | None, offset: int) -> None:
    """Refuse a chunk that does not begin where the upload ends, or whose length contradicts its range.

    ``offset`` is how many bytes the upload has. Without a range there is nothing to check: the body is
    appended. Raises Malformed ``content-range-invalid`` or ``size-mismatch``.
    """
    if chunk is None:
        return
    if chunk.start != offset:
        raise Malformed(
            "content-range-invalid",
            f"the next byte of this upload is {offset}, and the chunk begins with {chunk.start}",
            hint="ask for the upload's status and go on from there",
            details={"offset": offset},
        )
    if content_length is not None and content_length != chunk.length:
        raise Malformed(
            "size-mismatch",
            f"Content-Range announces {chunk.length} bytes and Content-Length {content_length}",
        )


def received_range(offset: int) -> str:
    """Write the Range header that tells how much of an upload is here.

    Nothing at all is "0-0" too: the header has no form for it, and clients go by this one.
    """
    return f"0-{max(0, offset - 1)}"

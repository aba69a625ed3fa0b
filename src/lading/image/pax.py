"""Records of a pax extended header (POSIX.1-2017, pax, "pax Extended Header"): ``length key=value\\n``."""

from typing import TypeAlias

from lading.foundation.errors import Malformed

Records: TypeAlias = dict[str, bytes]

_MAX_SIZE_DIGITS = 20  # of a number of bytes
# Go's archive/tar refuses NUL in these, so that no two readers see different names.
_TEXTS = frozenset({"path", "linkpath", "uname", "gname"})
_REPEATED = frozenset({"GNU.sparse.offset", "GNU.sparse.numbytes"})


def parse_records(content: bytes) -> Records:
    """Read all records; the last of one key counts. Raises Malformed.

    Version 0.0 of sparse files repeats its two keys; they are folded into the form of version 0.1, which is
    one list under ``GNU.sparse.map``.
    """
    records: Records = {}
    folded: list[bytes] = []
    at = 0
    while at < len(content):
        space = content.find(b" ", at, at + _MAX_SIZE_DIGITS)
        digits = content[at:space]
        if space < 0 or not digits.isdigit():
            raise _broken()
        end = at + int(digits)
        key, equals, value = content[space + 1 : end - 1].partition(b"=")
        if end > len(content) or content[end - 1 : end] != b"\n" or not equals or end <= space + 1:
            raise _broken()
        name = key.decode("utf-8", "backslashreplace")
        if name in _TEXTS and b"\0" in value:
            raise Malformed("layer-corrupt", f"the pax record {name} holds a NUL")
        if name in _REPEATED:
            folded.append(value)
        else:
            records[name] = value
        at = end
    if folded:
        records["GNU.sparse.map"] = b",".join(folded)
    return records


def parse_size(value: bytes) -> int:
    """Read a decimal number of bytes."""
    if not value.isdigit() or len(value) > _MAX_SIZE_DIGITS:
        raise Malformed("layer-corrupt", "a pax record holds a size that is not a number")
    return int(value)


def _broken() -> Malformed:
    return Malformed("layer-corrupt", "a pax header is broken")

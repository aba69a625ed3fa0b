"""Advisories as rows: what an advisory says of itself, and apart from that what it says of each package.

Matching reads what is said of a few packages out of advisories that speak of hundreds.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from lading.adapters.sql.contents_packages import name_key
from lading.advisories.advisory import Advisory, Affected, Severity

T = TypeVar("T")
_Placed = tuple[int, Affected]  # at which place the advisory says it


def advisory_row(advisory: Advisory) -> dict[str, Any]:
    """The row of an advisory; its digest is of everything, its document of all but ``affected``."""
    return {
        "feed": advisory.feed,
        "advisory_id": advisory.id,
        "document": _pack(_encode(replace(advisory, affected=()))),
        "document_digest": hashlib.sha256(_encode(advisory)).digest(),
        "withdrawn": advisory.withdrawn,
        "known_exploited": advisory.known_exploited,
        # A notice about several flaws rates none of them.
        "rating": (Severity.UNKNOWN if advisory.flaws else advisory.severity).value,
        "removed": False,
    }


def affected_rows(row: int, advisory: Advisory) -> Iterator[tuple[int, str, bytes]]:
    """One row for each package that the advisory speaks of."""
    by_key: dict[str, list[_Placed]] = {}
    for at, affected in enumerate(advisory.affected):
        by_key.setdefault(name_key(affected.package_name), []).append((at, affected))
    for key, placed in sorted(by_key.items()):
        said = [(at, _without_empty(msgspec.to_builtins(affected))) for at, affected in placed]
        yield row, key, _encode(said)


def read_advisory(packed: bytes, affected: Iterable[bytes] = ()) -> Advisory:
    """Read an advisory back, with what it says of the packages whose rows are given."""
    advisory = _read_packed(packed)
    placed = [each for said in affected for each in read_affected(said)]
    if not placed:
        return advisory
    placed.sort(key=lambda each: each[0])
    return replace(advisory, affected=tuple(each for _, each in placed))


@lru_cache(maxsize=16384)  # matching meets an advisory once for each package that it speaks of
def _read_packed(packed: bytes) -> Advisory:
    return _decode(packed if packed[:1] == b"{" else zlib.decompress(packed), Advisory)


def read_affected(said: bytes) -> list[_Placed]:
    """Read what an advisory says of one package."""
    return _decode(said, list[_Placed])


_LONG = 4096  # bytes
_REQUIRED = frozenset({"type", "namespace", "name", "distro", "scheme", "ranges"})


def _without_empty(members: dict[str, Any]) -> dict[str, Any]:
    """Leave out what reading puts back: most of it is empty."""
    kept = {name: value for name, value in members.items() if value or name in _REQUIRED}
    kept["ranges"] = [{name: value for name, value in one.items() if value} for one in members["ranges"]]
    return kept


def _pack(document: bytes) -> bytes:
    """Deflate what is long; most is short, where it would cost more time than it saves space."""
    return document if len(document) < _LONG else zlib.compress(document, 1)


def _encode(value: object) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:  # a lone surrogate, which only the other writer escapes
        return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode("ascii")


def _decode(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError:  # a lone surrogate, which msgspec refuses and json reads as it was written
        return msgspec.convert(json.loads(content), kind)

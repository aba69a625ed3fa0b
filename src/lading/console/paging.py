"""Pages of lists that are in memory, by key like those of records."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from lading.foundation.errors import Malformed
from lading.ports.records.page import Page

T = TypeVar("T")


def cut_page(
    items: Sequence[T], key: Callable[[T], tuple[str | int, ...]], *, after: str, limit: int
) -> Page[T]:
    """Give the items beyond ``after``, at most ``limit``. ``items`` are in the order of ``key``.

    Raises Malformed ``page-key-invalid``.
    """
    beyond = list(items)
    if after:
        try:
            last = _parse(after)
            beyond = [item for item in items if _same_kind(key(item), last) and key(item) > last]
        except (TypeError, ValueError, binascii.Error, RecursionError) as error:
            raise Malformed("page-key-invalid", "this is not the address of a page of the list") from error
    shown = tuple(beyond[:limit])
    return Page(shown, _format(key(shown[-1])) if len(beyond) > limit else "")


def _same_kind(key: tuple[str | int, ...], last: tuple[Any, ...]) -> bool:
    if [type(part) for part in key] != [type(part) for part in last]:
        raise TypeError("not a key of this list")
    return True


def _format(key: tuple[str | int, ...]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def _parse(text: str) -> tuple[Any, ...]:
    values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if not isinstance(values, list):
        raise TypeError("a key is a list")
    return tuple(values)

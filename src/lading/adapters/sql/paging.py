"""Pages by key: ``WHERE key > last ORDER BY key LIMIT n``, on any statement."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from lading.foundation.errors import Malformed
from lading.ports.records.page import MAX_LIMIT, Page

T = TypeVar("T")
KeyValue = str | int
LAST_CHARACTER = "\U0010ffff"


def fetch_page(
    connection: sa.Connection,
    statement: sa.Select[Any],
    key: Sequence[sa.ColumnElement[Any]],
    make: Callable[[sa.Row[Any]], T],
    *,
    after: str,
    limit: int,
    descending: bool = False,
) -> Page[T]:
    """Run ``statement`` from after the given key.

    ``key`` columns hold text or integers and are unique together. A key of one column is given out as it
    is, one of several in an opaque form.
    """
    size = max(1, min(limit, MAX_LIMIT))
    if after:
        statement = statement.where(_beyond(key, parse_key(after, key), descending))
    order = [column.desc() if descending else column.asc() for column in key]
    labels = [column.label(f"page_key_{at}") for at, column in enumerate(key)]
    rows = connection.execute(statement.add_columns(*labels).order_by(*order).limit(size + 1)).all()
    if len(rows) <= size:
        return Page(tuple(make(row) for row in rows))
    return Page(tuple(make(row) for row in rows[:size]), format_key(rows[size - 1][-len(key) :]))


def starts_with(column: sa.ColumnElement[str], prefix: str) -> sa.ColumnElement[bool]:
    """A prefix as a range, which uses the index and minds case on both databases; LIKE does neither."""
    return sa.and_(column >= prefix, column < prefix + LAST_CHARACTER)


def format_key(values: Sequence[object]) -> str:
    """Write the key of a row as a page key."""
    if len(values) == 1:
        return str(values[0])
    plain = [value if isinstance(value, int) else str(value) for value in values]  # a digest is its text
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def parse_key(text: str, key: Sequence[sa.ColumnElement[Any]]) -> tuple[KeyValue, ...]:
    """Read a page key back; raise Malformed when it was not given out for a list like this."""
    kinds = [int if isinstance(column.type, sa.Integer) else str for column in key]
    try:
        if len(key) == 1:
            return (kinds[0](text),)
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise _invalid(text) from error
    if not isinstance(values, list) or [type(value) for value in values] != kinds:
        raise _invalid(text)
    return tuple(values)


def _beyond(
    key: Sequence[sa.ColumnElement[Any]], values: Sequence[KeyValue], descending: bool
) -> sa.ColumnElement[bool]:
    if len(key) == 1:
        return key[0] < values[0] if descending else key[0] > values[0]
    columns = sa.tuple_(*key)
    place = sa.tuple_(*[sa.literal(value, column.type) for value, column in zip(values, key, strict=True)])
    return columns < place if descending else columns > place


def _invalid(text: str) -> Malformed:
    return Malformed(
        "page-key-invalid",
        f"{text[:80]!r} is not the key of a page",
        hint="pass on what the page before gave as next, unchanged",
    )

"""What every aggregate stands on."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from lading.adapters.sql.columns import escape_text

T = TypeVar("T")
# Values in one IN list. SQLite takes 32,766 variables in a statement; fewer distinct lengths cache better.
BATCH = 500


class OnConnection:
    """Statements that run in the transaction of one connection."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection


# Execution option of connections whose transactions write.
WRITING = "lading_writing"


def may_write(connection: sa.Connection) -> bool:
    """Whether this is a write block: only there can rows be held."""
    return bool(connection.get_execution_options().get(WRITING, False))


def in_batches(values: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Split what may be long into lists that fit a statement."""
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch


def one_of(connection: sa.Connection, values: Iterable[str]) -> sa.Select[tuple[str]]:
    """A list of any length as one parameter, to be used as ``column.in_(one_of(...))``."""
    listed = sa.literal(json.dumps([escape_text(value) for value in values]), sa.Text)
    if connection.dialect.name == "postgresql":
        each = sa.func.jsonb_array_elements_text(sa.cast(listed, JSONB)).table_valued("value")
    else:
        each = sa.func.json_each(listed).table_valued("value")
    return sa.select(each.c.value)


def one_of_numbers(connection: sa.Connection, values: Iterable[int]) -> sa.Select[tuple[int]]:
    """The same of whole numbers."""
    listed = sa.literal(json.dumps(list(values)), sa.Text)
    if connection.dialect.name == "postgresql":
        each = sa.func.jsonb_array_elements_text(sa.cast(listed, JSONB)).table_valued("value")
        return sa.select(sa.cast(each.c.value, sa.BigInteger))
    return sa.select(sa.func.json_each(listed).table_valued(sa.column("value", sa.Integer)).c.value)

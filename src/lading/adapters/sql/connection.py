"""What every aggregate stands on."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import sqlalchemy as sa

T = TypeVar("T")
# Values in one IN list. SQLite takes 32,766 variables in a statement; fewer distinct lengths cache better.
BATCH = 500


class OnConnection:
    """Statements that run in the transaction of one connection."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection


def in_batches(values: Iterable[T]) -> Iterator[list[T]]:
    """Split what may be long into lists that fit a statement."""
    rest = iter(values)
    while batch := list(islice(rest, BATCH)):
        yield batch

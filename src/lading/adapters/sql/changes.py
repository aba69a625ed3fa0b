"""Telling servers on other machines what a transaction changes, where the database can."""

from collections.abc import Iterable

import sqlalchemy as sa

CHANNEL = "lading_changed"


def tell_other_servers(connection: sa.Connection, repositories: Iterable[str]) -> None:
    """Notify in the transaction that changes them: it is heard when that is kept, and else never."""
    if connection.dialect.name == "postgresql":
        for repository in sorted(repositories):
            connection.execute(sa.select(sa.func.pg_notify(CHANNEL, repository)))

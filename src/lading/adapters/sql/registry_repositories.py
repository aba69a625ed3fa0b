"""Repositories in SQL."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection
from lading.adapters.sql.paging import fetch_page, starts_with
from lading.adapters.sql.tables.registry import REPOSITORY
from lading.adapters.sql.writing import insert_one
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.registry import Repository


class SqlRepositories(OnConnection):
    """The part of ``RegistryRecords`` about repositories."""

    __slots__ = ()

    def ensure_repository(self, name: str, *, at: datetime, by: str) -> Repository:
        """Return the repository, made now if there was none."""
        found = self.repository(name)
        if found is None:
            row = {"name": name, "created_at": at, "created_by": by, "owner": ""}
            insert_one(self._connection, REPOSITORY, row)
            found = self.repository(name)
            assert found is not None
        return found

    def repository(self, name: str) -> Repository | None:
        """The repository of this name."""
        row = self._connection.execute(sa.select(REPOSITORY).where(REPOSITORY.c.name == name)).first()
        return None if row is None else _repository(row)

    def repositories(
        self, *, prefix: str = "", owner: str = "", after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[Repository]:
        """Repositories by name."""
        statement = sa.select(REPOSITORY)
        if owner:
            statement = statement.where(REPOSITORY.c.owner == owner)
        if prefix:
            statement = statement.where(starts_with(REPOSITORY.c.name, prefix))
        key = (REPOSITORY.c.name,)
        return fetch_page(self._connection, statement, key, _repository, after=after, limit=limit)

    def repository_names(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[str]:
        """Names of repositories, in order."""
        wanted = sa.select(REPOSITORY.c.name)
        return fetch_page(self._connection, wanted, (REPOSITORY.c.name,), _name, after=after, limit=limit)

    def set_repository_owner(self, name: str, team: str) -> bool:
        """Name the team that answers for the repository."""
        change = REPOSITORY.update().where(REPOSITORY.c.name == name).values(owner=team)
        return self._connection.execute(change).rowcount > 0


def note_change(connection: sa.Connection, repository: str) -> None:
    """Remember, until the block ends, that caches of what this repository holds are old then."""
    changed_repositories(connection).add(repository)


def changed_repositories(connection: sa.Connection) -> set[str]:
    """The repositories that were changed in the block under way."""
    changed: set[str] = connection.info.setdefault("changed_repositories", set())
    return changed


def repository_id(name: str) -> sa.ScalarSelect[int]:
    """The row of a repository, to be used within a statement; null when there is none."""
    return sa.select(REPOSITORY.c.id).where(REPOSITORY.c.name == name).scalar_subquery()


def _name(row: sa.Row[Any]) -> str:
    return str(row[0])


def _repository(row: sa.Row[Any]) -> Repository:
    return Repository(row.name, row.created_at, row.created_by, row.owner)

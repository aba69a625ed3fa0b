"""Teams, what they own, and role bindings, in SQL."""

import secrets
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from lading.access.roles import Role
from lading.access.verbs import Verb
from lading.adapters.sql.connection import OnConnection
from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.tables.people import OWNERSHIP, ROLE, ROLE_BINDING, TEAM
from lading.adapters.sql.tables.server_state import SERVER_STATE
from lading.adapters.sql.writing import insert_one, upsert
from lading.foundation.errors import NotFound
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.people import Ownership, RoleBinding, Team

_STAMP = "rights.stamp"


def stamp_rights(connection: sa.Connection) -> None:
    """Say that rights have changed, in the transaction that changes them."""
    upsert(connection, SERVER_STATE, {"key": _STAMP, "value": secrets.token_hex(16)})


class SqlRights(OnConnection):
    """The part of ``PeopleRecords`` about who answers for what and may do what."""

    __slots__ = ()

    def save_team(self, team: Team) -> None:
        """Add the team, or put it in place of the one of that name."""
        upsert(self._connection, TEAM, asdict(team))

    def team(self, name: str) -> Team | None:
        """The team of this name."""
        row = self._connection.execute(sa.select(TEAM).where(TEAM.c.name == name)).first()
        return None if row is None else _team(row)

    def teams(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[Team]:
        """Teams by name."""
        return fetch_page(self._connection, sa.select(TEAM), (TEAM.c.name,), _team, after=after, limit=limit)

    def own(self, ownership: Ownership) -> None:
        """Give the pattern to the team, from whoever had it."""
        if self.team(ownership.team) is None:
            raise NotFound("team-unknown", f"there is no team {ownership.team}")
        upsert(self._connection, OWNERSHIP, asdict(ownership))

    def disown(self, pattern: str) -> bool:
        """Take the pattern from its owner."""
        gone = OWNERSHIP.delete().where(OWNERSHIP.c.pattern == pattern)
        return self._connection.execute(gone).rowcount > 0

    def ownerships(self) -> tuple[Ownership, ...]:
        """All of them, by pattern."""
        rows = self._connection.execute(sa.select(OWNERSHIP).order_by(OWNERSHIP.c.pattern))
        return tuple(Ownership(row.pattern, row.team) for row in rows)

    def bind(self, binding: RoleBinding) -> None:
        """Grant the role."""
        stamp_rights(self._connection)
        insert_one(self._connection, ROLE_BINDING, asdict(binding))

    def unbind(self, binding: RoleBinding) -> bool:
        """Take the role back."""
        stamp_rights(self._connection)
        same = [ROLE_BINDING.c[name] == value for name, value in asdict(binding).items()]
        return self._connection.execute(ROLE_BINDING.delete().where(*same)).rowcount > 0

    def save_role(self, role: Role) -> None:
        """Make the role, or put it in place of the one of that name."""
        stamp_rights(self._connection)
        upsert(self._connection, ROLE, {**asdict(role), "verbs": sorted(role.verbs)})

    def roles(self) -> tuple[Role, ...]:
        """All that were made, by name."""
        known = set(Verb)
        rows = self._connection.execute(sa.select(ROLE).order_by(ROLE.c.name))
        return tuple(
            Role(row.name, frozenset(Verb(verb) for verb in row.verbs if verb in known), row.description)
            for row in rows
        )

    def remove_role(self, name: str) -> bool:
        """Forget it."""
        stamp_rights(self._connection)
        return self._connection.execute(ROLE.delete().where(ROLE.c.name == name)).rowcount > 0

    def rights_stamp(self) -> str:
        """Another text whenever rights have changed."""
        kept = sa.select(SERVER_STATE.c.value).where(SERVER_STATE.c.key == _STAMP)
        return self._connection.execute(kept).scalar_one_or_none() or ""

    def bindings(self) -> tuple[RoleBinding, ...]:
        """All of them, in order."""
        rows = self._connection.execute(sa.select(ROLE_BINDING).order_by(*ROLE_BINDING.primary_key))
        return tuple(RoleBinding(row.principal, row.role, row.pattern, row.environment) for row in rows)


def _team(row: sa.Row[Any]) -> Team:
    return Team(row.name, row.contact, row.on_call)

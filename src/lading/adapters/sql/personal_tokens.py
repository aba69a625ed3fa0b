"""Personal tokens in SQL."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection
from lading.adapters.sql.tables.personal_tokens import PERSONAL_TOKEN
from lading.adapters.sql.writing import insert_one
from lading.foundation.errors import Conflict
from lading.ports.records.personal_tokens import PersonalToken


class SqlPersonalTokens(OnConnection):
    """See ``lading.ports.records.personal_tokens.PersonalTokenRecords``."""

    __slots__ = ()

    def add(self, token: PersonalToken) -> None:
        """Keep it."""
        if not insert_one(self._connection, PERSONAL_TOKEN, asdict(token)):
            raise Conflict("token-exists", f"{token.person} has a token {token.name!r} already")

    def by_digest(self, digest: str) -> PersonalToken | None:
        """The token with this digest."""
        return self._one(PERSONAL_TOKEN.c.digest == digest)

    def by_id(self, token_id: str) -> PersonalToken | None:
        """The token of this id."""
        return self._one(PERSONAL_TOKEN.c.id == token_id)

    def of_person(self, person: str) -> tuple[PersonalToken, ...]:
        """All tokens of a person, the newest first."""
        wanted = sa.select(PERSONAL_TOKEN).where(PERSONAL_TOKEN.c.person == person)
        newest = wanted.order_by(PERSONAL_TOKEN.c.created_at.desc(), PERSONAL_TOKEN.c.name)
        return tuple(_token(row) for row in self._connection.execute(newest))

    def was_used(self, token_id: str, at: datetime) -> None:
        """Remember the newest use."""
        used = PERSONAL_TOKEN.c.last_used_at
        older = sa.or_(used.is_(None), used < at)
        here = PERSONAL_TOKEN.update().where(PERSONAL_TOKEN.c.id == token_id, older)
        self._connection.execute(here.values(last_used_at=at))

    def remove(self, token_id: str) -> bool:
        """Forget it."""
        return self._delete(PERSONAL_TOKEN.c.id == token_id) > 0

    def remove_of_person(self, person: str) -> int:
        """Forget all of a person."""
        return self._delete(PERSONAL_TOKEN.c.person == person)

    def forget_expired(self, *, before: datetime) -> int:
        """Forget tokens that ended before then."""
        return self._delete(PERSONAL_TOKEN.c.expires_at < before)

    def _one(self, wanted: sa.ColumnElement[bool]) -> PersonalToken | None:
        row = self._connection.execute(sa.select(PERSONAL_TOKEN).where(wanted)).first()
        return None if row is None else _token(row)

    def _delete(self, wanted: sa.ColumnElement[bool]) -> int:
        return self._connection.execute(PERSONAL_TOKEN.delete().where(wanted)).rowcount


def _token(row: sa.Row[Any]) -> PersonalToken:
    return PersonalToken(
        id=row.id,
        digest=row.digest,
        person=row.person,
        name=row.name,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        reading_only=row.reading_only,
    )

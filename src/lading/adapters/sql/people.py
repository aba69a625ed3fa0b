"""Everything about people and machines that act, in SQL; here: sessions, failures, keys."""

import hashlib
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lading.access.principal import Principal, PrincipalKind
from lading.adapters.sql.people_accounts import SqlAccounts
from lading.adapters.sql.people_rights import SqlRights
from lading.adapters.sql.tables.people import BROWSER_SESSION, SERVER_KEY, SIGN_IN_FAILURE, USED_ONCE
from lading.adapters.sql.writing import insert_one
from lading.foundation.errors import Conflict
from lading.ports.records.people import BrowserSession, FailedSignIns, ServerKey


class SqlPeople(SqlAccounts, SqlRights):
    """See ``lading.ports.records.people.PeopleRecords``."""

    __slots__ = ()

    def open_session(self, session: BrowserSession) -> None:
        """Remember that a browser signed in."""
        row = {
            "id_digest": session.id_digest,
            "kind": session.principal.kind.value,
            "name": session.principal.name,
            "admin": session.principal.admin,
            "groups": session.principal.groups,
            "created_at": session.created_at,
            "expires_at": session.expires_at,
            "factor_due": session.factor_due,
        }
        self._connection.execute(BROWSER_SESSION.insert(), row)

    def session(self, id_digest: str, *, now: datetime) -> BrowserSession | None:
        """The session, unless it has expired."""
        wanted = sa.select(BROWSER_SESSION).where(
            BROWSER_SESSION.c.id_digest == id_digest, BROWSER_SESSION.c.expires_at > now
        )
        row = self._connection.execute(wanted).first()
        if row is None:
            return None
        principal = Principal(PrincipalKind(row.kind), row.name, row.admin, tuple(row.groups))
        return BrowserSession(row.id_digest, principal, row.created_at, row.expires_at, row.factor_due)

    def close_session(self, id_digest: str) -> bool:
        """Sign the browser out."""
        return self._close(BROWSER_SESSION.c.id_digest == id_digest) > 0

    def close_sessions_of(self, principal: Principal) -> int:
        """Sign every browser of this principal out."""
        return self._close(
            BROWSER_SESSION.c.kind == principal.kind.value, BROWSER_SESSION.c.name == principal.name
        )

    def drop_expired_sessions(self, *, now: datetime) -> int:
        """Forget sessions that have expired."""
        return self._close(BROWSER_SESSION.c.expires_at <= now)

    def count_failure(self, key: str, *, at: datetime) -> FailedSignIns:
        """Add one to the failures in a row."""
        here = SIGN_IN_FAILURE.c.key_digest == _digest(key)
        row = {"key_digest": _digest(key), "failures": 0, "first_at": at, "last_at": at}
        insert_one(self._connection, SIGN_IN_FAILURE, row)
        more = SIGN_IN_FAILURE.update().where(here)
        self._connection.execute(more.values(failures=SIGN_IN_FAILURE.c.failures + 1, last_at=at))
        counted = self.failures(key)
        assert counted is not None
        return counted

    def failures(self, key: str) -> FailedSignIns | None:
        """Failures in a row."""
        wanted = sa.select(SIGN_IN_FAILURE).where(SIGN_IN_FAILURE.c.key_digest == _digest(key))
        row = self._connection.execute(wanted).first()
        return None if row is None else FailedSignIns(key, row.failures, row.first_at, row.last_at)

    def clear_failures(self, key: str) -> None:
        """Signing in succeeded."""
        self._connection.execute(SIGN_IN_FAILURE.delete().where(SIGN_IN_FAILURE.c.key_digest == _digest(key)))

    def use_once(self, key: str, *, until: datetime, now: datetime) -> bool:
        """Remember until then that something was used."""
        self._connection.execute(USED_ONCE.delete().where(USED_ONCE.c.until <= now))
        return insert_one(self._connection, USED_ONCE, {"key_digest": _digest(key), "until": until})

    def add_server_key(self, key: ServerKey) -> None:
        """Remember a key."""
        if not insert_one(self._connection, SERVER_KEY, asdict(key)):
            raise Conflict("key-exists", f"there is a key {key.id} already")

    def retire_server_key(self, key_id: str, *, at: datetime) -> bool:
        """Stop using the key."""
        active = SERVER_KEY.update().where(SERVER_KEY.c.id == key_id, SERVER_KEY.c.retired_at.is_(None))
        return self._connection.execute(active.values(retired_at=at)).rowcount > 0

    def server_keys(self, *, purpose: str = "") -> tuple[ServerKey, ...]:
        """Keys, newest first."""
        wanted = sa.select(SERVER_KEY).order_by(SERVER_KEY.c.created_at.desc(), SERVER_KEY.c.id)
        if purpose:
            wanted = wanted.where(SERVER_KEY.c.purpose == purpose)
        return tuple(_key(row) for row in self._connection.execute(wanted))

    def _close(self, *wanted: sa.ColumnElement[bool]) -> int:
        return self._connection.execute(BROWSER_SESSION.delete().where(*wanted)).rowcount


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: sa.Row[Any]) -> ServerKey:
    return ServerKey(
        id=row.id,
        purpose=row.purpose,
        algorithm=row.algorithm,
        public_pem=row.public_pem,
        created_at=row.created_at,
        retired_at=row.retired_at,
    )

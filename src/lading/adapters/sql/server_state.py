"""Facts about the installation in SQL."""

import sqlalchemy as sa

from lading.adapters.sql.tables.server_state import SERVER_STATE
from lading.adapters.sql.writing import insert_one, upsert


class SqlServerState:
    """See ``lading.ports.records.server_state.ServerState``."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def value(self, key: str) -> str | None:
        """What is kept under ``key``."""
        found = sa.select(SERVER_STATE.c.value).where(SERVER_STATE.c.key == key)
        return self._connection.execute(found).scalar_one_or_none()

    def keep(self, key: str, value: str) -> None:
        """Keep ``value``, in place of what was there."""
        upsert(self._connection, SERVER_STATE, {"key": key, "value": value})

    def keep_first(self, key: str, value: str) -> str:
        """Keep ``value`` unless there is one."""
        insert_one(self._connection, SERVER_STATE, {"key": key, "value": value})
        kept = self.value(key)
        assert kept is not None
        return kept

"""Commands that ask to be signed in, in SQL."""

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from lading.access.device_grant import DeviceGrant, GrantState
from lading.adapters.sql.connection import OnConnection
from lading.adapters.sql.tables.device_grants import DEVICE_GRANT
from lading.adapters.sql.writing import insert_one


class SqlDeviceGrants(OnConnection):
    """See ``lading.ports.records.device_grants.DeviceGrantRecords``."""

    __slots__ = ()

    def add(self, grant: DeviceGrant) -> bool:
        """Keep it."""
        return insert_one(self._connection, DEVICE_GRANT, asdict(grant))

    def by_digest(self, digest: str) -> DeviceGrant | None:
        """The grant of this secret."""
        return self._one(DEVICE_GRANT.c.digest == digest)

    def by_code(self, user_code: str) -> DeviceGrant | None:
        """The grant of this code."""
        return self._one(DEVICE_GRANT.c.user_code == user_code)

    def change(self, grant: DeviceGrant) -> None:
        """Put it in place of the one of its digest."""
        here = DEVICE_GRANT.update().where(DEVICE_GRANT.c.digest == grant.digest)
        self._connection.execute(here.values(asdict(grant)))

    def remove(self, digest: str) -> bool:
        """Forget it."""
        return self._delete(DEVICE_GRANT.c.digest == digest) > 0

    def waiting(self, address: str) -> int:
        """How many an address has."""
        counted = sa.select(sa.func.count()).where(DEVICE_GRANT.c.address == address)
        return int(self._connection.execute(counted).scalar_one())

    def forget_expired(self, *, now: datetime) -> int:
        """Forget those that have ended."""
        return self._delete(DEVICE_GRANT.c.expires_at <= now)

    def _one(self, wanted: sa.ColumnElement[bool]) -> DeviceGrant | None:
        row = self._connection.execute(sa.select(DEVICE_GRANT).where(wanted)).first()
        if row is None:
            return None
        members = {**row._mapping, "state": GrantState(row.state)}
        return DeviceGrant(**members)

    def _delete(self, wanted: sa.ColumnElement[bool]) -> int:
        return self._connection.execute(DEVICE_GRANT.delete().where(wanted)).rowcount

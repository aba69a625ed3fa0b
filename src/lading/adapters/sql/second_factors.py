"""Second factors in SQL."""

from dataclasses import asdict

import sqlalchemy as sa

from lading.access.second_factor import SecondFactor
from lading.adapters.sql.connection import OnConnection
from lading.adapters.sql.tables.second_factors import SECOND_FACTOR
from lading.adapters.sql.writing import upsert


class SqlSecondFactors(OnConnection):
    """See ``lading.ports.records.second_factors.SecondFactorRecords``."""

    __slots__ = ()

    def of_person(self, person: str) -> SecondFactor | None:
        """The factor of a person."""
        wanted = sa.select(SECOND_FACTOR).where(SECOND_FACTOR.c.person == person)
        row = self._connection.execute(wanted).first()
        return None if row is None else SecondFactor(**{**row._mapping, "recovery": tuple(row.recovery)})

    def save(self, factor: SecondFactor) -> None:
        """Keep it."""
        upsert(self._connection, SECOND_FACTOR, asdict(factor))

    def remove(self, person: str) -> bool:
        """Forget it."""
        gone = SECOND_FACTOR.delete().where(SECOND_FACTOR.c.person == person)
        return self._connection.execute(gone).rowcount > 0

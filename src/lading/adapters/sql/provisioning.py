"""What identity providers said, in SQL."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lading.access.scim.people import ProvisionedPerson, parse_person, person_document
from lading.adapters.sql.connection import OnConnection
from lading.adapters.sql.tables.provisioning import PROVISIONED_PERSON, PROVISIONING_TOKEN
from lading.ports.records.provisioning import EndedBy, ProvisioningToken


class SqlProvisioning(OnConnection):
    """See ``lading.ports.records.provisioning.ProvisioningRecords``."""

    __slots__ = ()

    def save_token(self, token: ProvisioningToken) -> None:
        """Keep it, in place of the one that the directory had."""
        self.end_token(token.directory)
        self._connection.execute(PROVISIONING_TOKEN.insert().values(asdict(token)))

    def token_by_digest(self, digest: str) -> ProvisioningToken | None:
        """The token with this digest."""
        wanted = sa.select(PROVISIONING_TOKEN).where(PROVISIONING_TOKEN.c.digest == digest)
        row = self._connection.execute(wanted).first()
        return None if row is None else _token(row)

    def tokens(self) -> tuple[ProvisioningToken, ...]:
        """All of them, by directory."""
        wanted = sa.select(PROVISIONING_TOKEN).order_by(PROVISIONING_TOKEN.c.directory)
        return tuple(_token(row) for row in self._connection.execute(wanted))

    def token_was_used(self, directory: str, at: datetime) -> None:
        """Remember the newest use."""
        used = PROVISIONING_TOKEN.c.last_used_at
        older = sa.or_(used.is_(None), used < at)
        here = PROVISIONING_TOKEN.update().where(PROVISIONING_TOKEN.c.directory == directory, older)
        self._connection.execute(here.values(last_used_at=at))

    def end_token(self, directory: str) -> bool:
        """Forget it."""
        gone = PROVISIONING_TOKEN.delete().where(PROVISIONING_TOKEN.c.directory == directory)
        return self._connection.execute(gone).rowcount > 0

    def describe(self, directory: str, person: ProvisionedPerson, ended: EndedBy) -> None:
        """Keep what a directory says of the account ``person.user_name``."""
        self._connection.execute(
            PROVISIONED_PERSON.delete().where(PROVISIONED_PERSON.c.name == person.user_name)
        )
        values = {
            "name": person.user_name,
            "directory": directory,
            "external_id": person.external_id,
            "said": person_document(replace(person, active=None)),
            "ended": str(ended),
        }
        self._connection.execute(PROVISIONED_PERSON.insert().values(values))

    def description(self, name: str) -> tuple[ProvisionedPerson, EndedBy] | None:
        """What was said of an account."""
        wanted = sa.select(PROVISIONED_PERSON).where(PROVISIONED_PERSON.c.name == name)
        row = self._connection.execute(wanted).first()
        return None if row is None else _description(row)

    def descriptions(self, directory: str) -> dict[str, tuple[ProvisionedPerson, EndedBy]]:
        """All that a directory said, by name."""
        wanted = sa.select(PROVISIONED_PERSON).where(PROVISIONED_PERSON.c.directory == directory)
        return {row.name: _description(row) for row in self._connection.execute(wanted)}

    def named_outside(self, directory: str, external_id: str) -> tuple[str, ...]:
        """The accounts that a directory calls by this id."""
        name = PROVISIONED_PERSON.c.name
        wanted = sa.select(name).where(
            PROVISIONED_PERSON.c.directory == directory, PROVISIONED_PERSON.c.external_id == external_id
        )
        return tuple(self._connection.execute(wanted.order_by(name)).scalars())

    def decided_here(self, name: str) -> None:
        """An administrator has enabled or disabled the account."""
        here = PROVISIONED_PERSON.update().where(PROVISIONED_PERSON.c.name == name)
        self._connection.execute(here.values(ended=str(EndedBy.NOTHING)))


def _token(row: sa.Row[Any]) -> ProvisioningToken:
    return ProvisioningToken(
        row.directory, row.digest, row.created_at, row.created_by, last_used_at=row.last_used_at
    )


def _description(row: sa.Row[Any]) -> tuple[ProvisionedPerson, EndedBy]:
    return parse_person(row.said), EndedBy(row.ended)

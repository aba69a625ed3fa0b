"""What identity providers said, in SQL."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lading.access.scim.people import ProvisionedPerson, parse_person, person_document
from lading.adapters.sql.connection import OnConnection
from lading.adapters.sql.tables.provisioning import (
    PROVISIONED_GROUP,
    PROVISIONED_MEMBER,
    PROVISIONED_PERSON,
    PROVISIONING_TOKEN,
)
from lading.adapters.sql.writing import insert_new, upsert
from lading.ports.records.provisioning import EndedBy, KnownGroup, ProvisioningToken


class SqlProvisioning(OnConnection):
    """See ``lading.ports.records.provisioning.ProvisioningRecords``."""

    __slots__ = ()

    def save_token(self, token: ProvisioningToken) -> None:
        """Keep it, in place of the one that the directory had."""
        upsert(self._connection, PROVISIONING_TOKEN, asdict(token))

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
        values = {
            "name": person.user_name,
            "directory": directory,
            "external_id": person.external_id,
            "said": person_document(replace(person, active=None)),
            "ended": str(ended),
        }
        upsert(self._connection, PROVISIONED_PERSON, values)

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

    def save_group(self, group: KnownGroup, members: frozenset[str]) -> None:
        """Keep the group with just these members."""
        upsert(self._connection, PROVISIONED_GROUP, asdict(group))
        before = self.members(group.id)
        table = PROVISIONED_MEMBER
        gone = [{"gone": person} for person in sorted(before - members)]
        if gone:
            leaving = table.delete().where(
                table.c.group_id == group.id, table.c.person == sa.bindparam("gone")
            )
            self._connection.execute(leaving, gone)
        new = [{"group_id": group.id, "person": person} for person in sorted(members - before)]
        insert_new(self._connection, table, new)

    def remove_group(self, group_id: str) -> None:
        """Forget it, and who was in it."""
        members = PROVISIONED_MEMBER.delete().where(PROVISIONED_MEMBER.c.group_id == group_id)
        self._connection.execute(members)
        self._connection.execute(PROVISIONED_GROUP.delete().where(PROVISIONED_GROUP.c.id == group_id))

    def group(self, group_id: str) -> KnownGroup | None:
        """The group of this id."""
        wanted = sa.select(PROVISIONED_GROUP).where(PROVISIONED_GROUP.c.id == group_id)
        row = self._connection.execute(wanted).first()
        return None if row is None else _group(row)

    def groups(self, directory: str) -> tuple[KnownGroup, ...]:
        """All that a directory has made, by name."""
        wanted = sa.select(PROVISIONED_GROUP).where(PROVISIONED_GROUP.c.directory == directory)
        rows = self._connection.execute(wanted.order_by(PROVISIONED_GROUP.c.name))
        return tuple(_group(row) for row in rows)

    def members(self, group_id: str) -> frozenset[str]:
        """Names of the accounts in a group."""
        wanted = sa.select(PROVISIONED_MEMBER.c.person).where(PROVISIONED_MEMBER.c.group_id == group_id)
        return frozenset(self._connection.execute(wanted).scalars())

    def groups_of(self, name: str) -> tuple[str, ...]:
        """Names of the groups that an account is in, in order."""
        group, member = PROVISIONED_GROUP, PROVISIONED_MEMBER
        both = member.join(group, group.c.id == member.c.group_id)
        wanted = sa.select(group.c.name).select_from(both).where(member.c.person == name)
        return tuple(self._connection.execute(wanted.order_by(group.c.name)).scalars())

    def leave_groups(self, name: str) -> bool:
        """Take an account out of all of them."""
        leaving = PROVISIONED_MEMBER.delete().where(PROVISIONED_MEMBER.c.person == name)
        return self._connection.execute(leaving).rowcount > 0

    def has_groups(self, directory: str) -> bool:
        """Whether a directory has made any."""
        wanted = sa.select(PROVISIONED_GROUP.c.id).where(PROVISIONED_GROUP.c.directory == directory)
        return self._connection.execute(wanted.limit(1)).first() is not None


def _group(row: sa.Row[Any]) -> KnownGroup:
    return KnownGroup(row.id, row.directory, row.name, row.external_id)


def _token(row: sa.Row[Any]) -> ProvisioningToken:
    return ProvisioningToken(
        row.directory, row.digest, row.created_at, row.created_by, last_used_at=row.last_used_at
    )


def _description(row: sa.Row[Any]) -> tuple[ProvisionedPerson, EndedBy]:
    return parse_person(row.said), EndedBy(row.ended)

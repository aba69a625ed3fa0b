"""Users and robots in SQL."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection
from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.people_rights import stamp_rights
from lading.adapters.sql.tables.people import LOCAL_USER, ROBOT
from lading.adapters.sql.writing import insert_one
from lading.foundation.errors import Conflict, NotFound
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.people import RobotAccount, RobotGrant, User


class SqlAccounts(OnConnection):
    """The part of ``PeopleRecords`` about who may sign in."""

    __slots__ = ()

    def add_user(self, user: User) -> None:
        """Add a user."""
        if not insert_one(self._connection, LOCAL_USER, asdict(user)):
            raise Conflict("user-exists", f"there is a user {user.name} already")

    def change_user(self, user: User) -> None:
        """Put the user in place of the one of that name."""
        change = LOCAL_USER.update().where(LOCAL_USER.c.name == user.name).values(asdict(user))
        if not self._connection.execute(change).rowcount:
            raise NotFound("user-unknown", f"there is no user {user.name}")

    def user(self, name: str) -> User | None:
        """The user of this name."""
        row = self._connection.execute(sa.select(LOCAL_USER).where(LOCAL_USER.c.name == name)).first()
        return None if row is None else _user(row)

    def users(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[User]:
        """Users by name."""
        key = (LOCAL_USER.c.name,)
        return fetch_page(self._connection, sa.select(LOCAL_USER), key, _user, after=after, limit=limit)

    def user_of_directory(self, directory: str, directory_id: str) -> User | None:
        """The user whom a directory calls by this id."""
        same = (LOCAL_USER.c.directory == directory, LOCAL_USER.c.directory_id == directory_id)
        row = self._connection.execute(sa.select(LOCAL_USER).where(*same)).first()
        return None if row is None or not directory_id else _user(row)

    def add_robot(self, robot: RobotAccount) -> None:
        """Add a robot."""
        stamp_rights(self._connection)
        if not insert_one(self._connection, ROBOT, asdict(robot)):
            raise Conflict("robot-exists", f"there is a robot {robot.name} already")

    def change_robot(self, robot: RobotAccount) -> None:
        """Put the robot in place of the one of that name."""
        stamp_rights(self._connection)
        change = ROBOT.update().where(ROBOT.c.name == robot.name).values(asdict(robot))
        if not self._connection.execute(change).rowcount:
            raise NotFound("robot-unknown", f"there is no robot {robot.name}")

    def robot(self, name: str) -> RobotAccount | None:
        """The robot of this name."""
        row = self._connection.execute(sa.select(ROBOT).where(ROBOT.c.name == name)).first()
        return None if row is None else _robot(row)

    def robots(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[RobotAccount]:
        """Robots by name."""
        key = (ROBOT.c.name,)
        return fetch_page(self._connection, sa.select(ROBOT), key, _robot, after=after, limit=limit)

    def delete_robot(self, name: str) -> bool:
        """Remove the robot."""
        stamp_rights(self._connection)
        return self._connection.execute(ROBOT.delete().where(ROBOT.c.name == name)).rowcount > 0

    def robot_was_used(self, name: str, at: datetime) -> None:
        """Remember the newest use."""
        older = sa.or_(ROBOT.c.last_used_at.is_(None), ROBOT.c.last_used_at < at)
        self._connection.execute(ROBOT.update().where(ROBOT.c.name == name, older).values(last_used_at=at))


def _user(row: sa.Row[Any]) -> User:
    return User(
        name=row.name,
        password_hash=row.password_hash,
        created_at=row.created_at,
        admin=row.admin,
        disabled=row.disabled,
        must_change=row.must_change,
        groups=tuple(row.groups),
        person=row.person,
        directory=row.directory,
        directory_id=row.directory_id,
        directory_groups=tuple(row.directory_groups),
    )


def _robot(row: sa.Row[Any]) -> RobotAccount:
    return RobotAccount(
        name=row.name,
        secret_hash=row.secret_hash,
        grants=tuple(RobotGrant(grant["pattern"], tuple(grant["verbs"])) for grant in row.grants),
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        disabled=row.disabled,
        description=row.description,
        secret_at=row.secret_at,
        rotator=row.rotator,
    )

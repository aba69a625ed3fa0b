"""Who may sign in, what they may do, and who answers for what."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lading.access.principal import Principal
from lading.access.roles import Role
from lading.ports.records.page import DEFAULT_LIMIT, Page


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account.

    ``password_hash`` is argon2id's encoded text; empty for somebody whom a directory signs in, which
    ``directory`` names. ``directory_id`` is what that directory never gives to anybody else (the ``sub`` of
    OpenID Connect, the entryUUID of LDAP), empty until they first signed in.
    """

    name: str
    password_hash: str
    created_at: datetime
    admin: bool = False
    disabled: bool = False
    must_change: bool = False  # the password was given, not chosen
    groups: tuple[str, ...] = ()  # names that role bindings may be given to
    person: str = ""  # the account of the same human that counts as theirs; empty where this is it
    directory: str = ""
    directory_id: str = ""
    directory_groups: tuple[str, ...] = ()  # as the directory said last; ``groups`` are given here

    @property
    def all_groups(self) -> tuple[str, ...]:
        """The groups that count, each once."""
        return tuple(dict.fromkeys((*self.groups, *self.directory_groups)))


@dataclass(frozen=True, slots=True)
class RobotGrant:
    """Verbs ("pull", "push", "delete") that a robot may use on repositories that match a pattern."""

    pattern: str
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RobotAccount:
    """A machine with a secret of its own."""

    name: str
    secret_hash: str  # argon2id's encoded text
    grants: tuple[RobotGrant, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    disabled: bool = False
    description: str = ""
    secret_at: datetime | None = None  # when the secret was made; None where nobody wrote it down
    rotator: str = ""  # another robot that may give it a new secret


@dataclass(frozen=True, slots=True)
class Team:
    """Who answers: a name, how to write to them, whom to wake."""

    name: str
    contact: str = ""
    on_call: str = ""


@dataclass(frozen=True, slots=True)
class Ownership:
    """A team answers for every repository that matches the pattern."""

    pattern: str
    team: str


@dataclass(frozen=True, slots=True)
class RoleBinding:
    """``principal`` ("person:ann", "group:dev") has ``role`` on repositories that match ``pattern``.

    ``environment`` limits it to one environment; empty means every one.
    """

    principal: str
    role: str
    pattern: str
    environment: str = ""


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A browser that is signed in. ``id_digest`` is SHA-256 of its cookie: a copied table opens nothing."""

    id_digest: str
    principal: Principal
    created_at: datetime
    expires_at: datetime
    factor_due: bool = False  # the password was right, and the second factor is still owed


@dataclass(frozen=True, slots=True)
class FailedSignIns:
    """How often in a row signing in has failed for one key (a name, an address)."""

    key: str
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ServerKey:
    """A key pair of the server; the private half is elsewhere."""

    id: str
    purpose: str  # "token", "signature"
    algorithm: str  # "ES256"
    public_pem: str
    created_at: datetime
    retired_at: datetime | None = None


class PeopleRecords(Protocol):
    """Accounts, teams, rights, sessions."""

    def add_user(self, user: User) -> None:
        """Add a user; raises Conflict ``user-exists``."""
        ...

    def change_user(self, user: User) -> None:
        """Put the user in place of the one of that name; raises NotFound ``user-unknown``."""
        ...

    def user(self, name: str) -> User | None:
        """The user of this name."""
        ...

    def users(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[User]:
        """Users by name."""
        ...

    def user_of_directory(self, directory: str, directory_id: str) -> User | None:
        """The user whom a directory calls by this id, which is not empty."""
        ...

    def add_robot(self, robot: RobotAccount) -> None:
        """Add a robot; raises Conflict ``robot-exists``."""
        ...

    def change_robot(self, robot: RobotAccount) -> None:
        """Put the robot in place of the one of that name; raises NotFound ``robot-unknown``."""
        ...

    def robot(self, name: str) -> RobotAccount | None:
        """The robot of this name."""
        ...

    def robots(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[RobotAccount]:
        """Robots by name."""
        ...

    def delete_robot(self, name: str) -> bool:
        """Remove the robot; False when there was none."""
        ...

    def robot_was_used(self, name: str, at: datetime) -> None:
        """Remember the newest use."""
        ...

    def save_team(self, team: Team) -> None:
        """Add the team, or put it in place of the one of that name."""
        ...

    def team(self, name: str) -> Team | None:
        """The team of this name."""
        ...

    def teams(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[Team]:
        """Teams by name."""
        ...

    def own(self, ownership: Ownership) -> None:
        """Give the pattern to the team, from whoever had it; raises NotFound ``team-unknown``."""
        ...

    def disown(self, pattern: str) -> bool:
        """Take the pattern from its owner; False when it had none."""
        ...

    def ownerships(self) -> tuple[Ownership, ...]:
        """All of them, by pattern: evaluation needs all, and they are few."""
        ...

    def bind(self, binding: RoleBinding) -> None:
        """Grant the role. Granting again changes nothing."""
        ...

    def unbind(self, binding: RoleBinding) -> bool:
        """Take the role back; False when it was not granted."""
        ...

    def save_role(self, role: Role) -> None:
        """Make the role, or put it in place of the one of that name."""
        ...

    def roles(self) -> tuple[Role, ...]:
        """All that were made, by name. A verb that this version does not know is left out of them."""
        ...

    def remove_role(self, name: str) -> bool:
        """Forget it; False when there was none."""
        ...

    def bindings(self) -> tuple[RoleBinding, ...]:
        """All of them, in order: evaluation needs all, and they are few."""
        ...

    def rights_stamp(self) -> str:
        """Another text whenever a binding, a role or a robot has changed; empty where none ever has."""
        ...

    def open_session(self, session: BrowserSession) -> None:
        """Remember that a browser signed in."""
        ...

    def session(self, id_digest: str, *, now: datetime) -> BrowserSession | None:
        """The session, unless it has expired."""
        ...

    def close_session(self, id_digest: str) -> bool:
        """Sign the browser out; False when it was not signed in."""
        ...

    def close_sessions_of(self, principal: Principal) -> int:
        """Sign every browser of this principal out; return how many."""
        ...

    def drop_expired_sessions(self, *, now: datetime) -> int:
        """Forget sessions that have expired; return how many."""
        ...

    def count_failure(self, key: str, *, at: datetime) -> FailedSignIns:
        """Add one to the failures in a row."""
        ...

    def failures(self, key: str) -> FailedSignIns | None:
        """Failures in a row, None when the last attempt succeeded."""
        ...

    def clear_failures(self, key: str) -> None:
        """Signing in succeeded."""
        ...

    def use_once(self, key: str, *, until: datetime, now: datetime) -> bool:
        """Remember until then that something was used; False when it was used before."""
        ...

    def add_server_key(self, key: ServerKey) -> None:
        """Remember a key; raises Conflict ``key-exists``."""
        ...

    def retire_server_key(self, key_id: str, *, at: datetime) -> bool:
        """Stop using the key; False when it is unknown or already retired."""
        ...

    def server_keys(self, *, purpose: str = "") -> tuple[ServerKey, ...]:
        """Keys, newest first, retired ones too: what they signed is still to be verified."""
        ...

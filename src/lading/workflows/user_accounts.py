"""Local users: make, change, disable; passwords.

1. Only who may administer the installation changes others' accounts.
2. Each change is one transaction with its audit entry. Passwords are never in it.
3. A new password or a disabled account ends every session of that person in the same transaction; a disabled
   account loses its personal tokens too, and registry tokens end when they are next verified.
4. The last administrator who can sign in stays one.
5. A further account of a human names their first one: the two count as one where two people have to agree.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from lading.access.account_rules import check_account_name, check_new_password
from lading.access.principal import Principal, PrincipalKind
from lading.access.verbs import Verb
from lading.foundation.errors import Conflict, NotFound
from lading.ports.records.people import PeopleRecords, User
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller
from lading.workflows.administrators import is_last_administrator, iter_users
from lading.workflows.leavers import disable_account
from lading.workflows.rights import require_on_installation
from lading.workflows.sign_in import AccountPorts, SignInAttempt, SignInRefusal, sign_in


@dataclass(frozen=True, slots=True)
class NewUser:
    """Who a user is to be; the password is given to them, and has to be changed at the first sign-in."""

    name: str
    password: str
    admin: bool = False
    groups: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Never the password."""
        return f"NewUser(name={self.name!r}, admin={self.admin!r}, groups={self.groups!r})"


@dataclass(frozen=True, slots=True)
class UserChange:
    """What to change; None leaves it as it is."""

    admin: bool | None = None
    disabled: bool | None = None
    groups: tuple[str, ...] | None = None
    person: str | None = None  # name of the same human's first account; empty for none


def create_user(ports: AccountPorts, caller: Caller, new: NewUser, now: datetime) -> User:
    """Make a user. Raises Malformed for a poor name or password, and Conflict ``user-exists``."""
    require_on_installation(caller, Verb.ADMINISTER)
    check_account_name(new.name)
    check_new_password(new.password, new.name)
    encoded = ports.passwords.encode(new.password)
    user = User(new.name, encoded, now, admin=new.admin, must_change=True, groups=new.groups)
    with ports.records.write() as kept:
        kept.people.add_user(user)
        details = {"admin": new.admin, "groups": list(new.groups)}
        kept.audit.append(caller.did("person.create", f"person:{new.name}", now, **details))
    return user


def change_user(records: Records, caller: Caller, name: str, change: UserChange, now: datetime) -> User:
    """Change what a user is. Raises NotFound ``user-unknown``, or Conflict ``last-administrator``."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        before = _user(kept.people, name)
        after = replace(
            before,
            admin=before.admin if change.admin is None else change.admin,
            disabled=before.disabled if change.disabled is None else change.disabled,
            groups=before.groups if change.groups is None else change.groups,
            person=before.person if change.person is None else change.person,
        )
        if change.person:
            _check_same_human(kept.people, name, change.person)
        if before.admin and not before.disabled and not (after.admin and not after.disabled):
            _require_another_administrator(kept.people, name)
        kept.people.change_user(after)
        if change.disabled is not None:
            kept.provisioning.decided_here(name)
        if after.disabled:
            disable_account(kept, after)
        details: dict[str, object] = {
            "admin": after.admin,
            "disabled": after.disabled,
            "groups": list(after.groups),
            "person": after.person,
        }
        kept.audit.append(caller.did("person.change", f"person:{name}", now, **details))
    return after


def reset_password(ports: AccountPorts, caller: Caller, name: str, new_password: str, now: datetime) -> None:
    """Give a user a new password, which they have to change at the next sign-in."""
    require_on_installation(caller, Verb.ADMINISTER)
    check_new_password(new_password, name)
    encoded = ports.passwords.encode(new_password)
    with ports.records.write() as kept:
        _store_password(kept.people, name, encoded, must_change=True)
        kept.audit.append(caller.did("password.reset", f"person:{name}", now))


def change_own_password(
    ports: AccountPorts, caller: Caller, attempt: SignInAttempt, new_password: str, now: datetime
) -> None:
    """Let a user choose a new password; ``attempt`` carries the old one, and counts as a sign-in.

    Ends all of their sessions, this one too. Raises as signing in does, and Malformed for a poor password.
    """
    check_new_password(new_password, attempt.name)
    outcome = sign_in(ports, attempt, now)
    if isinstance(outcome, SignInRefusal):
        raise outcome.to_error(now)
    principal = outcome.principal  # whose session has shown the second factor
    if principal.kind is not PrincipalKind.PERSON or principal.name != caller.principal.name:
        raise Conflict("not-own-password", "only one's own password can be changed like this")
    encoded = ports.passwords.encode(new_password)
    with ports.records.write() as kept:
        _store_password(kept.people, principal.name, encoded, must_change=False)
        kept.audit.append(caller.did("password.change", f"person:{principal.name}", now))


def _store_password(kept: PeopleRecords, name: str, encoded: str, *, must_change: bool) -> None:
    user = _user(kept, name)
    if user.directory:
        raise Conflict(
            "password-elsewhere",
            f"{name} signs in by {user.directory}, and has no password here",
            hint=f"passwords are changed at {user.directory}",
        )
    kept.change_user(replace(user, password_hash=encoded, must_change=must_change))
    kept.close_sessions_of(Principal(PrincipalKind.PERSON, name))


def _user(kept: PeopleRecords, name: str) -> User:
    user = kept.user(name)
    if user is None:
        raise NotFound("user-unknown", f"there is no user {name}")
    return user


def _check_same_human(kept: PeopleRecords, name: str, person: str) -> None:
    """Raise NotFound or Conflict unless ``person`` is a first account, and ``name`` nobody's."""
    first = _user(kept, person)
    if person == name or first.person or any(user.person == name for user in iter_users(kept)):
        raise Conflict(
            "person-chained",
            f"{name} cannot be a further account of {person}",
            hint="name the first account of the human, which is nobody's further one, for each other one",
        )


def _require_another_administrator(kept: PeopleRecords, name: str) -> None:
    if is_last_administrator(kept, name):
        raise Conflict(
            "last-administrator",
            f"{name} is the last administrator who can sign in",
            hint="make somebody else an administrator first",
        )

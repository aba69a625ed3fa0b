"""Accounts of people whom a directory signs in.

1. Somebody is known by what their directory never gives to anybody else, not by their name: a name that is
   given again, there or in another directory, opens no account that it does not belong to.
2. An account that was made ahead (by provisioning) for this directory and name is taken up at the first
   sign-in. A name that belongs to a local account, or to another directory, is refused: an administrator has
   to say that they are the same human.
3. A disabled account stays disabled, whatever the directory says.
4. What the directory says of groups replaces what it said before; groups that were given here stay. Where it
   provisions groups (``provision_groups``), those count, and what it says at a sign-in does not.
5. The last administrator who can sign in stays one, also when a directory thinks otherwise.
"""

from dataclasses import replace
from datetime import datetime

from lading.access.directory import DirectoryPerson
from lading.access.principal import Principal, PrincipalKind
from lading.audit.entry import Event
from lading.foundation.instants import rfc3339
from lading.ports.records.people import PeopleRecords, User
from lading.ports.records.record_set import RecordSet
from lading.workflows.administrators import is_last_administrator


def take_up_account(
    kept: RecordSet, person: DirectoryPerson, now: datetime, *, newcomers: bool
) -> User | str:
    """Give the account of somebody who has just proven who they are, or say why there is none."""
    found = find_account(kept.people, person)
    if isinstance(found, str):
        return found
    if found is None:
        if not newcomers:
            return "there is no account for them, and the directory's newcomers get none"
        made = User(
            name=person.name,
            password_hash="",
            created_at=now,
            admin=person.administrator is True,
            directory=person.directory,
            directory_id=person.id,
            directory_groups=() if kept.provisioning.has_groups(person.directory) else person.groups,
        )
        kept.people.add_user(made)
        _note(kept, made, "person.create", now)
        return made
    if found.disabled:  # rule 3
        return "their account is disabled"
    return renew_account(kept, found, person, now)


def find_account(kept: PeopleRecords, person: DirectoryPerson) -> User | str | None:
    """The account of a directory's person, None where there is none, or why it cannot be theirs."""
    known = kept.user_of_directory(person.directory, person.id)  # rule 1
    if known is not None:
        return known
    named = kept.user(person.name)
    if named is None or (named.directory == person.directory and not named.directory_id):  # rule 2
        return named
    return f"the name {person.name} belongs to another account"


def renew_account(kept: RecordSet, user: User, person: DirectoryPerson, now: datetime) -> User:
    """Bring an account up to what its directory says (rules 4 and 5)."""
    admin = user.admin if person.administrator is None else person.administrator
    if user.admin and not admin and is_last_administrator(kept.people, user.name):  # rule 5
        admin = True
    groups = person.groups
    if kept.provisioning.has_groups(person.directory):  # rule 4
        groups = user.directory_groups if kept.provisioning.groups_of(user.name) else ()
    renewed = replace(user, admin=admin, directory_id=person.id, directory_groups=groups)
    if renewed != user:
        kept.people.change_user(renewed)
        _note(kept, renewed, "person.change", now)
    return renewed


def principal_of(user: User) -> Principal:
    """The person, with the rights of this moment."""
    return Principal(PrincipalKind.PERSON, user.name, user.admin, user.all_groups)


def _note(kept: RecordSet, user: User, action: str, now: datetime) -> None:
    details: dict[str, object] = {"admin": user.admin, "groups": list(user.directory_groups)}
    actor = f"directory:{user.directory}"
    kept.audit.append(Event(rfc3339(now), actor, action, f"person:{user.name}", "done", details))

"""Looking through directories for who has left, and whose groups have changed.

1. Each account of a directory is asked for by what the directory calls it. Who is not there any more, or is
   disabled there, is disabled here (``leavers``); groups and administrators follow the directory.
2. A directory that could not be asked says nothing about anybody: the look ends, nobody is changed by it.
3. A directory that misses many at once has more likely been moved than left: where more than MANY and more
   than a third of its people would go, nobody does, and the problem is told.
4. The last administrator who can sign in stays.
5. Who was disabled stays so until an administrator enables them: an account that comes back may be another's.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from lading.access.directory import DirectoryPerson
from lading.access.principal import SYSTEM
from lading.audit.entry import Event
from lading.foundation.errors import Upstream
from lading.foundation.instants import rfc3339
from lading.ports.password_directory import LookUp, PasswordDirectory
from lading.ports.records.people import User
from lading.ports.records.record_set import Records, RecordSet
from lading.workflows.administrators import is_last_administrator, iter_users
from lading.workflows.directory_accounts import renew_account
from lading.workflows.leavers import disable_account

MANY = 5
_KEY = "directory-look"


@dataclass(frozen=True, slots=True)
class DirectoryLook:
    """One look through one directory. ``problem`` is empty where all went well."""

    directory: str
    at: str
    asked: int = 0
    gone: int = 0
    changed: int = 0
    problem: str = ""


def look_through(records: Records, directories: Sequence[PasswordDirectory], now: datetime) -> None:
    """Look through all of them, by the numbered rules, and remember how it went."""
    for directory in directories:
        look = _look_through(records, directory, now)
        with records.write() as kept:
            kept.state.keep(f"{_KEY}.{directory.name}", json.dumps(asdict(look)))


def last_look(kept: RecordSet, directory: str) -> DirectoryLook | None:
    """How the last look through a directory went; None where there was none."""
    known = kept.state.value(f"{_KEY}.{directory}")
    return DirectoryLook(**json.loads(known)) if known else None


def _look_through(records: Records, directory: PasswordDirectory, now: datetime) -> DirectoryLook:
    with records.read() as kept:
        accounts = list(_accounts(kept, directory.name))
    answers: list[tuple[User, LookUp]] = []
    try:
        for account in accounts:
            answers.append((account, directory.look_up(account.directory_id)))
    except Upstream as error:  # rule 2
        return DirectoryLook(directory.name, rfc3339(now), asked=len(answers), problem=error.message)
    leavers = [account for account, answer in answers if not isinstance(answer, DirectoryPerson)]
    if len(leavers) > MANY and len(leavers) * 3 > len(accounts):  # rule 3
        problem = f"{len(leavers)} of {len(accounts)} people are not there: is it still the same directory?"
        return DirectoryLook(directory.name, rfc3339(now), asked=len(answers), problem=problem)
    stay = [account.name for account in leavers if not _end(records, account, now)]
    people = [answer for _, answer in answers if isinstance(answer, DirectoryPerson)]
    changed = sum(_renew(records, person, now) for person in people)
    problem = f"{', '.join(stay)} is not there any more, and stays as the last administrator" if stay else ""
    return DirectoryLook(
        directory.name, rfc3339(now), len(answers), len(leavers) - len(stay), changed, problem
    )


def _accounts(kept: RecordSet, directory: str) -> Iterator[User]:
    return (
        user
        for user in iter_users(kept.people)
        if user.directory == directory and user.directory_id and not user.disabled
    )


def _end(records: Records, account: User, now: datetime) -> bool:
    """Rule 1; False where rule 4 keeps the account."""
    with records.write() as kept:
        user = kept.people.user(account.name)
        if user is None or user.directory_id != account.directory_id or user.disabled:
            return True  # somebody else was quicker
        if user.admin and is_last_administrator(kept.people, user.name):
            return False
        disable_account(kept, user)
        details = {"directory": user.directory, "reason": "not in the directory any more"}
        actor, subject = str(SYSTEM), f"person:{user.name}"
        kept.audit.append(Event(rfc3339(now), actor, "person.disable", subject, "done", details))
    return True


def _renew(records: Records, person: DirectoryPerson, now: datetime) -> bool:
    with records.write() as kept:
        user = kept.people.user_of_directory(person.directory, person.id)
        return user is not None and not user.disabled and renew_account(kept, user, person, now) != user

"""Accounts that an identity provider makes, changes and ends.

1. A directory reaches the accounts that it signs in, and no others: not those of this installation, not those
   of another directory. For it there are no others, but a name that is taken is told to be taken.
2. A name stays: audit entries, bindings and signatures speak of it. Another human never comes by it.
3. Who becomes inactive or is deleted loses sessions and tokens in the same transaction. The last
   administrator who can sign in stays.
4. A directory may make active again whom it made inactive; never whom an administrator here has disabled, and
   not whom it deleted: an account that comes back may be another's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lading.access.scim.faults import fault
from lading.access.scim.filters import Term, all_hold, wanted_text
from lading.access.scim.people import ProvisionedPerson
from lading.foundation.errors import Conflict, Forbidden, NotFound
from lading.ports.records.people import User
from lading.ports.records.provisioning import EndedBy
from lading.ports.records.record_set import Records, RecordSet
from lading.workflows.administrators import is_last_administrator, iter_users
from lading.workflows.leavers import disable_account
from lading.workflows.provisioning_tokens import Provisioner

FILTERED = frozenset({"id", "username", "externalid", "active"})


@dataclass(frozen=True, slots=True)
class PersonHere:
    """An account as its directory sees it."""

    user: User
    said: ProvisionedPerson  # ``active`` is that of the account
    ended: EndedBy = EndedBy.NOTHING


def person_here(kept: RecordSet, directory: str, name: str) -> PersonHere:
    """The account of this name. Raises NotFound for all that the directory may not know of (rule 1)."""
    user = kept.people.user(name)
    if user is None or user.directory != directory:
        raise _unknown(name)
    said, ended = kept.provisioning.description(name) or (ProvisionedPerson(name), EndedBy.NOTHING)
    if user.disabled and ended is EndedBy.DELETED:
        raise _unknown(name)
    return _seen(user, said, ended)


def list_people(records: Records, by: Provisioner, terms: Sequence[Term]) -> tuple[PersonHere, ...]:
    """The accounts that a filter asks for, by name."""
    with records.read() as kept:
        people = _candidates(kept, by.directory, terms)
    return tuple(each for each in people if all_hold(terms, _filtered(each)))


def create_person(records: Records, by: Provisioner, wanted: ProvisionedPerson, now: datetime) -> PersonHere:
    """Make an account, which the person takes up at their first sign-in by the directory.

    Raises Conflict where the name, or what the directory calls them, is somebody's.
    """
    with records.write() as kept:
        if kept.people.user(wanted.user_name) is not None:
            raise _taken(f"there is an account {wanted.user_name}")
        _require_free(kept, by, wanted)
        user = User(wanted.user_name, "", now, directory=by.directory, disabled=wanted.active is False)
        kept.people.add_user(user)
        ended = EndedBy.INACTIVE if user.disabled else EndedBy.NOTHING
        kept.provisioning.describe(by.directory, wanted, ended)
        subject = f"person:{user.name}"
        kept.audit.append(by.did("person.create", subject, now, active=not user.disabled))
        return _seen(user, wanted, ended)


def change_person(
    records: Records,
    by: Provisioner,
    name: str,
    change: Callable[[ProvisionedPerson], ProvisionedPerson],
    now: datetime,
) -> PersonHere:
    """Change what is said of an account, and whether it is active, by the numbered rules."""
    with records.write() as kept:
        before = person_here(kept, by.directory, name)
        wanted = change(before.said)
        if wanted.user_name != name:  # rule 2
            hint = "make an account of the new name, and tell that both are one human: lading users same"
            raise fault("mutability", "the name of an account stays as it is", hint=hint)
        if wanted.external_id != before.said.external_id:
            _require_free(kept, by, wanted)
        active = before.said.active if wanted.active is None else wanted.active
        after = replace(before, said=replace(wanted, active=active))
        if active is not before.said.active:
            after = _make_active(kept, after) if active else _end(kept, after, EndedBy.INACTIVE)
        if after != before:
            kept.provisioning.describe(by.directory, after.said, after.ended)
            kept.audit.append(by.did("person.change", f"person:{name}", now, active=active))
        return after


def remove_person(records: Records, by: Provisioner, name: str, now: datetime) -> None:
    """End an account for good: for its directory it is gone, here it stays, disabled."""
    with records.write() as kept:
        before = person_here(kept, by.directory, name)
        after = _end(kept, before, EndedBy.DELETED)
        if kept.provisioning.leave_groups(name):
            kept.people.change_user(replace(after.user, directory_groups=()))
        kept.provisioning.describe(by.directory, after.said, after.ended)
        kept.audit.append(by.did("person.disable", f"person:{name}", now, reason="deleted in the directory"))


def _candidates(kept: RecordSet, directory: str, terms: Sequence[Term]) -> list[PersonHere]:
    """Those among whom to look: one or a few where a name is asked for, so that asking is cheap."""
    name = wanted_text(terms, "id") or (wanted_text(terms, "username") or "").casefold()
    outside = wanted_text(terms, "externalid")
    names = (name,) if name else kept.provisioning.named_outside(directory, outside) if outside else None
    if names is not None:
        users = [user for each in names if (user := kept.people.user(each)) and user.directory == directory]
        said = {each: known for each in names if (known := kept.provisioning.description(each))}
    else:
        users = [user for user in iter_users(kept.people) if user.directory == directory]
        said = kept.provisioning.descriptions(directory)
    people = (
        _seen(user, *said.get(user.name, (ProvisionedPerson(user.name), EndedBy.NOTHING))) for user in users
    )
    return [each for each in people if not (each.user.disabled and each.ended is EndedBy.DELETED)]


def _seen(user: User, said: ProvisionedPerson, ended: EndedBy) -> PersonHere:
    return PersonHere(user, replace(said, active=not user.disabled), ended)


def _filtered(person: PersonHere) -> dict[str, object]:
    said = person.said
    return {
        "id": said.user_name,
        "username": said.user_name,
        "externalid": said.external_id,
        "active": said.active,
    }


def _require_free(kept: RecordSet, by: Provisioner, wanted: ProvisionedPerson) -> None:
    if not wanted.external_id:
        return
    others = set(kept.provisioning.named_outside(by.directory, wanted.external_id)) - {wanted.user_name}
    if others:
        raise _taken("there is another account with this externalId")


def _make_active(kept: RecordSet, person: PersonHere) -> PersonHere:
    if person.ended is not EndedBy.INACTIVE:  # rule 4
        raise Forbidden(
            "disabled-here",
            f"an administrator of Lading has disabled {person.user.name}",
            hint="only they enable the account again: lading users enable",
        )
    user = replace(person.user, disabled=False)
    kept.people.change_user(user)
    return replace(person, user=user, ended=EndedBy.NOTHING)


def _end(kept: RecordSet, person: PersonHere, ended: EndedBy) -> PersonHere:
    """Rule 3."""
    user = person.user
    if user.admin and not user.disabled and is_last_administrator(kept.people, user.name):
        raise Conflict(
            "last-administrator",
            f"{user.name} is the last administrator who can sign in",
            hint="make somebody else an administrator first",
        )
    return replace(person, user=disable_account(kept, user), ended=ended)


def _taken(message: str) -> Conflict:
    hint = "an account that was deleted is enabled again by an administrator: lading users enable"
    return Conflict("scim-taken", message, hint=hint, details={"scimType": "uniqueness"})


def _unknown(name: str) -> NotFound:
    return NotFound("person-unknown", f"there is no user {name[:80]!r}")

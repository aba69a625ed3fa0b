"""The first administrator, made at the first start of an installation without users."""

from datetime import datetime

from lading.access.principal import SYSTEM
from lading.audit.entry import Event
from lading.foundation.instants import rfc3339
from lading.ports.records.people import User
from lading.workflows.sign_in import AccountPorts

FIRST_ADMIN = "admin"


def make_first_admin(ports: AccountPorts, password: str, now: datetime) -> bool:
    """Make the user ``admin`` with a fresh random password, unless there are users; return whether it did.

    The caller shows the password once and forgets it; it has to be changed at the first sign-in.
    """
    with ports.records.read() as kept:
        if kept.people.users(limit=1).items:
            return False
    encoded = ports.passwords.encode(password)
    with ports.records.write() as kept:
        if kept.people.users(limit=1).items:  # another process that started at the same time
            return False
        kept.people.add_user(User(FIRST_ADMIN, encoded, now, admin=True, must_change=True))
        event = Event(
            rfc3339(now), str(SYSTEM), "person.create", f"person:{FIRST_ADMIN}", "done", {"admin": True}
        )
        kept.audit.append(event)
    return True

"""Ending what somebody can do.

1. Disabling an account ends its browser sessions and personal tokens in the same transaction; tokens are
   removed, so that enabling the account again brings none of them back.
2. What lives on elsewhere is looked up again: a registry token with each server within a minute, at most.
"""

from dataclasses import replace

from lading.access.principal import Principal, PrincipalKind
from lading.ports.records.people import User
from lading.ports.records.record_set import RecordSet


def disable_account(kept: RecordSet, user: User) -> User:
    """Disable an account and end everything it has. The caller writes the audit entry."""
    disabled = replace(user, disabled=True)
    kept.people.change_user(disabled)
    kept.people.close_sessions_of(Principal(PrincipalKind.PERSON, user.name))
    kept.personal_tokens.remove_of_person(user.name)
    return disabled

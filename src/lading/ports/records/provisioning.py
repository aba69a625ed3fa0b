"""What identity providers said of people by SCIM, and the tokens that they say it with."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from lading.access.scim.people import ProvisionedPerson


@dataclass(frozen=True, slots=True)
class ProvisioningToken:
    """The token of a directory. ``digest`` is SHA-256 of it: a copied table opens nothing."""

    directory: str
    digest: str
    created_at: datetime
    created_by: str
    last_used_at: datetime | None = None  # to the minute


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """A group that a directory has made here."""

    id: str
    directory: str
    name: str
    external_id: str = ""


class EndedBy(StrEnum):
    """What of the provider's doing has disabled an account; NOTHING where an administrator did."""

    NOTHING = ""
    INACTIVE = "inactive"
    DELETED = "deleted"


class ProvisioningRecords(Protocol):
    """Tokens by directory, descriptions by name of the account."""

    def save_token(self, token: ProvisioningToken) -> None:
        """Keep it, in place of the one that the directory had."""
        ...

    def token_by_digest(self, digest: str) -> ProvisioningToken | None:
        """The token with this digest."""
        ...

    def tokens(self) -> tuple[ProvisioningToken, ...]:
        """All of them, by directory."""
        ...

    def token_was_used(self, directory: str, at: datetime) -> None:
        """Remember the newest use."""
        ...

    def end_token(self, directory: str) -> bool:
        """Forget it, which ends it; False where there was none."""
        ...

    def describe(self, directory: str, person: ProvisionedPerson, ended: EndedBy) -> None:
        """Keep what a directory says of the account ``person.user_name``, in place of what it said before.

        ``active`` is not kept: the account knows.
        """
        ...

    def description(self, name: str) -> tuple[ProvisionedPerson, EndedBy] | None:
        """What was said of an account."""
        ...

    def descriptions(self, directory: str) -> dict[str, tuple[ProvisionedPerson, EndedBy]]:
        """All that a directory said, by name."""
        ...

    def named_outside(self, directory: str, external_id: str) -> tuple[str, ...]:
        """The accounts that a directory calls by this id, which is not empty."""
        ...

    def decided_here(self, name: str) -> None:
        """An administrator has enabled or disabled the account: a provider may not undo it."""
        ...

    def save_group(self, group: KnownGroup, members: frozenset[str]) -> None:
        """Keep the group with just these members, in place of the one of that id."""
        ...

    def remove_group(self, group_id: str) -> None:
        """Forget it, and who was in it."""
        ...

    def group(self, group_id: str) -> KnownGroup | None:
        """The group of this id."""
        ...

    def groups(self, directory: str) -> tuple[KnownGroup, ...]:
        """All that a directory has made, by name."""
        ...

    def members(self, group_id: str) -> frozenset[str]:
        """Names of the accounts in a group."""
        ...

    def groups_of(self, name: str) -> tuple[str, ...]:
        """Names of the groups that an account is in, in order."""
        ...

    def leave_groups(self, name: str) -> bool:
        """Take an account out of all of them; False where it was in none."""
        ...

    def has_groups(self, directory: str) -> bool:
        """Whether a directory has made any."""
        ...

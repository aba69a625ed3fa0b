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

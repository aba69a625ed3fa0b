"""Tokens that people make for themselves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PersonalToken:
    """A token of a person. ``digest`` is SHA-256 of it: a copied table opens nothing."""

    id: str  # to speak of it
    digest: str
    person: str  # name of a local user
    name: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None  # to the minute
    reading_only: bool = False


class PersonalTokenRecords(Protocol):
    """Personal tokens by digest, by id and by person."""

    def add(self, token: PersonalToken) -> None:
        """Keep it; raises Conflict ``token-exists`` where the person has one of that name."""
        ...

    def by_digest(self, digest: str) -> PersonalToken | None:
        """The token with this digest, also one that has expired."""
        ...

    def by_id(self, token_id: str) -> PersonalToken | None:
        """The token of this id."""
        ...

    def of_person(self, person: str) -> tuple[PersonalToken, ...]:
        """All tokens of a person, the newest first: they are few."""
        ...

    def was_used(self, token_id: str, at: datetime) -> None:
        """Remember the newest use."""
        ...

    def remove(self, token_id: str) -> bool:
        """Forget it, which ends it; False where there was none."""
        ...

    def remove_of_person(self, person: str) -> int:
        """Forget all of a person; return how many."""
        ...

    def forget_expired(self, *, before: datetime) -> int:
        """Forget tokens that ended before then; return how many."""
        ...

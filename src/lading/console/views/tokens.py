"""A person's tokens."""

from dataclasses import dataclass
from datetime import datetime

from lading.console.formats.instants import Instant, instant
from lading.console.views.badges import Badge, Tone
from lading.console.views.notices import Notice
from lading.ports.records.personal_tokens import PersonalToken


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One token. ``used`` is None where it never was; ``badge`` is None while it counts."""

    id: str
    name: str
    made: Instant
    used: Instant | None
    ends: Instant
    badge: Badge | None


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A token that was made just now: the only page that shows it."""

    name: str
    token: str
    person: str
    registry: str

    def __repr__(self) -> str:
        """Never the token."""
        return f"MadeToken(name={self.name!r})"


@dataclass(frozen=True, slots=True)
class TokensView:
    """The whole page."""

    rows: tuple[TokenRow, ...]
    most_days: int
    name: str = ""  # as it was typed
    problem: str = ""
    hint: str = ""
    made: MadeToken | None = None
    notice: Notice | None = None


def token_row(token: PersonalToken, now: datetime) -> TokenRow:
    """Make a row."""
    return TokenRow(
        id=token.id,
        name=token.name,
        made=instant(token.created_at, now),
        used=instant(token.last_used_at, now) if token.last_used_at else None,
        ends=instant(token.expires_at, now),
        badge=Badge(Tone.QUIET, "Ended") if token.expires_at <= now else None,
    )

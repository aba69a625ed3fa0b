"""Signing in a command by a browser on any machine, after the device grant of OAuth 2 (RFC 8628).

1. The command gets two codes: a long secret that it keeps and asks with, and a short one for a person to
   type.
2. The person signs in to the console in whatever way they do, types the short code, sees what asks, from
   where, and says yes or no. Nothing is granted by a link alone (RFC 8628, 5.4).
3. The short code has eight letters of an alphabet without vowels and look-alikes: some 10^10 of them, good
   for LIFETIME. Wrong ones are counted by who types them (5.1).
4. The command asks every INTERVAL; who asks more often has to wait longer (3.5). What was granted is given
   out once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lading.access.lockout import FailureLimit
from lading.foundation.errors import Malformed

LIFETIME = timedelta(minutes=10)
INTERVAL = timedelta(seconds=5)
MOST_WAITING = 20  # of one address, at the same time
MAX_ASKING = 80  # characters that say what asks
WRONG_CODES = FailureLimit(free=5, first_wait=timedelta(seconds=10))
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # RFC 8628, 6.1
_LENGTH = 8


class GrantState(StrEnum):
    """Where it stands."""

    WAITING = "waiting"
    GRANTED = "granted"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class DeviceGrant:
    """A command that asks to be signed in. ``digest`` is SHA-256 of its secret."""

    digest: str
    user_code: str
    asking: str  # what says that it asks: nothing proves it
    address: str
    created_at: datetime
    expires_at: datetime
    state: GrantState = GrantState.WAITING
    person: str = ""  # who granted it
    asked_at: datetime | None = None  # when the command asked last


def user_code(random_bytes: bytes) -> str:
    """A short code of at least 16 random bytes, which leave no letter noticeably likelier than others."""
    number = int.from_bytes(random_bytes)
    letters = []
    for _ in range(_LENGTH):
        number, letter = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[letter])
    return "".join(letters)


def parse_user_code(text: str) -> str:
    """Read what a person typed: case, spaces and dashes do not matter. Raises Malformed."""
    code = "".join(character for character in text.upper() if character not in " -\t")
    if len(code) != _LENGTH or any(letter not in _LETTERS for letter in code):
        raise Malformed("user-code-invalid", "a code has eight letters", hint="such as WDJB-MJHT")
    return code


def shown_code(code: str) -> str:
    """The code as people read it."""
    return f"{code[:4]}-{code[4:]}"


def described(asking: str) -> str:
    """What the command says of itself, as far as it can be shown."""
    return "".join(character for character in asking[:MAX_ASKING] if character.isprintable()).strip()

"""Passwords, stored so that who steals the records does not have them."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Whether a password matched, and if so, whether it should be stored anew with today's parameters."""

    matches: bool
    outdated: bool = False


class Passwords(Protocol):
    """Turns passwords into what may be stored, and compares."""

    def encode(self, password: str) -> str:
        """Give the text to store: salted, slow, with its parameters in it (PHC string format)."""
        ...

    def verify(self, password: str, encoded: str | None) -> PasswordCheck:
        """Compare. None stands for somebody who does not exist, and takes as long as a real comparison, so
        that the time of the answer does not say which names exist. Never raises for bad input."""
        ...

"""Passwords for others, which have to be shown to them: the database alone gives none away."""

from typing import Protocol


class SecretBox(Protocol):
    """Seals and opens short secrets for this installation.

    ``purpose`` is bound to what is sealed: what was sealed for one upstream opens for no other.
    """

    def seal(self, secret: str, *, purpose: str) -> str:
        """Return printable ASCII from which nobody without the key learns the secret."""
        ...

    def open(self, sealed: str, *, purpose: str) -> str:
        """Return the secret; raise Upstream ``secret-unreadable`` where key or purpose are others."""
        ...

"""Pulls, counted until they are written down together.

A pull must not cost a transaction. A server that is killed forgets what it has counted since it last wrote:
what decides about deletion by pulls asks for days.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from lading.registry.pulls import Pulls


class PullLog(Protocol):
    """Pulls by repository and name, which is a tag or a digest. Safe to share between threads."""

    def note(self, repository: str, name: str, at: datetime) -> None:
        """Count one pull, without blocking."""
        ...

    def drain(self) -> Mapping[tuple[str, str], Pulls]:
        """Give what was counted since the last time, and begin anew."""
        ...

"""Commands that ask to be signed in by a browser."""

from datetime import datetime
from typing import Protocol

from lading.access.device_grant import DeviceGrant


class DeviceGrantRecords(Protocol):
    """Grants by the digest of their secret, and by the code that people type."""

    def add(self, grant: DeviceGrant) -> bool:
        """Keep it; False where its code is another's at the moment."""
        ...

    def by_digest(self, digest: str) -> DeviceGrant | None:
        """The grant of this secret, also one that has expired."""
        ...

    def by_code(self, user_code: str) -> DeviceGrant | None:
        """The grant of this code, also one that has expired."""
        ...

    def change(self, grant: DeviceGrant) -> None:
        """Put it in place of the one of its digest."""
        ...

    def remove(self, digest: str) -> bool:
        """Forget it; False where there was none, or another was quicker."""
        ...

    def waiting(self, address: str) -> int:
        """How many an address has."""
        ...

    def forget_expired(self, *, now: datetime) -> int:
        """Forget those that have ended; return how many."""
        ...

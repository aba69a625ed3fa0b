"""How a cache learns that what it holds of a repository may be old.

A stamp is a number that changes whenever manifests, tags or blobs of a repository were changed by anybody:
another thread, and where the adapter says so another process. A new manifest that nothing names yet changes
it only where it says something of another one, as signatures and indexes do. Who fills a cache reads the
stamp *before* the records and keeps both; the entry is good as long as the stamp is the same. Writers stamp
after the transaction and before they answer, so whoever was answered sees the new state, and so does
everybody after.
"""

from typing import Protocol


class ChangeStamps(Protocol):
    """One number for each repository; several repositories may share one."""

    def stamp(self, repository: str) -> int:
        """Give the number as it is now, without blocking."""
        ...

    def changed(self, repository: str) -> None:
        """Make the number another one."""
        ...

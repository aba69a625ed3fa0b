"""A few facts about the installation itself: its id, the first start, what a job saw last."""

from typing import Protocol


class ServerState(Protocol):
    """Short texts by key. Keys are ``noun.noun``; values are never secrets."""

    def value(self, key: str) -> str | None:
        """What is kept under ``key``."""
        ...

    def keep(self, key: str, value: str) -> None:
        """Keep ``value``, in place of what was there."""
        ...

    def keep_first(self, key: str, value: str) -> str:
        """Keep ``value`` unless there is one; return the one that holds. Two who race get the same."""
        ...

"""How things stood at a past moment, as far as it is remembered.

What was deleted since is not: images that are gone are in no answer, and the audit log says who deleted them.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from lading.inventory.container import RunningContainer
from lading.oci.digest import Digest
from lading.ports.records.matches import MatchStatus


class HistoryRecords(Protocol):
    """What was known, what ran, and what stood where."""

    def verdicts(self, flaws: Iterable[str], at: datetime) -> Mapping[int, MatchStatus]:
        """What was known then of package versions, by their numbers, and any of these flaws.

        Those that nothing was known of are absent. Of several flaws, the worst counts.
        """
        ...

    def ran_from(
        self, images: Iterable[Digest], at: datetime
    ) -> Mapping[Digest, tuple[RunningContainer, ...]]:
        """Containers that ran then from each of these images, as ``InventoryRecords.running_from``."""
        ...

    def tags(self, repositories: Iterable[str], at: datetime) -> Mapping[str, Mapping[str, Digest]]:
        """What each tag of these repositories pointed to then."""
        ...

    def environments(self, at: datetime) -> Mapping[tuple[str, str], Digest]:
        """What each environment had of each repository then, by environment and repository."""
        ...

    def pushed_at(self, images: Iterable[Digest]) -> Mapping[tuple[str, Digest], datetime]:
        """When each image came into each repository that has it now."""
        ...

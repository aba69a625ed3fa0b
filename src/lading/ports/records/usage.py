"""Who keeps how much, and how much they may keep."""

from dataclasses import dataclass
from typing import Protocol

from lading.registry.quotas import Kept, Quota


@dataclass(frozen=True, slots=True)
class ProjectUsage:
    """What the repositories of a project keep. ``logical`` counts a blob for each image that lists it,
    ``unique`` once, and ``alone`` only where no other project has it: what would be free without the project.
    """

    project: str
    repositories: int
    artifacts: int
    logical: int  # bytes
    unique: int  # bytes
    alone: int  # bytes
    never_pulled: int  # artifacts that no pull was ever recorded of


class UsageRecords(Protocol):
    """Sums and quotas."""

    def set_quota(self, quota: Quota) -> None:
        """Keep a quota, in place of the project's other one."""
        ...

    def remove_quota(self, project: str) -> bool:
        """Take a quota away; False when there was none."""
        ...

    def quotas(self) -> tuple[Quota, ...]:
        """All quotas, by project."""
        ...

    def hold_quotas(self, repository: str) -> tuple[Quota, ...]:
        """The quotas that a repository counts for. In a write block they are held until it ends: whoever else
        adds to these projects waits."""
        ...

    def kept(self, project: str) -> Kept:
        """What a project keeps now."""
        ...

    def projects(self) -> tuple[str, ...]:
        """The first parts of all repositories' names, in order."""
        ...

    def usage(self, project: str) -> ProjectUsage:
        """All sums of one project."""
        ...

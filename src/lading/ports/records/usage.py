"""Who keeps how much, and how much they may keep."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from lading.oci.digest import Digest
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


@dataclass(frozen=True, slots=True)
class ImageUsage:
    """What an artifact of a repository lists, and what of it no other artifact lists: what deleting it from
    everywhere would free."""

    repository: str
    digest: Digest
    listed: int  # bytes
    alone: int  # bytes


@dataclass(frozen=True, slots=True)
class BaseUsage:
    """What a base weighs once, and what the images on it add: bytes of distinct blobs, those of the base left
    out. ``images`` do not count the base itself."""

    base: Digest
    images: int
    own: int  # bytes
    added: int  # bytes

    @property
    def shared(self) -> int:
        """Bytes that need no room because the images share the base."""
        return self.images * self.own


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

    def image_usage(self, project: str, *, limit: int) -> tuple[ImageUsage, ...]:
        """Artifacts of a project, or of all for "", those with the most bytes of their own first."""
        ...

    def base_usage(self, bases: Mapping[Digest, int]) -> tuple[BaseUsage, ...]:
        """What these bases and the images on them keep, in the order given; values are how many images."""
        ...

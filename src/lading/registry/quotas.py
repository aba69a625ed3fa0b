"""Quotas: how much a project may keep.

1. A project is a path: ``team`` is the repository of this name and every one below it. A repository counts
   for the quota of each path that it lies under.
2. Bytes are those of distinct blobs that the project's repositories have, also of such that no manifest lists
   yet: what is on disk because of the project. Artifacts are manifests and indexes, in each repository.
3. Whoever adds something looks at the sum in the same transaction, with the quota held: of two that add at
   once, the second sees what the first did. So the sum never exceeds the quota.
4. What is there already may be pushed again, however full it is.
"""

from dataclasses import dataclass
from datetime import datetime

from lading.foundation.errors import Malformed, OverLimit
from lading.oci.reference import is_repository

SMALL = 1 << 20  # bytes of a blob that counts as one of an accessory where a rule opens accessories


@dataclass(frozen=True, slots=True)
class Quota:
    """What a project may keep; None is as much as there is room for."""

    project: str
    most_bytes: int | None
    most_artifacts: int | None
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What a project keeps."""

    unique_bytes: int
    artifacts: int


def projects_of(repository: str) -> tuple[str, ...]:
    """Every path that the repository lies under, and its own name."""
    parts = repository.split("/")
    return tuple("/".join(parts[: count + 1]) for count in range(len(parts)))


def check_project(name: str) -> str:
    """Return the name if it can be a project's; raise Malformed ``project-invalid``."""
    if not is_repository(name):
        raise Malformed(
            "project-invalid", f"{name[:255]!r} is no path of repositories", hint="such as team/app"
        )
    return name


def check_quota(quota: Quota, kept: Kept) -> None:
    """Raise OverLimit ``quota-exceeded`` where the project keeps more than it may."""
    if quota.most_bytes is not None and kept.unique_bytes > quota.most_bytes:
        raise _exceeded(quota.project, f"{quota.most_bytes} bytes", quota.most_bytes)
    if quota.most_artifacts is not None and kept.artifacts > quota.most_artifacts:
        raise _exceeded(quota.project, f"{quota.most_artifacts} artifacts", quota.most_artifacts)


def _exceeded(project: str, what: str, limit: int) -> OverLimit:
    return OverLimit(
        "quota-exceeded",
        f"the project {project} may keep {what}, and this would be more",
        hint="delete what is not needed (`lading retention`), or ask an administrator for a greater quota",
        details={"project": project, "limit": limit},
    )

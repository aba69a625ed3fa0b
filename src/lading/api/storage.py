"""What is stored, and the work of keeping it."""

from pydantic import Field

from lading.api.message import Message


class TallyLine(Message):
    """What a step looked at and removed."""

    examined: int
    removed: int
    freed: int = Field(description="bytes")


class CollectionAsk(Message):
    """A collection to be begun. What is younger than the grace stays."""

    grace_hours: int = Field(default=24, ge=1, le=8760)


class CollectionLine(Message):
    """A collection, as far as it is. ``seconds_left`` is -1 where it cannot be told."""

    id: str
    state: str
    step: str
    share: float = Field(description="of the work that is done, from 0 to 1")
    seconds_left: int
    removed: int
    freed: int = Field(description="bytes")
    grace_hours: float
    steps: dict[str, TallyLine]
    started_at: str
    started_by: str
    updated_at: str
    ended_at: str
    stopping: bool
    problem: str


class ProjectFreeable(Message):
    """What a project (the first part of a repository's name) could free."""

    project: str
    links: int
    freed: int = Field(description="bytes")


class RepositoryFreeable(Message):
    """What a repository could free: bytes of content that nobody else has."""

    repository: str
    links: int
    freed: int = Field(description="bytes")


class CollectionPreviewed(Message):
    """What a collection would free."""

    freed: int = Field(description="bytes")
    projects: list[ProjectFreeable]
    repositories: list[RepositoryFreeable]
    orphans: TallyLine
    uploads: TallyLine
    strays: TallyLine
    analyses: int

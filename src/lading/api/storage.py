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


class ScrubLine(Message):
    """A pass that reads all content again, as far as it is."""

    id: str
    state: str
    step: str
    share: float = Field(description="of the content that is read, from 0 to 1")
    blobs: int
    bytes: int
    damaged: int
    healed: int
    started_at: str
    started_by: str
    updated_at: str
    ended_at: str
    stopping: bool
    problem: str


class ScrubsShown(Message):
    """The newest passes, and when the last whole one ended (empty: none did)."""

    items: list[ScrubLine]
    last_scrubbed_at: str
    damaged: int = Field(description="blobs that are damaged now; 1000 stands for more too")


class AffectedLine(Message):
    """An image that has a damaged blob."""

    image: str = Field(description="repository@digest")
    tags: list[str]
    owner: str


class AffectedContainerLine(Message):
    """A container that runs from such an image."""

    host: str
    container: str
    image: str = Field(description="as it was started")
    owner: str


class DamageLine(Message):
    """A damaged blob, and what it concerns."""

    digest: str
    state: str = Field(description="quarantined, missing or healed")
    found_at: str
    size: int = Field(description="bytes that were read of it")
    healed_at: str
    healed_by: str
    images: list[AffectedLine]
    running: list[AffectedContainerLine]

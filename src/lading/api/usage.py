"""Who keeps how much, and how much they may."""

from pydantic import Field

from lading.api.message import Message


class QuotaAsk(Message):
    """A quota; -1 is as much as there is room for."""

    most_bytes: int = Field(default=-1, ge=-1)
    most_artifacts: int = Field(default=-1, ge=-1)


class QuotaLine(QuotaAsk):
    """A project's quota."""

    project: str
    made_at: str
    made_by: str


class UsageLine(Message):
    """What a project keeps. ``logical`` counts a blob for each image that lists it, ``unique`` once,
    ``alone`` only where no other project has it."""

    project: str
    repositories: int
    artifacts: int
    logical: int = Field(description="bytes")
    unique: int = Field(description="bytes")
    alone: int = Field(description="bytes that would be free without the project")
    never_pulled: int = Field(description="artifacts that no pull was ever recorded of")
    most_bytes: int
    most_artifacts: int


class ImageUsageLine(Message):
    """What an artifact of a repository lists, and what of it no other artifact lists."""

    repository: str
    digest: str
    listed: int = Field(description="bytes")
    alone: int = Field(description="bytes that deleting it from everywhere would free")


class BaseUsageLine(Message):
    """What a base weighs, once, and what the images on it add."""

    name: str = Field(description="where it stands: repository:tag")
    digest: str
    images: int = Field(description="that stand on it, itself left out")
    own: int = Field(description="bytes")
    added: int = Field(description="bytes of distinct blobs of the images on it, its own left out")
    shared: int = Field(description="bytes that need no room because the images share it")

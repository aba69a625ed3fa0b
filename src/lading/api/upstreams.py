"""Other registries that content is brought in from, and the caches of them."""

from pydantic import Field

from lading.api.message import Message


class UpstreamAsk(Message):
    """Where an upstream is, and who we are there. Without a password, the one that is kept stays."""

    url: str = Field(max_length=500, description="http[s]://host[:port]")
    user: str = Field(default="", max_length=200)
    password: str | None = Field(default=None, max_length=8192)
    fresh_seconds: int = Field(default=600, description="how long what it said of a tag is taken for true")
    requests_per_hour: int = Field(default=1000, description="about manifests and tags; blobs do not count")


class UpstreamLine(Message):
    """An upstream and how it answers. Its password is never shown. Instants are empty where there is none."""

    name: str
    url: str
    user: str
    fresh_seconds: int
    requests_per_hour: int
    spent: int  # requests of this hour
    held_until: str  # it is not asked at all until then
    spared_until: str  # it is asked only for what is not here until then
    answered_at: str
    failed_at: str
    failure: str  # what it said, or that it said nothing, when it last did not help
    made_at: str
    made_by: str


class UpstreamMade(Message):
    """An upstream as it is now."""

    name: str
    url: str


class UpstreamTrial(Message):
    """A tag to ask an upstream for."""

    repository: str = Field(max_length=255)
    tag: str = Field(default="latest", max_length=128)


class UpstreamTried(Message):
    """What it said: ``present`` with the digest, ``absent`` or ``unanswered`` with its words."""

    answer: str
    digest: str
    said: str


class CacheAsk(Message):
    """Repositories below ``prefix`` stand for those of the upstream below ``remote_prefix``."""

    prefix: str = Field(max_length=255)
    upstream: str = Field(max_length=40)
    remote_prefix: str = Field(default="", max_length=255)
    namespace: str = Field(
        default="", max_length=255, description="what containerd calls the upstream: docker.io"
    )


class CacheLine(Message):
    """A cache."""

    prefix: str
    upstream: str
    remote_prefix: str
    namespace: str
    made_at: str
    made_by: str


class CachedTagLine(Message):
    """What is held of a tag; ``stale`` says why nothing newer is known, and is empty where it was asked."""

    repository: str
    tag: str
    digest: str
    checked_at: str
    stale: str

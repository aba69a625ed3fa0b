"""Curated mirrors: which tags of an upstream are brought in, when, and signed by whom."""

from pydantic import Field

from lading.api.message import Message


class MirrorAsk(Message):
    """A rule. ``versions`` is a range as npm writes it; ``newest`` counts versions, 0 takes all of them."""

    upstream: str = Field(max_length=40)
    repositories: list[str] = Field(max_length=100, description="at the upstream: library/debian")
    prefix: str = Field(max_length=255, description="what stands before them here")
    tags: str = Field(default="*", max_length=500)
    versions: str = Field(default="", max_length=1000)
    newest: int = 0
    min_age_hours: int = Field(default=0, description="since we first saw the digest under the tag")
    trust_created: bool = Field(default=False, description="whether the age that the image claims counts too")
    signers: list[str] = Field(
        default_factory=list, max_length=20, description="of the trust policy; one of them must have signed"
    )
    every_hours: int = 24


class MirrorRunLine(Message):
    """A run; ``ended_at`` is empty while it goes on, and ``at`` is what it is doing."""

    started_at: str
    ended_at: str
    looked: int  # tags
    brought: int
    at: str
    failures: list[str]


class MirrorLine(Message):
    """A mirror, its last run, and how many tags are in each state."""

    name: str
    upstream: str
    repositories: list[str]
    prefix: str
    tags: str
    versions: str
    newest: int
    min_age_hours: int
    trust_created: bool
    signers: list[str]
    every_hours: int
    made_at: str
    made_by: str
    run: MirrorRunLine | None
    counts: dict[str, int]


class MirrorTagLine(Message):
    """A tag: ``digest`` is where the upstream has it, ``taken`` where we have it, empty for nowhere."""

    repository: str
    tag: str
    state: str
    why: str
    digest: str
    first_seen_at: str
    taken: str
    taken_at: str
    looked_at: str


class PreviewLine(Message):
    """What a run would do about a tag now."""

    repository: str
    tag: str
    state: str
    why: str
    digest: str
    taken: str


class MirrorPreview(Message):
    """What a run would do now; ``ended_early`` says why not all of it is here."""

    items: list[PreviewLine]
    ended_early: str


class MirrorAsked(Message):
    """A run was asked for."""

    name: str

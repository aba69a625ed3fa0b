"""What images stand on, what a base reaches, and the catalogue of bases."""

from pydantic import Field

from lading.api.images import SeverityCounts
from lading.api.message import Message


class PlaceLine(Message):
    """A repository that has the image."""

    repository: str
    tags: list[str]


class LevelLine(Message):
    """One level of an image's chain, the lowest first; its layers are ``bottom`` to before ``top``.

    ``state`` is what the catalogue says of it today: approved, deprecated, forbidden, or empty.
    """

    kind: str  # base, platform or app
    digest: str
    others: list[str]
    places: list[PlaceLine]
    bottom: int
    top: int
    created: str
    owner: str
    contact: str
    on_call: str
    state: str
    state_reason: str
    findings: int
    packages: int


class GuessLine(Message):
    """A base that the image may have been made from: a guess by its contents, never a fact."""

    digest: str
    likeness: str  # squashed or rebuilt
    share: float
    reason: str
    places: list[PlaceLine]


class LineageLine(Message):
    """The lineage of one image for one platform.

    ``declared`` says how what the image says of its base compares with its layers: nothing, true, false or
    unknown.
    """

    repository: str
    digest: str
    platform: str
    levels: list[LevelLine]
    declared: str
    declared_name: str
    declared_digest: str
    guess: GuessLine | None


class LineageAnswer(Message):
    """Of each platform."""

    images: list[LineageLine]


class RepositoryReachLine(Message):
    """What of one repository is reached."""

    repository: str
    images: int
    containers: int


class TeamReachLine(Message):
    """What of one team is reached; the team is empty for what nobody answers for."""

    team: str
    repositories: int
    images: int
    containers: int


class ReachAnswer(Message):
    """What a base or a flaw reaches. ``whole`` is False where there is more than the caller may see."""

    of: str
    images: int
    containers: int
    whole: bool
    teams: list[TeamReachLine]
    repositories: list[RepositoryReachLine]


class BaseUserLine(Message):
    """An image that stands on a base."""

    digest: str
    platform: str
    places: list[PlaceLine]


class UsedBaseLine(Message):
    """An image that others stand on."""

    digest: str
    users: int
    places: list[PlaceLine]


class FoundationLine(Message):
    """Images that share their lowest layers, of which no image in the registry is made."""

    chain: str
    layers: int
    images: int
    example: str


class CatalogueRequest(Message):
    """An entry of the catalogue of bases. Dates are written YYYY-MM-DD, empty for none."""

    repository: str
    tags: str = ""
    state: str = "approved"
    purpose: str = ""
    contents: str = ""
    tools: str = ""
    owner: str = ""
    supported_until: str = ""
    deprecated_on: str = ""
    variants: list[str] = Field(default_factory=list)
    successor: str = ""


class CatalogueLine(Message):
    """An entry with how it stands today: ``counts`` are the findings of its newest image."""

    name: str
    repository: str
    tags: str
    state: str
    state_now: str
    reason: str
    purpose: str
    contents: str
    tools: str
    owner: str
    supported_until: str
    deprecated_on: str
    variants: list[str]
    successor: str
    newest: str
    newest_tag: str
    pushed_at: str
    users: int
    counts: SeverityCounts

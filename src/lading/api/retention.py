"""Retention and legal holds."""

from pydantic import Field

from lading.api.message import Message


class RetentionRuleAsk(Message):
    """A rule: of the tags that the patterns match, those go that meet all conditions that are set."""

    repositories: str = Field(description="a name or a pattern such as team/**")
    tags: str = "*"
    beyond_newest: int = Field(default=0, ge=0, description="not among so many newest; 0: not asked")
    order: str = Field(default="time", pattern="^(time|version)$")
    series: str = Field(default="", pattern="^(|major|minor)$")
    older_than_days: int = Field(default=0, ge=0, le=36500)
    unpulled_days: int = Field(default=0, ge=0, le=36500)
    never_pulled: bool = False
    never_deployed: bool = False
    untagged: bool = Field(default=False, description="about manifests without a tag")
    reason: str = Field(default="", max_length=500)


class RetentionRuleLine(RetentionRuleAsk):
    """A rule that was made."""

    id: str
    made_at: str
    made_by: str


class GoingLine(Message):
    """A tag that would go, or a manifest where ``tag`` is empty."""

    repository: str
    tag: str
    digest: str
    why: str
    rule: str


class StayingLine(GoingLine):
    """What a rule would take and something protects."""

    protectors: list[str]


class RetentionPreview(Message):
    """What retention would do now, in some repositories; ``next`` is where to go on."""

    tags: list[GoingLine]
    manifests: list[GoingLine]
    protected: list[StayingLine]
    freed: int = Field(description="bytes, one grace after the next collection")
    repositories: int
    next: str = ""


class RetentionBegun(Message):
    """A run that was begun."""

    run: str


class HoldAsk(Message):
    """A legal hold: on one image of these repositories, or on everything in them."""

    repositories: str
    digest: str = ""
    reason: str = Field(max_length=500)


class HoldLine(HoldAsk):
    """A hold that was placed."""

    id: str
    placed_at: str
    placed_by: str

"""Tags, their history, and the rules on them."""

from pydantic import Field

from lading.api.message import Message


class TagLine(Message):
    """A tag as it stands now. ``fixed_by`` and ``kept_by`` are ids of rules, empty where there is none."""

    name: str
    digest: str
    moved_at: str
    moved_by: str
    accessory: bool
    fixed_by: str
    kept_by: str


class TagList(Message):
    """One page of tags, and the pattern that new tags of the repository must have."""

    pattern: str
    items: list[TagLine]
    next: str = ""


class TagRuleAsk(Message):
    """A rule to be made. ``kind``: naming, fixed, kept or accessories."""

    kind: str
    repositories: str = Field(description="a name or a pattern such as team/**")
    tags: str = Field(default="*", description="patterns with commas between them, such as {semver}, pr-*")
    reason: str = ""


class TagRuleLine(Message):
    """A rule on tags."""

    id: str
    kind: str
    repositories: str
    tags: str
    reason: str
    made_at: str
    made_by: str

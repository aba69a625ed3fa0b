"""Tags of a repository, the life of one of them, and the rules on tags."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from lading.console.formats.instants import Instant, instant
from lading.console.links import image_link, tag_link
from lading.console.views.badges import Badge, Tone
from lading.console.views.notices import Notice
from lading.ports.records.registry import TagMove
from lading.registry.tag_rules import TagRule, TagRuleKind
from lading.workflows.show_tags import ShownTag

KINDS: Mapping[TagRuleKind, str] = {
    TagRuleKind.NAMING: "Tags must be like this",
    TagRuleKind.FIXED: "Tags may not move",
    TagRuleKind.KEPT: "Artifacts may not be deleted",
    TagRuleKind.ACCESSORIES: "Signatures may always be added",
}
RULE_FIELDS = ("kind", "repositories", "tags", "reason")


@dataclass(frozen=True, slots=True)
class TagRow:
    """One tag."""

    name: str
    link: str  # of its history
    digest: str
    image: str  # link
    moved: Instant
    moved_by: str
    badges: tuple[Badge, ...]


@dataclass(frozen=True, slots=True)
class TagsView:
    """The tags of one repository."""

    repository: str
    pattern: str
    rows: tuple[TagRow, ...]
    next_link: str
    first_link: str


@dataclass(frozen=True, slots=True)
class MoveRow:
    """One step in the life of a tag; empty digests are none."""

    at: Instant
    by: str
    before: str
    before_link: str
    after: str
    after_link: str


@dataclass(frozen=True, slots=True)
class TagHistoryView:
    """The life of one tag."""

    repository: str
    tag: str
    tags_link: str
    rows: tuple[MoveRow, ...]
    next_link: str
    first_link: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule."""

    id: str
    what: str
    repositories: str
    tags: str
    reason: str
    made: Instant
    made_by: str


@dataclass(frozen=True, slots=True)
class TagRulesView:
    """All rules; ``fields`` hold what was written, so that nothing is lost when it is not accepted."""

    rows: tuple[RuleRow, ...]
    kinds: Mapping[TagRuleKind, str]
    fields: Mapping[str, str]
    may_change: bool
    problem: str = ""
    hint: str = ""
    notice: Notice | None = None


def tag_row(shown: ShownTag, now: datetime) -> TagRow:
    """Make a row."""
    tag = shown.tag
    badges = []
    if shown.fixed_by:
        badges.append(Badge(Tone.GOOD, "May not move", shown.fixed_by.reason or shown.fixed_by.tags.text))
    if shown.kept_by:
        badges.append(Badge(Tone.GOOD, "Kept", shown.kept_by.reason or shown.kept_by.tags.text))
    if shown.is_accessory:
        badges.append(Badge(Tone.QUIET, "Accessory", "signatures or attestations of an image"))
    return TagRow(
        name=tag.name,
        link=tag_link(tag.repository, tag.name),
        digest=str(tag.digest),
        image=image_link(tag.repository, str(tag.digest)),
        moved=instant(tag.moved_at, now),
        moved_by=tag.moved_by,
        badges=tuple(badges),
    )


def move_row(move: TagMove, now: datetime) -> MoveRow:
    """Make a row."""
    before, after = str(move.before or ""), str(move.after or "")
    return MoveRow(
        at=instant(move.at, now),
        by=move.by,
        before=before,
        before_link=image_link(move.repository, before) if before else "",
        after=after,
        after_link=image_link(move.repository, after) if after else "",
    )


def rule_rows(rules: Iterable[TagRule], now: datetime) -> tuple[RuleRow, ...]:
    """Make the rows, the oldest rule first."""
    return tuple(
        RuleRow(
            id=rule.id,
            what=KINDS[rule.kind],
            repositories=rule.repositories.text,
            tags=rule.tags.text,
            reason=rule.reason,
            made=instant(rule.made_at, now),
            made_by=rule.made_by,
        )
        for rule in rules
    )

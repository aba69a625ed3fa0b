"""The form that tries a rule of retention, or makes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.access.repository_pattern import RepositoryPattern
from lading.console.views.retention import RetentionView
from lading.foundation.errors import LadingError, Malformed
from lading.registry.retention import Conditions, Order, RetentionRule, Series
from lading.registry.tag_pattern import TagPattern

NUMBERS = {
    "beyond_newest": "how many of the newest stay",
    "older_than_days": "the days since it was pushed",
    "unpulled_days": "the days without a pull",
}
SWITCHES = (
    ("never_pulled", "Never pulled"),
    ("never_deployed", "Never seen running"),
    ("untagged", "Manifests without a tag, in place of tags"),
)
NEWEST = (
    ("time", "When they were pushed"),
    ("version", "Version"),
    ("major", "Version, within each major"),
    ("minor", "Version, within each minor"),
)
FIELDS = ("repositories", "tags", *NUMBERS, "newest_by", *(name for name, _ in SWITCHES), "reason")
MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class RetentionForm:
    """What was typed, what is wrong with it, and whether the page shows what it would do."""

    fields: Mapping[str, str]
    tried: bool = False
    problem: str = ""
    hint: str = ""
    switches: tuple[tuple[str, str], ...] = SWITCHES
    newest: tuple[tuple[str, str], ...] = NEWEST


@dataclass(frozen=True, slots=True)
class RetentionPage:
    """The whole page."""

    standing: RetentionView
    form: RetentionForm


def empty_form() -> RetentionForm:
    """The form that nobody has typed in."""
    return RetentionForm({**dict.fromkeys(FIELDS, ""), "tags": "*", "newest_by": "time"})


def refused_form(fields: Mapping[str, str], error: LadingError) -> RetentionForm:
    """What was typed, with what is wrong with it."""
    return RetentionForm(fields, problem=error.message, hint=error.hint)


def read_rule(fields: Mapping[str, str], rule_id: str, now: datetime) -> RetentionRule:
    """Make a rule of what was typed; raise Malformed for what cannot be one."""
    numbers = {name: _number(fields[name], meaning) for name, meaning in NUMBERS.items()}
    by = fields["newest_by"]
    if by not in dict(NEWEST):
        raise Malformed("retention-rule-invalid", "choose what the newest are counted by")
    older, unpulled = numbers["older_than_days"], numbers["unpulled_days"]
    conditions = Conditions(
        beyond_newest=numbers["beyond_newest"],
        order=Order.TIME if by == "time" else Order.VERSION,
        series=Series(by) if by in {Series.MAJOR, Series.MINOR} else Series.ALL,
        older_than=timedelta(days=older) if older else None,
        unpulled_for=timedelta(days=unpulled) if unpulled else None,
        never_pulled=bool(fields["never_pulled"]),
        never_deployed=bool(fields["never_deployed"]),
        untagged=bool(fields["untagged"]),
    )
    return RetentionRule(
        id=rule_id,
        repositories=RepositoryPattern.parse(fields["repositories"]),
        tags=TagPattern.parse(fields["tags"]),
        conditions=conditions,
        reason=fields["reason"],
        made_at=now,
        made_by="",
    )


def _number(text: str, meaning: str) -> int:
    """A whole number; nothing typed is 0, which sets no condition."""
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= MOST_DAYS):
        raise Malformed(
            "retention-rule-invalid", f"{meaning}: {text[:20]!r} is no whole number up to {MOST_DAYS:,}"
        )
    return int(text)

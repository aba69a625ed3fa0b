"""What would go, what is protected by what, the rules, and legal holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lading.console.formats.instants import Instant, instant
from lading.console.links import image_link
from lading.console.views.notices import Notice
from lading.registry.holds import LegalHold
from lading.registry.retention import Conditions, Going, Order, RetentionRule, Staying
from lading.workflows.retain import PlannedRepository


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule, in words."""

    id: str
    repositories: str
    tags: str
    says: str
    reason: str
    made: Instant
    made_by: str


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """Something that would go, or that a rule would take and something protects."""

    name: str
    link: str
    why: str
    protectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A legal hold."""

    id: str
    repositories: str
    digest: str
    reason: str
    placed: Instant
    placed_by: str


@dataclass(frozen=True, slots=True)
class RetentionView:
    """The whole page."""

    rules: tuple[RuleRow, ...]
    going: tuple[PlannedRow, ...]
    staying: tuple[PlannedRow, ...]
    freed: int  # bytes
    more: bool  # whether there is more than is shown
    holds: tuple[HoldRow, ...]
    notice: Notice | None
    problem: str = ""


def retention_view(
    rules: Iterable[RetentionRule],
    planned: Iterable[PlannedRepository],
    holds: Iterable[LegalHold],
    now: datetime,
    *,
    most: int,
    notice: Notice | None,
    problem: str = "",
) -> RetentionView:
    """Make the page, with at most ``most`` rows in each list.

    No more repositories are asked for than fill one: with thousands of them a whole preview takes longer
    than a page may.
    """
    going: list[PlannedRow] = []
    staying: list[PlannedRow] = []
    freed = 0
    full = False
    for one in planned:
        if full := max(len(going), len(staying)) >= most:
            break
        freed += one.freed
        going += [_row(each) for each in (*one.plan.tags, *one.plan.manifests)]
        staying += [_row(each, tuple(map(str, each.protectors))) for each in one.plan.protected]
    return RetentionView(
        rules=tuple(_rule(rule, now) for rule in rules),
        going=tuple(going[:most]),
        staying=tuple(staying[:most]),
        freed=freed,
        more=full or max(len(going), len(staying)) > most,
        holds=tuple(_hold(hold, now) for hold in holds),
        notice=notice,
        problem=problem,
    )


def _row(going: Going | Staying, protectors: tuple[str, ...] = ()) -> PlannedRow:
    name = f":{going.tag}" if going.tag else f"@{going.digest.short}"
    link = image_link(going.repository, str(going.digest))
    return PlannedRow(f"{going.repository}{name}", link, going.why, protectors)


def _rule(rule: RetentionRule, now: datetime) -> RuleRow:
    return RuleRow(
        id=rule.id,
        repositories=rule.repositories.text,
        tags=rule.tags.text,
        says=_said(rule.conditions),
        reason=rule.reason,
        made=instant(rule.made_at, now),
        made_by=rule.made_by,
    )


def _said(conditions: Conditions) -> str:
    newest = ""
    if conditions.beyond_newest:
        newest = f"not among the newest {conditions.beyond_newest}"
        newest += " by version" if conditions.order is Order.VERSION else ""
        newest += f" of each {conditions.series}" if conditions.series else ""
    said = (
        "without a tag" if conditions.untagged else "",
        newest,
        f"older than {conditions.older_than.days} days" if conditions.older_than else "",
        f"not pulled for {conditions.unpulled_for.days} days" if conditions.unpulled_for else "",
        "never pulled" if conditions.never_pulled else "",
        "never deployed" if conditions.never_deployed else "",
    )
    return ", ".join(text for text in said if text)


def _hold(hold: LegalHold, now: datetime) -> HoldRow:
    return HoldRow(
        id=hold.id,
        repositories=hold.repositories.text,
        digest=hold.digest.short if hold.digest else "",
        reason=hold.reason,
        placed=instant(hold.placed_at, now),
        placed_by=hold.placed_by,
    )

"""Waivers: what is excused, until when, by whom; and the form that asks for one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from lading.access.principal import Principal, PrincipalKind
from lading.console.formats.instants import Instant, instant
from lading.console.formats.sentences import whole_sentence
from lading.console.links import web_link
from lading.console.views.badges import Badge, Tone
from lading.console.views.notices import Notice
from lading.policy.waiver import Waiver, WaiverBounds, WaiverScope, WaiverState, same_person
from lading.workflows.hygiene import ends_soon

FORM_FIELDS = (
    "repositories",
    "rules",
    "vulnerabilities",
    "digest",
    "environments",
    "expires",
    "ticket",
    "reason",
)


@dataclass(frozen=True, slots=True)
class WaiverRow:
    """One waiver, with what the reader may do to it."""

    id: str
    badge: Badge
    what: str  # rules and vulnerabilities
    where: str  # repositories, digest, environments
    reason: str
    ticket: str
    ticket_link: str
    requester: str
    requested: Instant
    approver: str
    expires: Instant
    revoked_by: str
    may_approve: bool
    may_revoke: bool


@dataclass(frozen=True, slots=True)
class WaiversView:
    """The whole page."""

    state: str
    rows: tuple[WaiverRow, ...]
    next_link: str
    first_link: str
    notice: Notice | None


@dataclass(frozen=True, slots=True)
class WaiverFormView:
    """The form. ``fields`` hold what was written, so that nothing is lost when it is not accepted."""

    fields: Mapping[str, str]
    problem: str
    hint: str
    rules: tuple[str, ...]
    environments: tuple[str, ...]
    longest: str  # "90 days, or 14 for something critical"
    default_end: str  # YYYY-MM-DD


def waiver_row(waiver: Waiver, reader: Principal, *, may_decide: bool, now: datetime) -> WaiverRow:
    """Make a row. ``may_decide``: the reader may approve waivers there; nobody approves their own."""
    state = waiver.state(now)
    own = same_person(waiver.requester, str(reader))
    live = state in {WaiverState.REQUESTED, WaiverState.ACTIVE}
    person = reader.kind is PrincipalKind.PERSON
    return WaiverRow(
        id=waiver.id,
        badge=state_badge(state),
        what=_what(waiver.scope),
        where=_where(waiver.scope),
        reason=waiver.reason,
        ticket=waiver.ticket,
        ticket_link=web_link(waiver.ticket),
        requester=waiver.requester,
        requested=instant(waiver.requested_at, now),
        approver=waiver.approver,
        expires=instant(waiver.expires, now),
        revoked_by=waiver.revoked_by,
        may_approve=may_decide and person and not own and state is WaiverState.REQUESTED,
        may_revoke=live and (may_decide or own),
    )


def in_tab(waiver: Waiver, tab: str, now: datetime) -> bool:
    """Whether a waiver is listed under a tab; an unknown one lists them all."""
    state = waiver.state(now)
    if tab == "ending":
        return ends_soon(waiver, now)
    if tab == "ended":
        return state in {WaiverState.EXPIRED, WaiverState.REVOKED}
    return tab not in {WaiverState.REQUESTED, WaiverState.ACTIVE} or state.value == tab


def state_badge(state: WaiverState) -> Badge:
    """The badge of where a waiver stands. One that counts is a warning: something is let pass."""
    match state:
        case WaiverState.REQUESTED:
            return Badge(Tone.QUIET, "Waits for approval")
        case WaiverState.ACTIVE:
            return Badge(Tone.WARN, "Counts")
        case WaiverState.EXPIRED:
            return Badge(Tone.QUIET, "Expired")
        case WaiverState.REVOKED:
            return Badge(Tone.QUIET, "Revoked")
        case _:
            assert_never(state)


def waiver_form(
    fields: Mapping[str, str],
    *,
    rules: tuple[str, ...],
    environments: tuple[str, ...],
    bounds: WaiverBounds,
    default_end: str,
    problem: str = "",
    hint: str = "",
) -> WaiverFormView:
    """Make the form."""
    return WaiverFormView(
        fields={name: fields.get(name, "") for name in FORM_FIELDS},
        problem=whole_sentence(problem),
        hint=whole_sentence(hint),
        rules=rules,
        environments=environments,
        longest=f"{bounds.other.days} days, or {bounds.critical.days} for something critical",
        default_end=default_end,
    )


def _what(scope: WaiverScope) -> str:
    rules, flaws = ", ".join(scope.rules), ", ".join(scope.vulnerabilities)
    if rules and flaws:
        return f"{flaws} in {rules}"
    return flaws or rules


def _where(scope: WaiverScope) -> str:
    where = scope.repositories.text
    if scope.digest is not None:
        where += f"@{scope.digest.short}"
    return f"{where}, in {', '.join(scope.environments)}" if scope.environments else where

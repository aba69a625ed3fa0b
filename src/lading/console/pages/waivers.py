"""Waivers: listed, asked for, approved, revoked."""

from datetime import UTC, datetime, timedelta

from lading.access.repository_pattern import RepositoryPattern
from lading.console.answers import Answer, Page, Redirect
from lading.console.frame import Section
from lading.console.links import list_link
from lading.console.views.notices import notice_of
from lading.console.views.waivers import (
    FORM_FIELDS,
    WaiverFormView,
    WaiversView,
    in_tab,
    waiver_form,
    waiver_row,
)
from lading.console.visit import MAX_LONG_TEXT, Visit
from lading.foundation.errors import LadingError, Malformed
from lading.oci.digest import Digest
from lading.policy.waiver import WaiverScope
from lading.workflows.policy_in_force import policy_in_force
from lading.workflows.read_environments import load_environments
from lading.workflows.waive import (
    WaiverRequest,
    approve,
    ask_for_waiver,
    list_waivers,
    may_approve_waiver,
    revoke,
)

ROWS = 100
_DEFAULT_SPAN = timedelta(days=7)


def show(visit: Visit) -> Answer:
    """Show a page of the list."""
    state, after = visit.asked("state"), visit.asked("after", limit=1000)
    page = list_waivers(visit.services.gate, visit.caller, after=after, limit=ROWS)
    view = WaiversView(
        state=state,
        rows=tuple(
            waiver_row(
                waiver,
                visit.caller.principal,
                may_decide=may_approve_waiver(visit.caller, waiver.scope),
                now=visit.now,
            )
            for waiver in page.items
            if in_tab(waiver, state, visit.now)
        ),
        next_link=list_link("/waivers", state=state, after=page.next) if page.next else "",
        first_link=list_link("/waivers", state=state) if after else "",
        notice=notice_of(visit.asked("done")),
    )
    return Page("waivers.html", "Waivers", Section.WAIVERS, view)


def form(visit: Visit) -> Answer:
    """Show the form; a link may fill it in."""
    return _form_page(_form(visit, {name: visit.asked(name) for name in FORM_FIELDS}))


def ask(visit: Visit) -> Answer:
    """Ask for a waiver. What was not accepted is shown again, with nothing lost."""
    fields = {name: visit.written(name, limit=MAX_LONG_TEXT) for name in FORM_FIELDS}
    try:
        request = WaiverRequest(
            scope=WaiverScope(
                repositories=RepositoryPattern.parse(fields["repositories"]),
                rules=_names(fields["rules"]),
                vulnerabilities=_names(fields["vulnerabilities"]),
                digest=Digest.parse(fields["digest"]) if fields["digest"] else None,
                environments=_names(fields["environments"]),
            ),
            reason=fields["reason"],
            ticket=fields["ticket"],
            expires=_end(fields["expires"]),
        )
        ask_for_waiver(visit.services.gate, visit.caller, request, visit.now)
    except LadingError as error:
        view = _form(visit, fields, problem=error.message, hint=error.hint)
        return _form_page(view, status=400)
    return Redirect("/waivers?done=waiver-requested")


def approve_one(visit: Visit) -> Answer:
    """Let a waiver count."""
    approve(visit.services.gate, visit.caller, visit.place["id"], visit.now)
    return Redirect("/waivers?done=waiver-approved")


def revoke_one(visit: Visit) -> Answer:
    """End a waiver at once."""
    revoke(visit.services.gate, visit.caller, visit.place["id"], visit.now)
    return Redirect("/waivers?done=waiver-revoked")


def _form(visit: Visit, fields: dict[str, str], *, problem: str = "", hint: str = "") -> WaiverFormView:
    gate = visit.services.gate
    with visit.services.records.read() as kept:
        rules = tuple(rule.id for rule in policy_in_force(kept, gate.policy).rules)
        environments = tuple(environment.name for environment in load_environments(kept).all)
    return waiver_form(
        fields,
        rules=rules,
        environments=environments,
        bounds=gate.bounds,
        default_end=(visit.now + _DEFAULT_SPAN).date().isoformat(),
        problem=problem,
        hint=hint,
    )


def _form_page(view: WaiverFormView, status: int = 200) -> Page:
    return Page("waiver_form.html", "Ask for a waiver", Section.WAIVERS, view, status=status)


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))


def _end(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise Malformed("waiver-expiry", f"{text[:40]!r} is no day", hint="write it as 2026-12-31") from error

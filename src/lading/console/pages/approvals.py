"""What waits for other people; agree and refuse. Below it, what weakens the gates."""

from lading.approvals.approval import ApprovalState
from lading.console.answers import Answer, Page, Redirect
from lading.console.frame import Section
from lading.console.links import list_link
from lading.console.views.approvals import ApprovalsView, approval_row
from lading.console.views.notices import notice_of
from lading.console.visit import MAX_LONG_TEXT, Visit
from lading.workflows.approvals import list_approvals, person_behind
from lading.workflows.hygiene import hygiene
from lading.workflows.vote import vote

ROWS = 50


def show(visit: Visit) -> Answer:
    """Show what waits, or what was concluded."""
    state, after = visit.asked("state"), visit.asked("after", limit=1000)
    wanted = "" if state == "all" else state or ApprovalState.WAITING.value
    records = visit.services.records
    page = list_approvals(records, visit.caller, state=wanted, after=after, limit=ROWS)
    with records.read() as kept:
        reader = person_behind(kept, visit.caller.principal)
    view = ApprovalsView(
        state=state,
        rows=tuple(approval_row(one, reader, visit.now) for one in page.items),
        hygiene=() if state else hygiene(visit.services.gate, visit.caller, visit.now),
        next_link=list_link("/approvals", state=state, after=page.next) if page.next else "",
        first_link=list_link("/approvals", state=state) if after else "",
        notice=notice_of(visit.asked("done")),
    )
    return Page("approvals.html", "Approvals", Section.APPROVALS, view)


def say(visit: Visit) -> Answer:
    """Count what the reader says."""
    approves = visit.written("say") == "yes"
    comment = visit.written("comment", limit=MAX_LONG_TEXT)
    done = vote(
        visit.services.gate,
        visit.caller,
        visit.place["id"],
        visit.now,
        approves=approves,
        hold=visit.services.mirrors.hold,
        comment=comment,
    )
    return Redirect(f"/approvals?done=approval-{done.state}")

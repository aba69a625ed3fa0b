"""The audit log."""

from dataclasses import replace

from lading.console.answers import Answer, Page
from lading.console.frame import Section
from lading.console.views.audit import AuditView, audit_view, checked_chain, unchecked_chain
from lading.console.visit import Visit
from lading.ports.records.audit import AuditFilter
from lading.workflows.read_audit import list_audit, verify_audit

ROWS = 100


def show(visit: Visit) -> Answer:
    """Show a page of entries."""
    return _page(_view(visit))


def verify(visit: Visit) -> Answer:
    """Read the whole log and say whether its chain holds."""
    verification = verify_audit(visit.services.records, visit.caller)
    return _page(replace(_view(visit), chain=checked_chain(verification)))


def _view(visit: Visit) -> AuditView:
    records = visit.services.records
    wanted = AuditFilter(
        actor=visit.asked("actor"), action=visit.asked("action"), subject=visit.asked("subject", limit=600)
    )
    after = visit.asked("after")
    page = list_audit(records, visit.caller, wanted=wanted, after=after, limit=ROWS)
    newest = list_audit(records, visit.caller, limit=1).items
    chain = unchecked_chain(newest[0] if newest else None)
    return audit_view(page, wanted=wanted, chain=chain, after=after, now=visit.now)


def _page(view: AuditView) -> Page:
    return Page("audit.html", "Audit", Section.AUDIT, view)

"""Verdicts that changed: what, why, where, and who answers for it."""

from lading.advisories.advisory import Severity
from lading.console.answers import Answer, Page
from lading.console.frame import Section
from lading.console.views.alerts import alerts_view
from lading.console.visit import Visit
from lading.workflows.alerts import AlertFilter, list_alerts

ROWS = 25


def show(visit: Visit) -> Answer:
    """Show a page of the list. A severity that is none lets everything through, as an empty one does."""
    severity, after = visit.asked("severity"), visit.asked("after")
    wanted = AlertFilter(visit.asked("team"), Severity(severity) if severity in set(Severity) else None)
    page = list_alerts(visit.services.records, visit.caller, wanted, after=after, limit=ROWS)
    view = alerts_view(page, wanted=wanted, after=after, now=visit.now)
    return Page("alerts.html", "Changes", Section.ALERTS, view)

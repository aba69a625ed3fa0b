"""Verdicts that changed: what, why, where, and who answers for it."""

from lading.advisories.advisory import Severity
from lading.console.answers import Answer, Page, Redirect
from lading.console.frame import Section
from lading.console.views.alerts import alerts_view
from lading.console.views.notices import notice_of
from lading.console.visit import MAX_LONG_TEXT, Visit
from lading.foundation.errors import NotFound
from lading.workflows.alerts import AlertFilter, acknowledge_alert, list_alerts

ROWS = 25
MAX_DIGITS = 20  # of a change's number


def show(visit: Visit) -> Answer:
    """Show a page of the list. A severity that is none lets everything through, as an empty one does."""
    severity, after = visit.asked("severity"), visit.asked("after")
    wanted = AlertFilter(
        visit.asked("team"),
        Severity(severity) if severity in set(Severity) else None,
        waiting=visit.asked("state") == "waiting",
    )
    page = list_alerts(visit.services.records, visit.caller, wanted, after=after, limit=ROWS)
    notice = notice_of(visit.asked("done"))
    view = alerts_view(page, wanted=wanted, after=after, now=visit.now, notice=notice)
    return Page("alerts.html", "Changes", Section.ALERTS, view)


def acknowledge(visit: Visit) -> Answer:
    """Keep that the reader took note of a change."""
    number = visit.place["number"]
    if not (number.isascii() and number.isdigit() and len(number) < MAX_DIGITS):
        raise NotFound("alert-unknown", "there is no such change")
    word = visit.written("word", limit=MAX_LONG_TEXT)
    acknowledge_alert(visit.services.records, visit.caller, int(number), word, visit.now)
    return Redirect("/alerts?done=alert-acknowledged")

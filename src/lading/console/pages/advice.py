"""The work list: what to do first across the fleet."""

from lading.console.answers import Answer, Page
from lading.console.frame import Section
from lading.console.views.advice import advice_view
from lading.console.visit import Visit
from lading.workflows.advise import advise


def show(visit: Visit) -> Answer:
    """Show the actions that remove most."""
    view = advice_view(advise(visit.services.records, visit.caller))
    return Page("advice.html", "Work list", Section.ADVICE, view)

"""One decision with its evidence."""

from lading.console.answers import Answer, Page
from lading.console.frame import Section
from lading.console.views.decisions import decision_view
from lading.console.visit import Visit
from lading.workflows.show_decision import show_decision


def show(visit: Visit) -> Answer:
    """Show what every rule said, and on which facts."""
    stored = show_decision(visit.services.records, visit.caller, visit.place["id"])
    return Page("decision.html", "Decision", Section.IMAGES, decision_view(stored, visit.now))

"""Decisions about one image, and what happened to it."""

from lading.console.answers import Answer, Page
from lading.console.frame import Section
from lading.console.pages.image_context import header_of, look
from lading.console.views.decisions import DecisionsView, decision_row
from lading.console.views.history import HistoryView, change_rows
from lading.console.views.image_header import Part
from lading.console.visit import Visit
from lading.workflows.show_image import MOST_HISTORY


def decisions(visit: Visit) -> Answer:
    """Show what gates said, the newest first."""
    shown = look(visit)
    view = DecisionsView(
        header=header_of(visit, shown, Part.DECISIONS),
        rows=tuple(decision_row(decision, visit.now) for decision in shown.history.decisions),
        cut=len(shown.history.decisions) >= MOST_HISTORY,
    )
    return Page("image_decisions.html", f"Decisions about {shown.stored.repository}", Section.IMAGES, view)


def history(visit: Visit) -> Answer:
    """Show tags that moved and promotions, the newest first."""
    shown = look(visit)
    past = shown.history
    view = HistoryView(
        header=header_of(visit, shown, Part.HISTORY),
        rows=change_rows(
            shown.stored.digest,
            pushed_at=shown.stored.pushed_at,
            pushed_by=shown.stored.pushed_by,
            moves=past.tag_moves,
            promotions=past.promotions,
            now=visit.now,
        ),
        cut=max(len(past.tag_moves), len(past.promotions)) >= MOST_HISTORY,
    )
    return Page("image_history.html", f"History of {shown.stored.repository}", Section.IMAGES, view)

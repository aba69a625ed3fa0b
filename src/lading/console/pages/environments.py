"""Environments and promotions."""

from lading.console.answers import Answer, Page, Redirect
from lading.console.frame import Section
from lading.console.links import list_link
from lading.console.views.environments import (
    EnvironmentsView,
    environment_columns,
    promotion_row,
    repository_rows,
)
from lading.console.views.notices import notice_of
from lading.console.visit import Visit
from lading.workflows.promote import approve_promotion, reject_promotion
from lading.workflows.show_environments import show_environments

POINTERS = 300  # repositories times environments, on one page
PROMOTIONS = 30


def show(visit: Visit) -> Answer:
    """Show what each environment has, and what was promoted or refused."""
    after, older = visit.asked("after", limit=1000), visit.asked("older", limit=1000)
    seen = show_environments(
        visit.services.records,
        visit.caller,
        after=after,
        older=older,
        pointers=POINTERS,
        promotions=PROMOTIONS,
    )
    columns = environment_columns(seen.environments)
    view = EnvironmentsView(
        environments=columns,
        rows=repository_rows(seen.pointers.items, columns, seen.tags, visit.now),
        rows_next=list_link("/environments", after=seen.pointers.next, older=older)
        if seen.pointers.next
        else "",
        promotions=tuple(
            promotion_row(promotion, visit.caller, visit.now) for promotion in seen.promotions.items
        ),
        promotions_next=list_link("/environments", after=after, older=seen.promotions.next) + "#promotions"
        if seen.promotions.next
        else "",
        registry=visit.services.registry,
        notice=notice_of(visit.asked("done")),
    )
    return Page("environments.html", "Environments", Section.ENVIRONMENTS, view)


def approve(visit: Visit) -> Answer:
    """Be the second person of a promotion."""
    answer = approve_promotion(visit.services.gate, visit.caller, visit.place["id"], visit.now)
    return Redirect(f"/environments?done=promotion-{answer.promotion.state}#promotions")


def reject(visit: Visit) -> Answer:
    """Say no to a promotion, or take it back."""
    reject_promotion(visit.services.gate, visit.caller, visit.place["id"], visit.now)
    return Redirect("/environments?done=promotion-rejected#promotions")

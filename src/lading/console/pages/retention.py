"""What goes by itself, what stays and why, and legal holds."""

from lading.access.repository_pattern import RepositoryPattern
from lading.console.answers import Answer, Page, Redirect
from lading.console.frame import Section
from lading.console.views.notices import notice_of
from lading.console.views.retention import retention_view
from lading.console.visit import Visit
from lading.foundation.errors import LadingError
from lading.oci.digest import Digest
from lading.workflows.legal_holds import list_holds, place_hold, release_hold
from lading.workflows.retain import ask_for_retention, list_retention_rules, preview_retention

ROWS = 200


def show(visit: Visit) -> Answer:
    """Show the rules, what they would do now, and the holds."""
    return _page(visit)


def run(visit: Visit) -> Answer:
    """Begin a run."""
    run_id = visit.services.new_token()[:16]
    ask_for_retention(visit.services.retain, visit.caller, visit.now, run_id=run_id)
    return Redirect("/registry/retention?done=retention-begun")


def hold(visit: Visit) -> Answer:
    """Place a hold."""
    digest = visit.written("digest")
    try:
        place_hold(
            visit.services.records,
            visit.caller,
            RepositoryPattern.parse(visit.written("repositories")),
            Digest.parse(digest) if digest else None,
            visit.written("reason"),
            now=visit.now,
            hold_id=visit.services.new_token()[:16],
        )
    except LadingError as error:
        return _page(visit, str(error))
    return Redirect("/registry/retention?done=hold-placed")


def release(visit: Visit) -> Answer:
    """Release a hold."""
    release_hold(visit.services.records, visit.caller, visit.place["id"], visit.now)
    return Redirect("/registry/retention?done=hold-released")


def _page(visit: Visit, problem: str = "") -> Page:
    records = visit.services.records
    view = retention_view(
        list_retention_rules(records, visit.caller),
        preview_retention(records, visit.caller, visit.now),
        list_holds(records, visit.caller),
        visit.now,
        most=ROWS,
        notice=notice_of(visit.asked("done")),
        problem=problem,
    )
    return Page("retention.html", "Retention", Section.RETENTION, view, status=400 if problem else 200)

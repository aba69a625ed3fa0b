"""The catalogue of bases, and the images that others stand on."""

from lading.console.answers import Answer, Page
from lading.console.frame import Section
from lading.console.views.bases import BasesView, FoundationRow, catalogue_row, foundation_row, used_row
from lading.console.visit import Visit
from lading.workflows.base_catalogue import show_catalogue
from lading.workflows.reach import reach_of_base, unknown_foundations, used_bases

MOST = 50


def show(visit: Visit) -> Answer:
    """Show what teams may build on, what they do build on, and what nobody knows."""
    services = visit.services
    used = used_bases(services.records, visit.caller, limit=MOST)
    rows = []
    for base in used:
        place = base.places[0]
        reach = reach_of_base(services.records, visit.caller, place.repository, str(base.manifest))
        rows.append(used_row(base, reach))
    unknown: tuple[FoundationRow, ...] = ()
    if visit.caller.may_list_repositories():
        unknown = tuple(
            foundation_row(each) for each in unknown_foundations(services.records, visit.caller, limit=MOST)
        )
    view = BasesView(
        entries=tuple(
            catalogue_row(each, visit.now)
            for each in show_catalogue(services.records, visit.caller, visit.now)
        ),
        used=tuple(rows),
        unknown=unknown,
    )
    return Page("bases.html", "Bases", Section.BASES, view)

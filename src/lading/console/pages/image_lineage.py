"""What one image was built on."""

from lading.console.answers import Answer, Page
from lading.console.frame import Section
from lading.console.pages.image_context import header_of, look
from lading.console.views.image_header import Part
from lading.console.views.lineage import LineageView, platform_view
from lading.console.visit import Visit
from lading.foundation.errors import NotFound
from lading.workflows.show_lineage import ShownLineage, show_lineage


def lineage(visit: Visit) -> Answer:
    """Show the chain of the image, level by level, with owners and what each level answers for."""
    shown = look(visit)
    view = LineageView(
        header=header_of(visit, shown, Part.LINEAGE),
        platforms=tuple(platform_view(each, visit.now) for each in _found(visit)),
    )
    return Page("image_lineage.html", f"Lineage of {shown.stored.repository}", Section.IMAGES, view)


def _found(visit: Visit) -> tuple[ShownLineage, ...]:
    place = visit.place
    try:
        return show_lineage(
            visit.services.records, visit.caller, place["repository"], place["digest"], visit.now
        )
    except NotFound as error:
        if error.code != "lineage-unknown":
            raise
        return ()

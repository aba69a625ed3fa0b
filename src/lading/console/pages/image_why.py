"""Why a package is in an image."""

from lading.console.answers import Answer, Page
from lading.console.frame import Section
from lading.console.pages.image_context import header_of, look
from lading.console.views.image_header import Part
from lading.console.views.why import WhyView, why_row
from lading.console.visit import Visit
from lading.workflows.why_here import why_here


def show(visit: Visit) -> Answer:
    """Show what needs each package of a name, and what it needs."""
    shown = look(visit)
    repository, digest = shown.stored.repository, str(shown.stored.digest)
    name = visit.asked("name")
    _, found = why_here(visit.services.records, visit.caller, repository, digest, name)
    view = WhyView(
        header=header_of(visit, shown, Part.PACKAGES),
        name=name,
        rows=tuple(why_row(each, repository, digest) for each in found),
    )
    return Page("image_why.html", f"Why {name} is in {repository}", Section.IMAGES, view)

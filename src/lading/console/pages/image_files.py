"""What an image's files may do, where they come from, and how much is understood."""

from dataclasses import replace

from lading.console.answers import Answer, Page
from lading.console.frame import Section
from lading.console.pages.image_context import header_of, look
from lading.console.views.files import files_view
from lading.console.views.image_header import Part
from lading.console.views.sbom_differences import sbom_rows
from lading.console.visit import Visit
from lading.workflows.compare_sboms import compare_sboms


def files(visit: Visit) -> Answer:
    """Show what the inspection of the image found."""
    shown = look(visit)
    repository, digest = shown.stored.repository, str(shown.stored.digest)
    header = header_of(visit, shown, Part.FILES)
    claims = visit.services.gate.sources.claims
    compared = compare_sboms(visit.services.records, claims, repository, shown.stored.digest)
    view = replace(files_view(header, shown.inspection, repository, digest), sboms=sbom_rows(compared))
    return Page("image_files.html", f"Power and files of {repository}", Section.IMAGES, view)

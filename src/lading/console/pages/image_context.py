"""What the pages of one image have in common: finding it, and its header."""

from lading.console.links import image_link
from lading.console.views.image_header import ImageHeader, Part, image_header
from lading.console.visit import Visit
from lading.ports.records.contents import AnalysisState
from lading.workflows.rank_findings import RankedFinding, rank_findings
from lading.workflows.show_image import ShownImage, show_image


def look(visit: Visit) -> ShownImage:
    """Gather what is known of the image that the path names."""
    return show_image(visit.services.records, visit.caller, visit.place["repository"], visit.place["digest"])


def header_of(visit: Visit, shown: ShownImage, current: Part) -> ImageHeader:
    """Make the header of the image's pages."""
    return image_header(
        registry=visit.services.registry,
        repository=shown.stored.repository,
        digest=shown.stored.digest,
        tags=shown.tags,
        decision=shown.history.standing,
        analysis=shown.image.analysis if shown.image else None,
        kind=shown.stored.kind,
        numbers=_numbers(shown),
        current=current,
    )


def ranked(shown: ShownImage) -> tuple[RankedFinding, ...]:
    """The image's findings, the most urgent first."""
    return rank_findings(shown.findings, running=len(shown.running))


def part_link(shown: ShownImage, part: Part) -> str:
    """The address of a page of this image."""
    return image_link(shown.stored.repository, str(shown.stored.digest), part.value)


def is_analysed(shown: ShownImage) -> bool:
    """Whether what is inside is known."""
    return shown.image is not None and shown.image.analysis.state is AnalysisState.DONE


def _numbers(shown: ShownImage) -> dict[Part, int]:
    numbers = {Part.DECISIONS: len(shown.history.decisions)}
    if shown.image is not None:
        numbers[Part.LAYERS] = len(shown.image.layers)
    if is_analysed(shown):
        distinct = {(finding.match.package, finding.match.flaw) for finding in shown.findings}
        numbers[Part.FINDINGS] = len(distinct)
        numbers[Part.PACKAGES] = len(shown.packages)
        in_config = shown.inspection.secrets if shown.inspection else ()
        numbers[Part.SECRETS] = len(shown.secrets) + len(in_config)
    return numbers

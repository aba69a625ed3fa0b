"""What every page of one image shows of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lading.console.formats.numbers import count
from lading.console.links import decision_link, image_link, list_link
from lading.console.views.badges import Badge, analysis_badge, decision_badge
from lading.oci.digest import Digest
from lading.ports.records.contents import ImageAnalysis
from lading.ports.records.governance import StoredDecision


class Part(StrEnum):
    """The pages of an image; the value is the last part of the path, empty for the first."""

    SUMMARY = ""
    FINDINGS = "findings"
    PACKAGES = "packages"
    LAYERS = "layers"
    LINEAGE = "lineage"
    SECRETS = "secrets"
    FILES = "files"
    TRUST = "trust"
    DECISIONS = "decisions"
    HISTORY = "history"

    @property
    def label(self) -> str:
        """The page's name."""
        return _LABELS.get(self, self.value.capitalize())


_LABELS = {Part.FILES: "Power and files", Part.SUMMARY: "Summary", Part.TRUST: "Signatures"}


@dataclass(frozen=True, slots=True)
class Tab:
    """One entry above the pages. ``number`` is empty where there is nothing to count."""

    part: Part
    label: str
    number: str
    link: str


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What every page shows of the image."""

    repository: str
    repository_link: str
    digest: str
    reference: str  # registry/repository@digest, to copy
    tags: tuple[str, ...]
    verdict: Badge
    verdict_link: str
    state: Badge | None  # of the analysis, unless it is done
    tabs: tuple[Tab, ...]
    current: Part


def image_header(
    *,
    registry: str,
    repository: str,
    digest: Digest,
    tags: tuple[str, ...],
    decision: StoredDecision | None,
    analysis: ImageAnalysis | None,
    kind: str,
    numbers: Mapping[Part, int],
    current: Part,
) -> ImageHeader:
    """Make the header; ``numbers`` has what is known to count."""
    return ImageHeader(
        repository=repository,
        repository_link=list_link("/images", repository=repository),
        digest=str(digest),
        reference=f"{registry}/{repository}@{digest}",
        tags=tags,
        verdict=decision_badge(decision.decision.outcome if decision else None),
        verdict_link=decision_link(decision.id) if decision else "",
        state=analysis_badge(analysis) if kind == "image" else None,
        tabs=tuple(
            Tab(
                part,
                part.label,
                count(numbers[part]) if part in numbers else "",
                image_link(repository, str(digest), part.value),
            )
            for part in Part
        ),
        current=current,
    )

"""What a scan without a server says: the same lines as of an image that was pushed."""

from lading.api.images import (
    FindingLine,
    LayerLine,
    PackageLine,
    SecretLine,
    SeverityCounts,
    UnreadableLine,
)
from lading.api.inspections import InspectionLine
from lading.api.message import Message


class ScanFeed(Message):
    """A feed of advisories that was asked."""

    name: str
    advisories: int
    published_at: str  # empty where it does not say


class ScanReport(Message):
    """One image, folder, file or bill of materials, and everything that was found in it."""

    source: str
    kind: str
    digest: str
    platform: str
    system: str
    user: str
    analyser: str
    layers: list[LayerLine]
    packages: list[PackageLine]
    findings: list[FindingLine]
    counts: SeverityCounts
    secrets: list[SecretLine]
    unreadable: list[UnreadableLine]
    feeds: list[ScanFeed]
    inspection: InspectionLine
    not_told: str  # of which packages nothing can be told, and why; empty where all could be judged

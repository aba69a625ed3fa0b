"""Images and what is known of them."""

from lading.api.inspections import InspectionLine
from lading.api.message import Message


class SeverityCounts(Message):
    """Findings by severity: a package version and a flaw count once. ``undetermined`` ones may affect.

    ``unjudged`` counts packages for which no advisories are held: without findings, they are not clean.
    """

    critical: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0
    other: int = 0
    undetermined: int = 0
    unjudged: int = 0


class ImageLine(Message):
    """An image as lists show it. ``analysis`` is pending, done, failed, or empty where there is none."""

    repository: str
    digest: str
    kind: str
    tags: list[str]
    platform: str
    size: int
    pushed_at: str
    pushed_by: str
    owner: str
    analysis: str
    distro: str
    packages: int
    findings: SeverityCounts
    outcome: str  # of the newest decision: allow, warn, deny, or empty


class LayerLine(Message):
    """One layer, lowest first. ``packages`` counts what it was the first to bring."""

    number: int
    diff_id: str
    blob: str
    size: int
    step: str
    packages: int
    findings: int


class PackageLine(Message):
    """A package that is visible in the image."""

    purl: str
    type: str
    name: str
    version: str
    path: str
    layer: int
    licenses: list[str]
    declared: bool  # only a lock file or the like says so
    owned_by: str = ""  # the package of the system that ships it, whose advisories count for it


class FindingLine(Message):
    """A flaw that affects a package of the image, or may."""

    flaw: str
    advisory: str
    feed: str
    status: str
    severity: str
    known_exploited: bool
    likelihood: float  # of being attacked within 30 days, as EPSS has it; 0 where it has nothing
    purl: str
    package: str
    version: str
    fixed_in: str
    layer: int
    path: str
    declared: bool  # only a lock file or the like has the package
    summary: str
    reason: dict[str, object]


class SecretLine(Message):
    """A credential in a layer. It ships also when ``deleted_by`` names a later layer that hides it.

    One of the configuration (environment, label, history) has the place as its ``path``, and -1 as layer.
    """

    kind: str
    title: str
    path: str
    line: int
    layer: int
    step: str  # of the build, that made the layer
    deleted_by: int | None
    excerpt: str  # never has the credential
    rotate: str  # what to do about it


class UnreadableLine(Message):
    """Something that was seen and not understood."""

    layer: int
    path: str
    cataloger: str
    reason: str


class SbomLine(Message):
    """A bill of materials that is attached to the image."""

    format: str
    document: str
    referrer: str
    made_at: str


class DeclaredPackageLine(Message):
    """A package in which a bill of materials and the content differ; ``found`` are versions there."""

    purl: str
    name: str
    version: str
    found: list[str]


class SbomComparisonLine(Message):
    """A bill of materials of others, beside what was found. ``reason`` says why it could not be read."""

    origin: str
    format: str
    attested: bool
    reason: str
    agreed: int
    not_found: list[DeclaredPackageLine]  # declared, and not there
    not_declared: list[DeclaredPackageLine]  # there, and not declared
    other_versions: list[DeclaredPackageLine]
    unusable: list[str]  # components that no package can be made of


class ReferrerLine(Message):
    """An artifact whose subject is the image."""

    digest: str
    artifact_type: str
    size: int


class AccessoryLine(Message):
    """What goes with an image of an index, such as BuildKit's attestations."""

    digest: str
    kind: str
    predicates: list[str]  # types of the statements in it
    size: int


class PlatformLine(Message):
    """One image of an index."""

    platform: str
    digest: str
    size: int
    analysis: str
    findings: SeverityCounts
    outcome: str
    accessories: list[AccessoryLine]


class DecisionLine(Message):
    """What a gate said of the image."""

    id: str
    outcome: str
    gate: str
    environment: str
    at: str
    by: str
    denied_by: list[str]
    warned_by: list[str]


class TagMoveLine(Message):
    """One step in the life of a tag; an empty digest is no digest."""

    tag: str
    before: str
    after: str
    at: str
    by: str


class ContainerLine(Message):
    """A container that runs the image."""

    host: str
    id: str
    name: str
    since: str


class ImageDetails(Message):
    """Everything that is known about one image."""

    line: ImageLine
    media_type: str
    user: str
    created: str
    reason: str  # why the analysis failed
    contact: str
    platforms: list[PlatformLine]
    accessories: list[AccessoryLine]  # of an image: of an index, those of what it does not list
    layers: list[LayerLine]
    packages: list[PackageLine]
    more_packages: bool
    findings: list[FindingLine]
    more_findings: bool
    secrets: list[SecretLine]
    unreadable: list[UnreadableLine]
    sboms: list[SbomLine]
    referrers: list[ReferrerLine]
    environments: list[str]
    decisions: list[DecisionLine]
    tag_moves: list[TagMoveLine]
    running: list[ContainerLine]
    inspection: InspectionLine | None = None
    not_told: str = ""  # of which packages nothing can be told, and why; empty where all could be judged

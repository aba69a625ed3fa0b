"""Evidence: the one value that rules see, at every gate.

Everything a rule can ask stands here, typed and described. What could not be found out is named in
``undetermined`` by the path of the fact, so that a rule reading it answers "could not tell" instead of
judging a default. Ages are not facts: evidence holds moments, and rules compare them with ``now``.

The text beside each field is its reference documentation (see ``evidence_reference``), and its type is what
policy files are checked against (see ``evidence_types``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from lading.advisories.advisory import Severity
from lading.policy.build_evidence import (
    BuildFacts,
)
from lading.policy.content_evidence import FilesFacts, PowerFacts
from lading.policy.workload_evidence import (
    WorkloadFacts,
)


class Gate(StrEnum):
    """A place where a policy is asked."""

    LAPTOP = "laptop"
    CI = "ci"
    PUSH = "push"
    PULL = "pull"
    PROMOTE = "promote"
    ADMISSION = "admission"
    ENGINE = "engine"
    RUNTIME = "runtime"


class Subject(StrEnum):
    """What is judged. A rule is asked where it is about one of the things that a gate has at hand."""

    IMAGE = "image"  # an image, with all that is known of it
    DOCKERFILE = "dockerfile"  # the file that an image is built from
    WORKLOAD = "workload"  # a spec that wants to run an image, or an object beside it


class Presence(StrEnum):
    """Where the image that is asked about is."""

    HERE = "here"  # in this registry, with its contents
    ELSEWHERE = "elsewhere"  # in another registry that the installation allows
    MISSING = "missing"  # it would be in this registry, and is not
    FOREIGN = "foreign"  # in a registry that the installation does not allow


class Proof(StrEnum):
    """The outcome of proving something, three-valued."""

    VERIFIED = "verified"
    REJECTED = "rejected"
    UNDETERMINED = "undetermined"


class ScanState(StrEnum):
    """How far the analysis of an image has come."""

    NONE = "none"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """The image that is asked about, as its manifest and configuration say."""

    registry: Annotated[str, "Host of the registry that the image was asked from."]
    repository: Annotated[str, "Repository, without the registry: `shop/app`."]
    digest: Annotated[str, "Digest of the manifest, `sha256:…`; empty where the image is missing."]
    presence: Annotated[Presence, "Whether it is in this registry."] = Presence.HERE
    tag: Annotated[str, "Tag by which it was asked for; empty where it was asked for by digest alone."] = ""
    tags: Annotated[tuple[str, ...], "All tags of the repository that point to this digest now."] = ()
    platform: Annotated[str, "`linux/amd64`; empty for an index of several."] = ""
    created: Annotated[datetime | None, "When the builder says it was made; null where it does not say."] = (
        None
    )
    size: Annotated[int, "Bytes of configuration and compressed layers together."] = 0
    layers: Annotated[int, "How many layers it has."] = 0
    user: Annotated[str, "User it starts as, as the configuration writes it; empty means root."] = ""
    root: Annotated[bool, "Whether it starts as root: no user, `root` or user id 0."] = True
    root_on: Annotated[str, "Of an index: the platforms whose image starts as root, comma-separated."] = ""
    entrypoint: Annotated[tuple[str, ...], "Entry point."] = ()
    command: Annotated[tuple[str, ...], "Default arguments."] = ()
    ports: Annotated[tuple[str, ...], "Ports it declares: `8080/tcp`."] = ()
    volumes: Annotated[tuple[str, ...], "Volumes it declares: `/data`."] = ()
    labels: Annotated[Mapping[str, str], "Labels of the configuration."] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DistroFacts:
    """The distribution whose files it holds."""

    id: Annotated[str, "`debian`, as os-release says; empty where there is none (a scratch image)."] = ""
    version: Annotated[str, "`12`; empty where the distribution is rolling."] = ""
    name: Annotated[str, "Name for people: `Debian GNU/Linux 12 (bookworm)`."] = ""
    end_of_life: Annotated[datetime | None, "When security support ends; null where no date is set."] = None


@dataclass(frozen=True, slots=True)
class PackageFact:
    """One package that the image holds."""

    type: Annotated[str, "Package URL type: `deb`, `apk`, `pypi`, `npm` …"]
    name: Annotated[str, "Name, with the namespace where its type has one (`@scope/name`)."]
    version: Annotated[str, "Version as the package says."]
    path: Annotated[str, "File in the image that says so."] = ""
    layer: Annotated[int, "Index of the layer that brought it, 0 is the lowest."] = 0
    licenses: Annotated[tuple[str, ...], "Licences that it declares."] = ()
    declared: Annotated[bool, "Whether only a lock file says so: it may not be installed."] = False
    end_of_life: Annotated[
        datetime | None, "When its maker stops repairing this release; null where no date is known."
    ] = None
    platforms: Annotated[tuple[str, ...], "Of an index: the platforms whose image has it."] = ()


@dataclass(frozen=True, slots=True)
class FindingFact:
    """One vulnerability that affects one package of the image."""

    id: Annotated[str, "The vulnerability: a CVE id where there is one, else the advisory's id."]
    severity: Annotated[Severity, "How bad."]
    # Not "package": that word is reserved in CEL.
    package_name: Annotated[str, "Name of the affected package."]
    package_version: Annotated[str, "Its version."]
    package_type: Annotated[str, "Its package URL type."] = ""
    aliases: Annotated[tuple[str, ...], "Other ids of the same vulnerability."] = ()
    fix: Annotated[str, "Earliest version that is not affected; empty where there is none yet."] = ""
    known_exploited: Annotated[bool, "Whether it is known to be exploited in the wild."] = False
    published: Annotated[datetime | None, "When it became public; null where the feed does not say."] = None
    layer: Annotated[int, "Index of the layer that brought the package."] = 0
    vendor_status: Annotated[str, "The vendor's own word: `no-dsa`, `postponed` …; empty where none."] = ""
    declared: Annotated[bool, "Whether only a lock file has the package: it may not be installed."] = False
    platforms: Annotated[tuple[str, ...], "Of an index: the platforms whose image has it."] = ()


@dataclass(frozen=True, slots=True)
class SecretFact:
    """A credential in a layer. The credential itself is never in the evidence."""

    kind: Annotated[str, "`private-key-rsa` …"]
    path: Annotated[str, "File that holds it; in words where it is none: `environment DB_PASSWORD`."]
    layer: Annotated[int, "Index of the layer that holds it; -1 for the configuration."]
    deleted: Annotated[bool, "Whether a later layer deletes the file; it ships all the same."] = False
    platforms: Annotated[tuple[str, ...], "Of an index: the platforms whose image has it."] = ()


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """What the trust policy of the repository says of the image's signatures."""

    verdict: Annotated[Proof, "Whether a signature that the trust policy accepts was verified."] = (
        Proof.REJECTED
    )
    reason: Annotated[str, "Why it is not verified, in words; empty where it is."] = "no signature was found"
    signers: Annotated[tuple[str, ...], "Who signed, as far as verified: key names or identities."] = ()


@dataclass(frozen=True, slots=True)
class AttestationFact:
    """A signed statement about the image."""

    predicate_type: Annotated[str, "Type URI of what it states."]
    verdict: Annotated[Proof, "Whether its signature was verified."]
    signer: Annotated[str, "Who signed, as far as verified."] = ""


@dataclass(frozen=True, slots=True)
class ProvenanceFacts:
    """How the image was built, as provenance says that a trusted signer vouches for."""

    known: Annotated[bool, "Whether any trusted signer says how it was built."] = False
    builders_are_listed: Annotated[bool, "Whether the trust policy lists who may build."] = False
    build_type: Annotated[str, "How: the URI of the build method."] = ""
    builder: Annotated[str, "By what: the builder's id."] = ""
    listed_as: Annotated[
        str,
        "Name of the builder's entry in the trust policy; empty where it is not, or no longer, on the list.",
    ] = ""
    source: Annotated[str, "Repository that it was built from."] = ""
    commit: Annotated[str, "Commit that it was built from."] = ""
    branch: Annotated[str, "Branch that it was built from; empty for tags and where it is not stated."] = ""
    started_by: Annotated[str, "Who started the build, as the builder says."] = ""


@dataclass(frozen=True, slots=True)
class SbomFacts:
    """Bills of materials attached to the image."""

    present: Annotated[bool, "Whether there is at least one."] = False
    formats: Annotated[tuple[str, ...], "`cyclonedx`, `spdx`."] = ()


@dataclass(frozen=True, slots=True)
class BaseFacts:
    """The image that this one was built from."""

    reference: Annotated[str, "The base; empty where none is known."] = ""
    digest: Annotated[str, "Its digest, as far as known."] = ""
    pinned: Annotated[bool, "Whether the build named the base by digest."] = False
    approved: Annotated[Proof, "Whether it is in the catalogue of approved bases."] = Proof.REJECTED
    reason: Annotated[str, "Why it is not approved, in words; empty where it is."] = "no base image is known"
    by_layers: Annotated[bool, "Whether it was found by the layers, not only said by the image."] = False
    state: Annotated[
        str, "What the catalogue says of it today: `approved`, `deprecated`, `forbidden`; empty for nothing."
    ] = ""
    leave_by: Annotated[datetime | None, "From when on nothing new may stand on it; null for never."] = None
    successor: Annotated[str, "What the catalogue says to move to; empty where it names nothing."] = ""
    chain: Annotated[tuple[str, ...], "Every base below the image, found by layers, the lowest first."] = ()


@dataclass(frozen=True, slots=True)
class CampaignFact:
    """A campaign that this image is in, and is still to be replaced by."""

    id: Annotated[str, "Its id."]
    title: Annotated[str, "What it is about."] = ""
    stage: Annotated[
        str, "What holds by its dates: `free`, `warn`, `no-promotion`, `no-start`, `no-pull`."
    ] = "free"
    instead: Annotated[str, "The image that takes this one's place, as far as it was made."] = ""


@dataclass(frozen=True, slots=True)
class OwnerFacts:
    """Who answers for the image."""

    team: Annotated[str, "Team; empty where nobody does."] = ""
    contact: Annotated[str, "How to reach them."] = ""


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """What our own knowledge of the image rests on."""

    state: Annotated[ScanState, "How far the analysis has come."] = ScanState.NONE
    at: Annotated[
        datetime | None, "When its contents were last matched against advisories; null for never."
    ] = None
    feeds_at: Annotated[
        datetime | None, "When the oldest advisory feed in use was imported; null for none."
    ] = None
    unmatched: Annotated[
        tuple[str, ...], "Packages for which no feed could tell whether they are affected."
    ] = ()
    unjudged: Annotated[
        tuple[str, ...],
        "Of what packages no advisories are held, so that nothing can be told of them: `debian-12`, `pypi`.",
    ] = ()
    system_judged: Annotated[
        bool, "Whether advisories are held for the distribution; true where no package is of one."
    ] = True
    unreadable: Annotated[tuple[str, ...], "Files that were seen and not understood."] = ()
    coverage: Annotated[
        int, "Percent of programs, libraries and archives that a package accounts for; 100 only for all."
    ] = 0


@dataclass(frozen=True, slots=True)
class Undetermined:
    """A fact that could not be found out: asked, not answerable."""

    path: str  # "signature.verdict"; "findings" stands for every finding
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of one image at one gate, at one moment."""

    gate: Annotated[Gate, "The gate that asks."]
    environment: Annotated[str, "Environment that the image is to enter; empty where the gate guards none."]
    image: ImageFacts
    distro: DistroFacts = field(default_factory=DistroFacts)
    packages: tuple[PackageFact, ...] = ()
    findings: tuple[FindingFact, ...] = ()
    secrets: tuple[SecretFact, ...] = ()
    signature: SignatureFacts = field(default_factory=SignatureFacts)
    attestations: tuple[AttestationFact, ...] = ()
    provenance: ProvenanceFacts = field(default_factory=ProvenanceFacts)
    sbom: SbomFacts = field(default_factory=SbomFacts)
    base: BaseFacts = field(default_factory=BaseFacts)
    campaigns: tuple[CampaignFact, ...] = ()
    owner: OwnerFacts = field(default_factory=OwnerFacts)
    scan: ScanFacts = field(default_factory=ScanFacts)
    power: PowerFacts = field(default_factory=PowerFacts)
    files: FilesFacts = field(default_factory=FilesFacts)
    workload: WorkloadFacts = field(default_factory=WorkloadFacts)
    build: BuildFacts = field(default_factory=BuildFacts)
    about: Annotated[
        tuple[Subject, ...], "What is judged: `image`, `dockerfile`, `workload`, or several of these."
    ] = (Subject.IMAGE,)
    undetermined: Annotated[
        tuple[Undetermined, ...], "Facts that could not be found out, as a map from their path to the reason."
    ] = ()

    def unanswered(self) -> dict[str, str]:
        """Map the path of every fact that could not be found out to the reason, proofs included."""
        reasons = {unknown.path: unknown.reason for unknown in self.undetermined}
        if self.signature.verdict is Proof.UNDETERMINED:
            reasons.setdefault("signature.verdict", self.signature.reason)
        if self.base.approved is Proof.UNDETERMINED:
            reasons.setdefault("base.approved", self.base.reason)
        return reasons


def starts_as_root(user: str) -> bool:
    """Whether the ``User`` of an image configuration means root (image-spec v1.1, config.md, "User").

    The form is ``user``, ``uid``, ``user:group``, ``uid:gid``…; nothing at all means root. A number is
    judged as the kernel would: ``00`` and ``+0`` are user id 0 to the engines' parsers too.
    """
    name = user.partition(":")[0].strip()
    if not name or name == "root":
        return True
    try:
        return int(name) == 0
    except ValueError:
        return False

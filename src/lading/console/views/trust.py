"""Signatures, attestations and what else is attached to one image. Three-valued: what could not be told is
neither signed nor unsigned."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from lading.console.formats.instants import Instant, instant
from lading.console.formats.sentences import sentence
from lading.console.links import image_link, web_link
from lading.console.views.badges import Badge, Tone
from lading.console.views.image_header import ImageHeader
from lading.oci.descriptor import Descriptor
from lading.ports.records.contents import SbomDocument
from lading.signing.statement import PredicateType
from lading.signing.verdicts import Rejected, Step, Undetermined, Verdict, Verified
from lading.workflows.verify_image import ImageVerification


@dataclass(frozen=True, slots=True)
class SbomLink:
    """A bill of materials to download."""

    label: str  # "CycloneDX 1.6"
    link: str
    made: Instant


@dataclass(frozen=True, slots=True)
class ProofRow:
    """The signature, or one kind of attestation, with its outcome."""

    what: str
    detail: str  # the predicate type
    badge: Badge
    says: str
    signers: tuple[tuple[str, str], ...]  # name and key id


@dataclass(frozen=True, slots=True)
class ReferrerRow:
    """An artifact that was attached to the image."""

    type: str
    digest: str
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class BuildView:
    """How the image was built, as a trusted signer says."""

    badge: Badge
    says: str
    facts: tuple[tuple[str, str, str], ...]  # what, value, link
    materials: tuple[tuple[str, str], ...]  # address, digest


@dataclass(frozen=True, slots=True)
class TrustView:
    """The whole page."""

    header: ImageHeader
    badge: Badge
    says: str
    through: str  # digest of the index whose signature counted, empty where it was the image's own
    trust_policy: str
    rows: tuple[ProofRow, ...]
    build: BuildView
    sboms: tuple[SbomLink, ...]
    referrers: tuple[ReferrerRow, ...]


MOST_MATERIALS = 100  # on the page
_SBOM_LABELS = {"cyclonedx": "CycloneDX", "spdx": "SPDX"}
_PREDICATES: Mapping[str, str] = {
    PredicateType.CYCLONEDX: "Bill of materials, CycloneDX",
    PredicateType.SPDX: "Bill of materials, SPDX",
    PredicateType.VULNERABILITY_SCAN: "Vulnerability scan",
}


def proof_badge(verdict: Verdict, good: str = "Verified") -> Badge:
    """The badge of a verdict."""
    match verdict:
        case Verified():
            return Badge(Tone.GOOD, good)
        case Rejected(step, reason):
            missing = step is Step.PRESENT
            return Badge(Tone.BAD, "Not signed" if missing else "Not verified", sentence(reason))
        case Undetermined(_, reason):
            return Badge(Tone.UNKNOWN, "Undetermined", sentence(reason))
        case _:
            assert_never(verdict)


def proof_says(verdict: Verdict) -> str:
    """A verdict in a sentence."""
    match verdict:
        case Verified(signers, _, rule, _):
            names = ", ".join(signer.name for signer in signers)
            return f"Signed by {names}, as the rule “{rule}” of the trust policy asks."
        case Rejected(step, reason):
            return f"Step {step.value} of the verification failed: {reason}."
        case Undetermined(lookup, reason):
            return f"It could not be told, because {lookup} could not be read: {reason}."
        case _:
            assert_never(verdict)


def proof_rows(verification: ImageVerification) -> tuple[ProofRow, ...]:
    """The signature first, then attestations by type."""
    attestations = (
        _attestation(_PREDICATES.get(predicate, "Attestation"), predicate, verdict)
        for predicate, verdict in sorted(verification.attestations.items())
    )
    return (_row("Signature", "", verification.signatures), *attestations)


def build_view(verification: ImageVerification) -> BuildView:
    """How the image was built: builder, workflow, commit, materials, and who started it."""
    build = verification.build
    if build is None:
        badge = Badge(Tone.BAD if verification.builders_are_listed else Tone.QUIET, "Not known")
        return BuildView(badge, "Nobody who is trusted says how this image was built.", (), ())
    made = build.provenance
    listed = f"on the list as {build.listed_as}, which {build.owner} answers for"
    says = f"Signed by {', '.join(build.signers)}; the builder is "
    says += f"{listed}." if build.listed_as else "not on the list of builders."
    good = bool(build.listed_as) or not verification.builders_are_listed
    commit = f"{made.source}/commit/{made.commit}" if made.source.startswith("https://") else ""
    facts = (
        ("Builder", made.builder, web_link(made.builder)),
        ("Source", made.source, web_link(made.source)),
        ("Commit", made.commit, web_link(commit)),
        ("Ref", made.ref, ""),
        ("Workflow", made.workflow, ""),
        ("Run", made.invocation, web_link(made.invocation)),
        ("Started by", made.started_by, ""),
        ("Finished", made.finished, ""),
        ("Build type", made.build_type, web_link(made.build_type)),
    )
    materials = tuple(
        (entry.uri, next(iter(entry.digests.values()), "")) for entry in made.materials[:MOST_MATERIALS]
    )
    kept = tuple(fact for fact in facts if fact[1])
    return BuildView(Badge(Tone.GOOD if good else Tone.BAD, "Known"), says, kept, materials)


def sbom_links(documents: Iterable[SbomDocument], repository: str, now: datetime) -> tuple[SbomLink, ...]:
    """Links to download bills of materials."""
    return tuple(
        SbomLink(
            label=sbom_label(document.format),
            link=image_link(repository, str(document.manifest), f"sbom/{document.format}"),
            made=instant(document.made_at, now),
        )
        for document in documents
    )


def sbom_label(format_: str) -> str:
    """ "cyclonedx-1.6" for people."""
    name, _, version = format_.partition("-")
    return f"{_SBOM_LABELS.get(name, name)} {version}".strip()


def referrer_rows(descriptors: Iterable[Descriptor]) -> tuple[ReferrerRow, ...]:
    """What is attached, by type."""
    rows = (
        ReferrerRow(item.artifact_type or item.media_type, str(item.digest), item.size)
        for item in descriptors
    )
    return tuple(sorted(rows, key=lambda row: (row.type, row.digest)))


def _attestation(what: str, predicate: str, verdict: Verdict) -> ProofRow:
    if isinstance(verdict, Rejected) and verdict.step is Step.PRESENT:
        return ProofRow(what, predicate, Badge(Tone.QUIET, "None"), "Nobody attested this.", ())
    return _row(what, predicate, verdict)


def _row(what: str, detail: str, verdict: Verdict) -> ProofRow:
    signers = verdict.signers if isinstance(verdict, Verified) else ()
    return ProofRow(
        what, detail, proof_badge(verdict), proof_says(verdict), tuple((it.name, it.key_id) for it in signers)
    )

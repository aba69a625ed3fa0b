"""Collect the evidence about one image at one gate.

1. The name's registry: ours, another that is allowed, or foreign. Only what is in ours can be looked into.
2. The tag is resolved to the digest that it points to now; everything else is about that digest.
3. Image, contents, findings: of each platform, where the digest is that of an index.
4. Signatures and attestations, by the trust policy.
5. Bills of materials, base and owner.

Nothing here raises because a look-up failed: what could not be found out is named in the evidence, and the
policy says what follows. Only one thing has no answer at all: a name that is in our registry and stands for
nothing is missing, not undetermined.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from lading.access.ownership import Owned
from lading.foundation.errors import LadingError
from lading.oci import media_types
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.oci.index_entries import is_platform
from lading.oci.manifest import Index, parse_manifest
from lading.oci.reference import DEFAULT_TAG, Reference, parse_reference
from lading.policy.evidence import (
    AttestationFact,
    BaseFacts,
    CampaignFact,
    Evidence,
    ImageFacts,
    OwnerFacts,
    Presence,
    Proof,
    ProvenanceFacts,
    SbomFacts,
    SignatureFacts,
)
from lading.ports.records.record_set import RecordSet
from lading.ports.records.registry import Place, StoredManifest
from lading.signing.claims import Subject
from lading.signing.verdicts import Rejected, Step, Undetermined, Verdict, Verified
from lading.workflows.base_evidence import base_facts, campaign_facts
from lading.workflows.evidence_sources import Asked, EvidenceSources, LookUps, RegistryNames
from lading.workflows.platform_facts import (
    CONFIGURATION,
    CONTENTS,
    PlatformFacts,
    merged,
    platform_facts,
)
from lading.workflows.rights import find_owner
from lading.workflows.show_lineage import platforms_of
from lading.workflows.verify_image import ImageVerification

# Everything that is only known of an image that is here.
_OF_THE_IMAGE = (
    *CONFIGURATION,
    *CONTENTS,
    *("image.tags", "scan", "signature", "attestations", "provenance", "sbom", "base", "campaigns", "owner"),
)
MAX_PLATFORMS = 50  # images of one index that are looked into
_SBOM_TYPES = {media_types.CYCLONEDX_JSON: "cyclonedx", media_types.SPDX_JSON: "spdx"}


def collect_evidence(sources: EvidenceSources, asked: Asked, now: datetime) -> Evidence:
    """Collect what can be known of the image, by the numbered steps above."""
    looking = LookUps()
    # Step 1.
    names = sources.registries
    registry = asked.reference.registry
    if registry not in names.ours:
        return _elsewhere(asked, names, looking)
    image = ImageFacts(
        names.name, asked.reference.repository, _digest_text(asked.reference), tag=asked.reference.tag
    )
    # Steps 2 and 3.
    found = looking.try_for(_OF_THE_IMAGE, lambda: _look_into(sources, asked, image, looking), None)
    if found is None:
        return _evidence(asked, PlatformFacts(image), looking)
    if found.image.presence is Presence.MISSING:
        looking.not_known(_OF_THE_IMAGE, "there is no such image")
        return _evidence(asked, found, looking)
    subject = Subject(image.repository, Digest.parse(found.image.digest))
    evidence = _evidence(asked, found, looking)
    # Step 4.
    verification = looking.try_for(
        ("signature", "attestations", "provenance"),
        lambda: _verify(sources, subject, now, asked.environment),
        None,
    )
    # Step 5.
    sbom = looking.try_for(("sbom",), lambda: _sboms(sources, subject, asked.images), SbomFacts())
    owner = looking.try_for(("owner",), lambda: owner_facts(sources, subject.repository), OwnerFacts())
    return replace(
        evidence,
        signature=_signature(verification),
        attestations=_attestations(verification),
        provenance=_provenance(verification),
        sbom=sbom,
        base=looking.try_for(
            ("base",),
            lambda: _base_of(found.base, sources, subject, asked.images, now),
            _base(found.base, sources),
        ),
        campaigns=looking.try_for(("campaigns",), lambda: _campaigns(sources, subject, now), ()),
        owner=owner,
        undetermined=looking.undetermined,
    )


def _evidence(asked: Asked, found: PlatformFacts, looking: LookUps) -> Evidence:
    return Evidence(
        gate=asked.gate,
        environment=asked.environment,
        image=found.image,
        distro=found.distro,
        packages=found.packages,
        findings=found.findings,
        secrets=found.secrets,
        base=found.base,
        scan=found.scan,
        power=found.power,
        files=found.files,
        workload=asked.workload,
        about=asked.about,
        undetermined=looking.undetermined,
    )


def _elsewhere(asked: Asked, names: RegistryNames, looking: LookUps) -> Evidence:
    reference = asked.reference
    allowed = reference.registry in names.allowed
    presence = Presence.ELSEWHERE if allowed else Presence.FOREIGN
    looking.not_known(_OF_THE_IMAGE, f"the image is in {reference.registry}, which is not looked into")
    image = ImageFacts(
        reference.registry, reference.repository, _digest_text(reference), presence, reference.tag
    )
    return _evidence(asked, PlatformFacts(image), looking)


def _digest_text(reference: Reference) -> str:
    return "" if reference.digest is None else str(reference.digest)


def _look_into(sources: EvidenceSources, asked: Asked, image: ImageFacts, looking: LookUps) -> PlatformFacts:
    with sources.records.read() as kept:
        # Step 2.
        stored = resolve(kept, asked.reference)
        if stored is None:
            return PlatformFacts(replace(image, presence=Presence.MISSING))
        tags = kept.registry.tags_of(stored.repository, stored.digest)
        image = replace(image, digest=str(stored.digest), tags=tags)
        # Step 3.
        content = parse_manifest(stored.raw, stored.media_type)
        if not isinstance(content, Index):
            return platform_facts(kept, sources.blobs, stored, image, looking)
        listed = _looked_into(content, asked.images)
        return _of_index(kept, sources, stored, listed, image=image, looking=looking)


def resolve(kept: RecordSet, reference: Reference) -> StoredManifest | None:
    """Give the manifest that a name in our registry stands for; a digest counts for more than a tag."""
    digest = reference.digest
    if digest is None:
        tag = kept.registry.tag(reference.repository, reference.tag or DEFAULT_TAG)
        if tag is None:
            return None
        digest = tag.digest
    return kept.registry.manifest(reference.repository, digest)


def _of_index(
    kept: RecordSet,
    sources: EvidenceSources,
    stored: StoredManifest,
    listed: Sequence[Descriptor],
    *,
    image: ImageFacts,
    looking: LookUps,
) -> PlatformFacts:
    if not listed or len(listed) > MAX_PLATFORMS:
        what = f"more than {MAX_PLATFORMS} images" if listed else "no image"
        looking.not_known((*CONFIGURATION, *CONTENTS), f"the index lists {what}")
        return PlatformFacts(image)
    parts: list[PlatformFacts] = []
    for child in listed:
        manifest = kept.registry.manifest(stored.repository, child.digest)
        there = looking.on(str(child.platform or child.digest))
        if manifest is None:
            there.not_known(CONTENTS, f"{child.digest} of the index is not in this registry")
            continue
        parts.append(platform_facts(kept, sources.blobs, manifest, image, there))
    return merged(parts, image) if parts else PlatformFacts(image)


def _verify(sources: EvidenceSources, subject: Subject, now: datetime, environment: str) -> ImageVerification:
    return sources.verdicts.verify(subject, now, environment=environment)


def _signature(verification: ImageVerification | None) -> SignatureFacts:
    if verification is None:
        return SignatureFacts(Proof.UNDETERMINED, "the signatures could not be looked into")
    verdict = verification.signatures
    match verdict:
        case Verified():
            signers = tuple(sorted(signer.name for signer in verdict.signers))
            return SignatureFacts(Proof.VERIFIED, "", signers)
        case Rejected():
            return SignatureFacts(Proof.REJECTED, verdict.reason)
        case Undetermined():
            return SignatureFacts(Proof.UNDETERMINED, f"{verdict.lookup}: {verdict.reason}")


def _attestations(verification: ImageVerification | None) -> tuple[AttestationFact, ...]:
    if verification is None:
        return ()
    return tuple(
        _attestation(type_, verdict)
        for type_, verdict in sorted(verification.attestations.items())
        # What nobody attested is not listed; what was attested badly is.
        if not (isinstance(verdict, Rejected) and verdict.step in {Step.RULE, Step.PRESENT})
    )


def _provenance(verification: ImageVerification | None) -> ProvenanceFacts:
    if verification is None:
        return ProvenanceFacts()
    build = verification.build
    if build is None:
        return ProvenanceFacts(builders_are_listed=verification.builders_are_listed)
    provenance = build.provenance
    return ProvenanceFacts(
        known=True,
        builders_are_listed=verification.builders_are_listed,
        build_type=provenance.build_type,
        builder=provenance.builder,
        listed_as=build.listed_as,
        source=provenance.source,
        commit=provenance.commit,
        branch=provenance.branch,
        started_by=provenance.started_by,
    )


def _attestation(type_: str, verdict: Verdict) -> AttestationFact:
    match verdict:
        case Verified():
            return AttestationFact(type_, Proof.VERIFIED, ", ".join(s.name for s in verdict.signers))
        case Rejected():
            return AttestationFact(type_, Proof.REJECTED)
        case Undetermined():
            return AttestationFact(type_, Proof.UNDETERMINED)


def _looked_into(index: Index, images: Sequence[Digest]) -> list[Descriptor]:
    """The images of an index that are judged: those that were asked about, else all."""
    if images:
        return list({child.digest: child for child in index.manifests if child.digest in images}.values())
    return [child for child in index.manifests if is_platform(child)]


def _sboms(sources: EvidenceSources, subject: Subject, images: Sequence[Digest]) -> SbomFacts:
    """An index has a bill of materials when it has one itself, or each of its images has."""
    with sources.records.read() as kept:
        own = _formats(kept, subject)
        stored = kept.registry.manifest(subject.repository, subject.digest)
        content = parse_manifest(stored.raw, stored.media_type) if stored is not None else None
        if not own and isinstance(content, Index):
            listed = _looked_into(content, images)[:MAX_PLATFORMS]
            of_each = [_formats(kept, Subject(subject.repository, child.digest)) for child in listed]
            own = set.intersection(*of_each) if of_each else set()
    return SbomFacts(bool(own), tuple(sorted(own)))


def _formats(kept: RecordSet, subject: Subject) -> set[str]:
    made = {document.format.partition("-")[0] for document in kept.contents.sboms(subject.digest)}
    attached = {
        name
        for type_, name in _SBOM_TYPES.items()
        if kept.registry.referrers(subject.repository, subject.digest, artifact_types=(type_,), limit=1).items
    }
    return made | attached


def owner_facts(sources: EvidenceSources, repository: str) -> OwnerFacts:
    """Say who answers for a repository."""
    owner = find_owner(sources.records, repository)
    if not isinstance(owner, Owned):
        return OwnerFacts()
    return OwnerFacts(owner.team.name, owner.team.contact)


def _base_of(
    base: BaseFacts, sources: EvidenceSources, subject: Subject, images: tuple[Digest, ...], now: datetime
) -> BaseFacts:
    """The base by the image's layers, and how it stands in the catalogue, else by the settings."""
    with sources.records.read() as kept:
        manifests = images or platforms_of(kept, subject.repository, subject.digest)
        found = base_facts(kept, sources.registries.name, manifests, base, now)
        catalogued = bool(kept.lineage.catalogue())
    if catalogued and found.by_layers:
        return found
    judged = _base(found, sources)
    refuted = found.approved is Proof.REJECTED and found.reason != BaseFacts().reason
    return found if refuted else judged


def _campaigns(sources: EvidenceSources, subject: Subject, now: datetime) -> tuple[CampaignFact, ...]:
    with sources.records.read() as kept:
        images = {subject.digest, *platforms_of(kept, subject.repository, subject.digest)}
        # A campaign knows images of several platforms by their index; each of them is reached by itself too.
        listed = (
            kept.registry.indexes_of(place.repository, subject.digest) for place in _places(kept, subject)
        )
        return campaign_facts(kept, images.union(*listed), now)


def _places(kept: RecordSet, subject: Subject) -> tuple[Place, ...]:
    return kept.registry.places_of([subject.digest]).get(subject.digest, ())


def _base(base: BaseFacts, sources: EvidenceSources) -> BaseFacts:
    """Say whether the base is one to build on."""
    if not base.reference and not base.digest:
        return replace(
            base, approved=Proof.UNDETERMINED, reason="the image does not say what it was built on"
        )
    if not sources.approved_bases:
        return replace(base, approved=Proof.UNDETERMINED, reason="there is no catalogue of approved bases")
    reference = _read(base.reference)
    if reference is None or reference.registry not in sources.registries.ours:
        return replace(base, approved=Proof.REJECTED, reason="it is not in this registry")
    if not any(pattern.matches(reference.repository) for pattern in sources.approved_bases):
        return replace(base, approved=Proof.REJECTED, reason="it is not in the catalogue of approved bases")
    return replace(base, approved=Proof.VERIFIED, reason="")


def _read(text: str) -> Reference | None:
    try:
        return parse_reference(text)
    except LadingError:
        return None

"""Ask the gate about each platform that an environment runs.

1. What the name stands for is looked up, and from here on it is about that digest.
2. Which of its images the environment would run is found out (``promotion.platforms``). One that is lacking
   is refused before any rule is asked: no waiver puts an image where there is none.
3. Each platform is asked about by itself: contents are those of its images; signatures, provenance, tags and
   waivers are those of the index, which is what was signed and what is promoted.
4. The strictest decision speaks for the whole. It is kept last, so what is shown of the digest is that.

An environment that does not say which platforms it runs is asked about all images as one, as every gate does.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime

from lading.access.verbs import Verb
from lading.foundation.errors import LadingError
from lading.oci import media_types
from lading.oci.config import MAX_CONFIG_BYTES, parse_config
from lading.oci.descriptor import Descriptor, Platform
from lading.oci.manifest import Index, Manifest, parse_manifest
from lading.policy.evidence import Evidence
from lading.ports.blob_store import BlobReader
from lading.ports.records.governance import StoredDecision
from lading.ports.records.record_set import RecordSet
from lading.ports.records.registry import StoredManifest
from lading.promotion.environments import Environment
from lading.promotion.platforms import ChosenPlatforms, ListedImage, PlatformOutcome, choose
from lading.registry.caller import Caller
from lading.workflows.collect_evidence import collect_evidence, resolve
from lading.workflows.evidence_sources import Asked
from lading.workflows.gate import Asker, GatePorts, ask_gate, decide, decide_on
from lading.workflows.read_environments import load_environments


@dataclass(frozen=True, slots=True)
class PlatformVerdict:
    """What the gate said of one platform."""

    platform: str
    decision: StoredDecision

    @property
    def outline(self) -> PlatformOutcome:
        """What a promotion remembers of it."""
        return PlatformOutcome(self.platform, self.decision.decision.outcome, self.decision.id)


@dataclass(frozen=True, slots=True)
class GateVerdicts:
    """The decision that speaks for the whole, and those of the platforms where these were asked about."""

    decision: StoredDecision
    platforms: tuple[PlatformVerdict, ...] = ()
    not_run: tuple[str, ...] = ()


def ask_platforms(ports: GatePorts, caller: Caller, asked: Asked, now: datetime) -> GateVerdicts:
    """Answer who may read the evidence; raise Forbidden for others, Conflict for a lacking platform."""
    caller.require(Verb.READ_EVIDENCE, asked.reference.repository)
    with ports.sources.records.read() as kept:
        known = {each.name: each for each in load_environments(kept).all}
        environment = known.get(asked.environment)
        ours = asked.reference.registry in ports.sources.registries.ours
        stored = resolve(kept, asked.reference) if ours and environment is not None else None
        chosen = None
        if stored is not None and environment is not None:
            chosen = choose_images(kept, ports.sources.blobs, environment, stored)
    if stored is None or chosen is None:
        return GateVerdicts(ask_gate(ports, caller, asked, now))
    asked = replace(asked, reference=replace(asked.reference, digest=stored.digest))
    return decide_each(ports, Asker(str(caller.principal), caller.request_id), asked, chosen, now)


def choose_images(
    kept: RecordSet, blobs: BlobReader, environment: Environment, stored: StoredManifest
) -> ChosenPlatforms | None:
    """Do step 2; None where the environment does not say what it runs."""
    if not environment.platforms:
        return None
    listed = tuple(_iter_listed(kept, blobs, stored))
    return choose(environment.name, environment.platforms, stored.repository, listed)


def decide_each(
    ports: GatePorts, asker: Asker, asked: Asked, chosen: ChosenPlatforms | None, now: datetime
) -> GateVerdicts:
    """Do steps 3 and 4."""
    if chosen is None:
        return GateVerdicts(decide(ports, asker, asked, now))
    subject = str(asked.reference)
    found: dict[str, Evidence] = {
        name: collect_evidence(ports.sources, replace(asked, images=images), now)
        for name, images in chosen.run
    }
    weights = {
        name: decide_on(ports, asker, evidence, subject, now, record=False).decision.outcome.weight
        for name, evidence in found.items()
    }
    decided = {
        name: decide_on(ports, asker, found[name], f"{subject} ({name})", now)
        for name in sorted(found, key=lambda name: weights[name])
    }
    strictest = max(decided.values(), key=lambda each: each.decision.outcome.weight)
    verdicts = tuple(PlatformVerdict(name, decided[name]) for name in found)
    return GateVerdicts(strictest, verdicts, chosen.not_run)


def _iter_listed(kept: RecordSet, blobs: BlobReader, stored: StoredManifest) -> Iterator[ListedImage]:
    content = parse_manifest(stored.raw, stored.media_type)
    if not isinstance(content, Index):
        yield ListedImage(stored.digest, None, _platform_said(blobs, content))
        return
    for entry in content.manifests:
        if not _could_be_chosen(entry):
            continue
        child = kept.registry.manifest(stored.repository, entry.digest)
        manifest = parse_manifest(child.raw, child.media_type) if child is not None else None
        said = _platform_said(blobs, manifest) if isinstance(manifest, Manifest) else None
        yield ListedImage(entry.digest, entry.platform, said)


def _could_be_chosen(entry: Descriptor) -> bool:
    """Whether an engine might run it: by its platform, whether or not it calls itself an attestation."""
    if entry.media_type not in media_types.MANIFESTS or entry.artifact_type:
        return False
    return entry.platform is None or entry.platform.os != "unknown"


def _platform_said(blobs: BlobReader, manifest: Manifest) -> Platform | None:
    """What the image's configuration says; None for what is no image or cannot be read."""
    if not manifest.is_image:
        return None
    try:
        with closing(blobs.read(manifest.config.digest, stop=MAX_CONFIG_BYTES + 1)) as stream:
            return parse_config(b"".join(stream)).platform
    except LadingError:
        return None

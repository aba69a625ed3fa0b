"""List what runs, and how each container stands to what the registry knows now.

Standing is found when it is read, not when a report came in: an image is signed, found vulnerable or deleted
while its containers run on. Each distinct image of a page is looked into once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lading.access.verbs import Verb
from lading.inventory.container import RunningContainer
from lading.inventory.standing import (
    ImageKnowledge,
    RunningImage,
    Standing,
    candidates,
    config_of,
    standing_of,
    started_by,
)
from lading.oci.digest import Digest
from lading.oci.reference import Reference
from lading.policy.decision import Decision, Outcome, Verdict
from lading.policy.evidence import Evidence, Gate, Proof
from lading.policy.workload_evidence import WorkloadFacts
from lading.ports.records.inventory import SeenContainer
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.record_set import RecordSet
from lading.registry.caller import Caller
from lading.workflows.evidence_sources import Asked
from lading.workflows.gate import GatePorts, preview


@dataclass(frozen=True, slots=True)
class RunningEntry:
    """A container that runs, and how it stands.

    ``image`` is its image in this registry and ``decision`` what the policy says of that now; None where the
    registry does not know it.
    """

    seen: SeenContainer
    environment: str
    image: RunningImage | None
    standing: Standing
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class _Judged:
    evidence: Evidence
    decision: Decision


def list_running(
    ports: GatePorts,
    caller: Caller,
    now: datetime,
    *,
    environment_of: Callable[[str], str],
    host: str = "",
    after: str = "",
    limit: int = DEFAULT_LIMIT,
) -> Page[RunningEntry]:
    """Give the containers that run now, by host and container, as far as the caller may see their images.

    ``environment_of`` gives the environment of a host.
    """
    ours = ports.sources.registries.ours
    with ports.sources.records.read() as kept:
        page = kept.inventory.running(host=host, after=after, limit=limit)
        found = [(seen, locate_image(kept, seen.container, ours)) for seen in page.items]
        tags = {
            (seen.container.host, seen.container.id): _tag_now(kept, seen.container, image, ours)
            for seen, image in found
            if image is not None
        }
    judged: dict[tuple[RunningImage, str], _Judged] = {}
    entries: list[RunningEntry] = []
    for seen, image in found:
        environment = environment_of(seen.container.host)
        if image is None:
            if caller.may_list_repositories():
                entries.append(
                    RunningEntry(seen, environment, None, standing_of(seen.container, None, None), None)
                )
        elif caller.may(Verb.READ_EVIDENCE, image.repository):
            key = (image, environment)
            if key not in judged:
                judged[key] = _judge(ports, image, environment, now)
            known = _knowledge(judged[key], *tags[seen.container.host, seen.container.id])
            standing = standing_of(seen.container, image, known)
            entries.append(RunningEntry(seen, environment, image, standing, judged[key].decision))
    return Page(tuple(entries), page.next)


def locate_image(kept: RecordSet, container: RunningContainer, ours: frozenset[str]) -> RunningImage | None:
    """Find the image that a container runs: by the name it was pulled under, else by its configuration."""
    for image in candidates(container, ours):
        if kept.registry.manifest(image.repository, image.digest) is not None:
            return image
    config = config_of(container)
    if config is None:
        return None
    for manifest in kept.contents.images_by_config(config):
        stored = kept.registry.manifest_anywhere(manifest)
        if stored is not None:
            return RunningImage(stored.repository, stored.digest)
    return None


def _tag_now(
    kept: RecordSet, container: RunningContainer, image: RunningImage, ours: frozenset[str]
) -> tuple[str | None, Digest | None]:
    """Give the tag by which it was started, and the digest that this tag stands for now."""
    reference = started_by(container, ours)
    if reference is None or reference.digest is not None or reference.repository != image.repository:
        return None, None
    name = reference.tag or "latest"
    tag = kept.registry.tag(reference.repository, name)
    if tag is None:
        return name, None
    # An engine may know only the image for its platform where the tag points to the index that lists it.
    listed_in = kept.registry.indexes_of(image.repository, image.digest)
    return name, image.digest if tag.digest in listed_in else tag.digest


def _judge(ports: GatePorts, image: RunningImage, environment: str, now: datetime) -> _Judged:
    reference = Reference(ports.sources.registries.name, image.repository, digest=image.digest)
    asked = Asked(Gate.RUNTIME, environment, reference, WorkloadFacts("container"))
    return _Judged(*preview(ports, asked, now))


def _knowledge(judged: _Judged, tag: str | None, tag_now: Digest | None) -> ImageKnowledge:
    signature, decision = judged.evidence.signature, judged.decision
    unanswered = judged.evidence.unanswered()
    unsure = signature.verdict is Proof.UNDETERMINED or "signature" in unanswered
    refused = [result for result in decision.results if result.effect is Outcome.DENY]
    failed = [result.rule for result in refused if result.verdict is Verdict.FAIL]
    passes = None if refused and not failed else not refused
    return ImageKnowledge(
        signed=None if unsure else signature.verdict is Proof.VERIFIED,
        signed_reason=unanswered.get("signature", signature.reason),
        passes=passes,
        passes_reason=_refusal_reason(decision, failed, [result.rule for result in refused]),
        tag=tag,
        tag_now=tag_now,
    )


def _refusal_reason(decision: Decision, failed: list[str], refused: list[str]) -> str:
    if failed:
        return f"{decision.environment or 'the policy'} refuses it: {', '.join(failed)}"
    return f"{', '.join(refused)} could not be judged" if refused else ""

"""Ask the policy before an image is taken in: what its configuration, its name and its owner say.

1. Only what an engine could run is asked about, also where it claims to be attached to something; signatures
   and bills of materials go with what was.
2. Where no rule of the policy in force is asked at push, nothing is.
3. What the analysis finds later is not known yet: rules about contents name their gates, without push.
4. A denial is the answer to the client, in the words of every other gate, and nothing of the push is kept.
"""

from dataclasses import replace
from datetime import datetime

from lading.foundation.errors import Forbidden
from lading.oci.digest import Digest
from lading.oci.manifest import Manifest, ManifestOrIndex
from lading.policy.decision import Outcome
from lading.policy.evidence import Evidence, Gate, ImageFacts, OwnerFacts
from lading.policy.message import render
from lading.policy.rule import Policy
from lading.ports.records.registry import StoredManifest
from lading.registry.caller import Caller
from lading.workflows.collect_evidence import owner_facts
from lading.workflows.evidence_sources import LookUps
from lading.workflows.gate import Asker, GatePorts, decide_on
from lading.workflows.gate_pull import could_run
from lading.workflows.platform_facts import PlatformFacts, platform_facts
from lading.workflows.policy_in_force import policy_in_force
from lading.workflows.push_manifest import ManifestUpload

_NOT_YET = ("packages", "findings", "secrets", "signature", "attestations", "sbom", "scan", "distro")


def gate_push(
    ports: GatePorts,
    caller: Caller,
    upload: ManifestUpload,
    pushed: tuple[Digest, ManifestOrIndex],
    now: datetime,
) -> None:
    """Raise Forbidden ``gate-denied`` where the policy denies; by the numbered steps above."""
    digest, manifest = pushed
    # Step 1.
    if not could_run(manifest):
        return
    # Step 2.
    with ports.sources.records.read() as kept:
        policy = policy_in_force(kept, ports.policy)
    if not asks_at_push(policy):
        return
    # Step 3.
    evidence = _evidence(ports, caller, upload, digest, manifest, now=now)
    name = f"{evidence.image.registry}/{upload.repository}{f':{upload.tags[0]}' if upload.tags else ''}"
    asker = Asker(str(caller.principal), caller.request_id)
    decision = decide_on(ports, asker, evidence, f"{name}@{digest}", now).decision
    # Step 4.
    if decision.outcome is Outcome.DENY:
        raise Forbidden("gate-denied", render(decision))


def asks_at_push(policy: Policy) -> bool:
    """Whether any rule of the policy can be asked at push."""
    return any(not rule.applies.gates or Gate.PUSH in rule.applies.gates for rule in policy.rules)


def _evidence(
    ports: GatePorts,
    caller: Caller,
    upload: ManifestUpload,
    digest: Digest,
    manifest: ManifestOrIndex,
    *,
    now: datetime,
) -> Evidence:
    looking = LookUps()
    image = ImageFacts(
        registry=ports.sources.registries.name,
        repository=upload.repository,
        digest=str(digest),
        tag=upload.tags[0] if upload.tags else "",
        tags=upload.tags,
    )
    found = PlatformFacts(image)
    if isinstance(manifest, Manifest):
        stored = StoredManifest(
            repository=upload.repository,
            digest=digest,
            media_type=manifest.media_type,
            raw=upload.raw,
            kind="image",
            subject=None,
            artifact_type="",
            annotations=manifest.annotations,
            pushed_at=now,
            pushed_by=str(caller.principal),
        )
        with ports.sources.records.read() as kept:
            found = platform_facts(kept, ports.sources.blobs, stored, image, looking)
    else:
        unknown = ("image.user", "image.root", "image.size", "image.layers", "image.labels", "image.ports")
        looking.not_known((*unknown, "base"), "the images of the index were asked about as they came")
    looking.not_known(_NOT_YET, "the image is being pushed and was not analysed yet")
    owner = looking.try_for(("owner",), lambda: owner_facts(ports.sources, upload.repository), OwnerFacts())
    return Evidence(
        gate=Gate.PUSH,
        environment="",
        image=replace(found.image, tags=upload.tags),
        base=found.base,
        owner=owner,
        undetermined=looking.undetermined,
    )

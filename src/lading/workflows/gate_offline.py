"""Say what a policy says of an image that is in no registry of ours: looked into here, without a server.

1. What is inside is found by the steps that the server takes, and put into the same evidence.
2. What only the server can tell (who signed it, who owns it, which campaign it is in, what its base is worth)
   is not known, and said to be. A rule that cannot tell for that reason warns at most: the server will tell.
3. No waiver counts: they are kept by the server.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from lading.oci.digest import Digest
from lading.policy.decision import Decision, Outcome, RuleResult, Verdict, mildest, strictest
from lading.policy.evaluation import evaluate
from lading.policy.evidence import Evidence, Gate, ImageFacts
from lading.policy.rule import Policy
from lading.ports.records.record_set import Records
from lading.ports.records.registry import StoredManifest
from lading.workflows.evidence_sources import LookUps
from lading.workflows.platform_facts import platform_facts
from lading.workflows.scan_image import ScannedImage

ONLY_SERVER = ("signature", "attestations", "provenance", "sbom", "base.approved", "base.state", "owner")
_WHY = "only the server can tell, and it was not asked"


@dataclass(frozen=True, slots=True)
class OfflineAsk:
    """Where the image is meant to go: rules go by its repository, gate and environment."""

    repository: str
    environment: str = ""
    gate: Gate = Gate.LAPTOP


def decide_offline(
    records: Records, scanned: ScannedImage, policy: Policy, ask: OfflineAsk, now: datetime
) -> Decision:
    """Decide by the numbered steps."""
    decision = evaluate(policy, local_evidence(records, scanned, ask, now), now=now)
    results = tuple(_left_to_server(result) for result in decision.results)
    return replace(decision, results=results, outcome=strictest(*(result.effect for result in results)))


def _left_to_server(result: RuleResult) -> RuleResult:
    if result.verdict is Verdict.UNDETERMINED and result.reason.endswith(_WHY):
        return replace(result, effect=mildest(result.effect, Outcome.WARN))
    return result


def local_evidence(records: Records, scanned: ScannedImage, ask: OfflineAsk, now: datetime) -> Evidence:
    """Put what was found into evidence. The source has to be open still."""
    source, looking = scanned.source, LookUps()
    stored = StoredManifest(
        repository=ask.repository,
        digest=Digest.of(source.manifest),
        media_type=source.media_type,
        raw=source.manifest,
        kind="image",
        subject=None,
        artifact_type="",
        annotations={},
        pushed_at=now,
        pushed_by="",
    )
    image = ImageFacts(registry="", repository=ask.repository, digest=str(scanned.digest))
    # Step 1.
    with records.read() as kept:
        found = platform_facts(kept, source.blobs, stored, image, looking)
    # Step 2.
    looking.not_known((*ONLY_SERVER, "campaigns"), _WHY)
    return Evidence(
        gate=ask.gate,
        environment=ask.environment,
        image=found.image,
        distro=found.distro,
        packages=found.packages,
        findings=found.findings,
        secrets=found.secrets,
        base=found.base,
        scan=found.scan,
        power=found.power,
        files=found.files,
        undetermined=looking.undetermined,
    )

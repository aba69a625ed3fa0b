"""What a waiver would let through, told to those who approve it.

The newest decision for each image and environment is asked again, on the evidence that it rested on, with the
waiver and without: what is denied now and would not be then is its blast radius.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from lading.oci.digest import Digest
from lading.policy.decision import Outcome
from lading.policy.evaluation import evaluate
from lading.policy.evidence_facts import decode
from lading.policy.rule import Policy
from lading.policy.waiver import Waiver, WaiverBounds
from lading.ports.records.governance import StoredDecision
from lading.ports.records.record_set import RecordSet

MOST = 2_000  # standing denials that are asked again
_PAGE = 500
_SOMEBODY = "person:somebody-else"  # so that an approval can be supposed


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """What would pass. ``denied`` counts what is denied in scope now, ``cut`` says whether there is more."""

    denied: int
    images: tuple[str, ...]  # repository@digest of those that would pass
    environments: tuple[str, ...]
    teams: tuple[str, ...]
    running: int
    cut: bool = False

    def as_evidence(self) -> dict[str, object]:
        """Give it as small JSON."""
        return {**asdict(self), "images": list(self.images[:50]), "would_pass": len(self.images)}


def blast_radius(
    kept: RecordSet, policy: Policy, waiver: Waiver, now: datetime, bounds: WaiverBounds
) -> BlastRadius:
    """Measure by asking again; the waiver is supposed to be approved."""
    supposed = replace(waiver, approver=_SOMEBODY, approved_at=now)
    others = kept.governance.waivers_in_force(now=now)
    standing, cut = _denied_in_scope(kept, waiver)
    images: dict[str, Digest] = {}
    environments: set[str] = set()
    teams: set[str] = set()
    for stored in standing:
        content = kept.governance.evidence(Digest.parse(stored.decision.evidence_digest))
        if content is None:
            continue
        evidence = decode(content)
        then = evaluate(policy, evidence, (*others, supposed), now=now, bounds=bounds)
        if then.outcome is not Outcome.DENY:
            images[f"{stored.decision.repository}@{stored.decision.image}"] = Digest.parse(
                stored.decision.image
            )
            environments.add(stored.decision.environment)
            teams.add(evidence.owner.team or "(nobody)")
    running = kept.inventory.running_from(images.values()) if images else frozenset()
    return BlastRadius(
        len(standing),
        tuple(sorted(images)),
        tuple(sorted(environments)),
        tuple(sorted(teams)),
        len(running),
        cut,
    )


def _denied_in_scope(kept: RecordSet, waiver: Waiver) -> tuple[list[StoredDecision], bool]:
    found: list[StoredDecision] = []
    after = ""
    while True:
        page = kept.governance.standing_decisions(outcome=Outcome.DENY.value, after=after, limit=_PAGE)
        for stored in page.items:
            said = stored.decision
            if said.image and waiver.scope.covers_image(said.repository, said.image, said.environment):
                found.append(stored)
        if not page.next or len(found) >= MOST:
            return found[:MOST], bool(page.next)
        after = page.next

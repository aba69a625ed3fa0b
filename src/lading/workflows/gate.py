"""Ask a gate: may this image pass?

1. Collect the evidence; it tells what could not be found out.
2. Take the policy and the waivers that are in force now.
3. A decision that was made on exactly the same grounds a short while ago stands.
4. Else evaluate, and keep the decision, its evidence and an audit entry in one transaction.

Moments matter to rules (the age of a scan), so a decision is used again for a short while only, and never
beyond the end of a waiver that it rests on.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from lading import __version__
from lading.access.verbs import Verb
from lading.approvals.approval import ApprovalRules
from lading.audit.entry import Event
from lading.foundation import strict_json
from lading.foundation.instants import rfc3339
from lading.oci.digest import Digest
from lading.policy.decision import Decision, Outcome
from lading.policy.decision_cache import DecisionCache
from lading.policy.evaluation import Case
from lading.policy.evidence import Evidence, Gate
from lading.policy.evidence_facts import WrittenEvidence, write
from lading.policy.excuses import waivers_concerning
from lading.policy.rule import Policy
from lading.policy.waiver import Waiver, WaiverBounds
from lading.ports.records.governance import GateSighting, StoredDecision
from lading.ports.replaying import Replaying
from lading.registry.caller import Caller
from lading.workflows.collect_evidence import collect_evidence
from lading.workflows.evidence_sources import Asked, EvidenceSources
from lading.workflows.policy_in_force import PolicyTerms, policy_in_force

STANDS_FOR = timedelta(minutes=5)
NOTED_FOR = timedelta(minutes=5)  # that a gate asks a policy


class Sightings:
    """Which policy each gate of this process was noted to ask, and when: not at every decision."""

    def __init__(self) -> None:
        self._noted: dict[str, tuple[str, datetime]] = {}

    def due(self, gate: str, policy: str, now: datetime) -> bool:
        """Whether it is to be noted now; it is taken to be."""
        noted = self._noted.get(gate)
        if noted is not None and noted[0] == policy and now - noted[1] < NOTED_FOR:
            return False
        self._noted[gate] = (policy, now)
        return True


@dataclass(frozen=True, slots=True)
class GatePorts:
    """What deciding needs. ``new_id`` gives a random name for each decision and promotion."""

    sources: EvidenceSources
    policy: PolicyTerms
    new_id: Callable[[], str]
    replaying: Replaying
    bounds: WaiverBounds = field(default_factory=WaiverBounds)
    approvals: ApprovalRules = field(default_factory=ApprovalRules)
    recent: DecisionCache[StoredDecision] = field(default_factory=DecisionCache, compare=False)
    host: str = ""  # where this server runs
    sightings: Sightings = field(default_factory=Sightings, compare=False)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, for the record: a principal, or whom another system names."""

    name: str
    request_id: str = ""


def ask_gate(ports: GatePorts, caller: Caller, asked: Asked, now: datetime) -> StoredDecision:
    """Answer somebody who may read the evidence; raise Forbidden for others."""
    caller.require(Verb.READ_EVIDENCE, asked.reference.repository)
    return decide(ports, Asker(str(caller.principal), caller.request_id), asked, now)


def try_policy(
    ports: GatePorts, caller: Caller, asked: Asked, policy: Policy, now: datetime
) -> StoredDecision:
    """Say what a policy that is not in force would decide; nothing is kept, and the id is empty."""
    caller.require(Verb.READ_EVIDENCE, asked.reference.repository)
    grounds = _find_grounds(ports, collect_evidence(ports.sources, asked, now), now)
    decision = _evaluate(ports, replace(grounds, policy=policy), now)
    return StoredDecision("", decision, str(asked.reference), str(caller.principal), grounds.waivers_digest)


def decide(
    ports: GatePorts, asker: Asker, asked: Asked, now: datetime, *, record: bool = True
) -> StoredDecision:
    """Decide by the numbered steps above. Without ``record`` nothing is kept, and the id is empty.

    Only what keeps the decision from being stored raises: Upstream where records cannot be reached.
    """
    # Step 1.
    evidence = collect_evidence(ports.sources, asked, now)
    return decide_on(ports, asker, evidence, str(asked.reference), now, record=record)


def decide_on(
    ports: GatePorts, asker: Asker, evidence: Evidence, subject: str, now: datetime, *, record: bool = True
) -> StoredDecision:
    """Decide on evidence that is at hand, from step 2 on; ``subject`` names what it is about."""
    # Step 2.
    grounds = _find_grounds(ports, evidence, now)
    # Step 3.
    key = (grounds.policy.digest, grounds.written.digest, grounds.waivers_digest)
    recent = ports.recent.get(key)
    if recent is not None and _stands(recent, now):
        return recent
    with ports.sources.records.read() as kept:
        known = kept.governance.decision_on(policy=key[0], evidence=key[1], waivers=key[2])
    if known is not None and _stands(known, now):
        ports.recent.keep(key, known)
        return known
    # Step 4.
    decision = _evaluate(ports, grounds, now)
    name = ports.new_id() if record else ""
    stored = StoredDecision(name, decision, subject, asker.name, grounds.waivers_digest)
    if record:
        with ports.sources.records.write() as kept:
            kept.governance.save_evidence(grounds.written.digest, grounds.written.content)
            kept.governance.save_decision(stored)
            kept.audit.append(_event(stored, asker, now))
            if ports.sightings.due(evidence.gate, str(grounds.policy.digest), now):
                kept.governance.see_gate(_sighting(ports, evidence.gate, grounds.policy, now))
        ports.recent.keep(key, stored)
    return stored


def preview(ports: GatePorts, asked: Asked, now: datetime) -> tuple[Evidence, Decision]:
    """Say what a gate would decide, and on which evidence; nothing is kept."""
    grounds = _find_grounds(ports, collect_evidence(ports.sources, asked, now), now)
    return grounds.written.evidence, _evaluate(ports, grounds, now)


@dataclass(frozen=True, slots=True)
class _Grounds:
    """All that a decision rests on, but the moment."""

    policy: Policy
    waivers: tuple[Waiver, ...]
    written: WrittenEvidence

    @property
    def waivers_digest(self) -> Digest:
        """Name the waivers, each as it stands: one that is changed is another."""
        named = [
            [
                waiver.id,
                rfc3339(waiver.expires),
                *(_when(at) for at in (waiver.approved_at, waiver.revoked_at)),
            ]
            for waiver in self.waivers
        ]
        return Digest.of(strict_json.encode_canonical(named))


def _find_grounds(ports: GatePorts, evidence: Evidence, now: datetime) -> _Grounds:
    with ports.sources.records.read() as kept:
        policy = policy_in_force(kept, ports.policy)
        waivers = waivers_concerning(kept.governance.waivers_in_force(now=now), evidence)
    return _Grounds(policy, waivers, write(evidence))


def _evaluate(ports: GatePorts, grounds: _Grounds, now: datetime) -> Decision:
    return Case(grounds.policy, grounds.written, grounds.waivers, bounds=ports.bounds).decide(now)


def _sighting(ports: GatePorts, gate: Gate, policy: Policy, now: datetime) -> GateSighting:
    name = f"{ports.sources.registries.name} on {ports.host}" if ports.host else ports.sources.registries.name
    return GateSighting(gate.value, name, str(policy.digest), __version__, now)


def _when(moment: datetime | None) -> str:
    return rfc3339(moment) if moment is not None else ""


def _stands(known: StoredDecision, now: datetime) -> bool:
    decision = known.decision
    ends = decision.valid_until
    return decision.at <= now < decision.at + STANDS_FOR and (ends is None or now < ends)


def _event(stored: StoredDecision, asker: Asker, now: datetime) -> Event:
    decision = stored.decision
    details: dict[str, object] = {
        "decision": stored.id,
        "gate": decision.gate.value,
        "environment": decision.environment,
        "image": decision.image,
        "policy": decision.policy_digest,
        "evidence": decision.evidence_digest,
        "refused_by": [result.rule for result in decision.with_effect(Outcome.DENY)],
    }
    return Event(
        at=rfc3339(now),
        actor=asker.name,
        action=f"decision.{decision.outcome}",
        subject=stored.reference,
        outcome="denied" if decision.outcome is Outcome.DENY else "done",
        details=details,
        request_id=asker.request_id,
    )

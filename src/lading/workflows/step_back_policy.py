"""Watch what a rollout refuses, and step back where it refuses more than it says (``policy.step_back``).

1. Decisions are read, newest first, as far back as a month before the date: those since then that refuse, and
   before it which repositories passed in which environment.
2. Where the number is passed, the policy with the step back in it is put in force by the server, signed, and
   told in the audit log with what was counted. A policy that somebody changed meanwhile is not touched.
3. Where its text cannot be changed (a rollout that is not written as a block), the policy before it is put in
   force again: who wrote this one has to do it anew.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM
from lading.oci.digest import Digest
from lading.policy.decision import Outcome
from lading.policy.evidence_facts import decode
from lading.policy.rollout import RolloutStep
from lading.policy.step_back import Overshoot, Refusal, overshoot, stepped_back, watched_steps
from lading.ports.records.governance import StoredDecision
from lading.ports.records.record_set import RecordSet
from lading.registry.caller import BoundRights, Caller
from lading.workflows.gate import GatePorts
from lading.workflows.policy_in_force import PolicyStanding, policy_standing, put_in_force

JOB = "step-back-policy"
LOOKS_BACK = timedelta(days=30)  # before the date, for what passed
_MOST = 20_000  # decisions that are looked at in one turn
_PAGE = 500


def step_back_policy(ports: GatePorts, now: datetime) -> tuple[Overshoot, ...]:
    """Do it by the numbered steps, and give what was too much: one step of the rollout at a time."""
    with ports.sources.records.read() as kept:
        standing = policy_standing(kept, ports.policy)
        watched = watched_steps(standing.policy, now)
        # Step 1.
        refusals = _refusals(kept, watched) if watched else ()
    for step in watched:
        found = overshoot(standing.policy, step, refusals)
        if found is not None and _step_back(ports, standing, found, now):
            return (found,)
    return ()


def _step_back(ports: GatePorts, seen: PolicyStanding, found: Overshoot, now: datetime) -> bool:
    """Steps 2 and 3; say whether it was done."""
    caller = Caller(SYSTEM, BoundRights(NO_BINDINGS))
    with ports.sources.records.write() as kept:
        current = policy_standing(kept, ports.policy)
        if current.document is None or current.document != seen.document:
            return False
        text = stepped_back(current.text, found, now) or _text_before(kept, ports, current.document.number)
        told: dict[str, object] = {
            "rules": list(found.rules),
            "repositories": list(found.repositories[:50]),
            "by_team": dict(found.by_team),
            "limit": found.step.step_back_at,
            "teams": sorted(found.step.teams),
        }
        kept.audit.append(caller.did("policy.step-back", seen.policy.name, now, **told))
        put_in_force(kept, ports.policy, caller, text, now, stepped_back=list(found.rules))
    return True


def _text_before(kept: RecordSet, ports: GatePorts, number: int) -> str:
    page = kept.governance.policies(limit=20)
    before = next((one.text for one in page.items if one.number < number), None)
    return before if before is not None else ports.policy.shipped.decode()


def _refusals(kept: RecordSet, watched: tuple[RolloutStep, ...]) -> tuple[Refusal, ...]:
    date = min(step.enforce for step in watched if step.enforce is not None)
    refused: list[StoredDecision] = []
    passed: set[tuple[str, str]] = set()
    for stored in _iter_decisions(kept, date - LOOKS_BACK):
        said = stored.decision
        if said.at >= date and said.outcome is Outcome.DENY:
            refused.append(stored)
        elif said.at < date and said.outcome is not Outcome.DENY:
            passed.add((said.repository, said.environment))
    counted = [one for one in refused if (one.decision.repository, one.decision.environment) in passed]
    return tuple(refusal for one in counted if (refusal := _refusal(kept, one)) is not None)


def _refusal(kept: RecordSet, stored: StoredDecision) -> Refusal | None:
    said = stored.decision
    content = kept.governance.evidence(Digest.parse(said.evidence_digest))
    if content is None:
        return None
    rules = tuple(result.rule for result in said.with_effect(Outcome.DENY))
    return Refusal(said.repository, said.environment, decode(content).owner.team, rules, said.at)


def _iter_decisions(kept: RecordSet, since: datetime) -> Iterator[StoredDecision]:
    after, count = "", 0
    while count < _MOST:
        page = kept.governance.decisions(after=after, limit=_PAGE)
        for stored in page.items:
            if stored.decision.at < since:
                return
            yield stored
        count += len(page.items)
        if not page.next:
            return
        after = page.next

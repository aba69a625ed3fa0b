"""What weakens the gates while nobody looks: exemptions that nobody uses, wide scopes, open ends.

1. A waiver that counts and excused nothing in the last month is not needed.
2. A scope of every repository, or a binding of more than reading on all, is wider than anybody checked.
3. A rule that is only observed, or that lets pass what could not be found out, does not guard.
4. A waiver that ends within a week has to be followed up; one that was renewed often is a rule nobody keeps.
5. A policy that steps back by itself, or that has no signature that counts, and a gate that asks another one
   than is in force, are not what was decided on.
6. A break-glass whose review is open, and an approval whose deadline passed, wait for somebody.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lading.access.principal import SYSTEM
from lading.access.verbs import ROLES, Verb
from lading.approvals.approval import ApprovalKind, ApprovalState
from lading.foundation.instants import rfc3339
from lading.policy.decision import Outcome
from lading.policy.gate_drift import GateStanding
from lading.policy.rollout import Mode
from lading.policy.rule import Policy
from lading.policy.waiver import Waiver, WaiverKind, WaiverState
from lading.ports.records.record_set import RecordSet
from lading.registry.caller import Caller
from lading.workflows.gate import GatePorts
from lading.workflows.policy_drift import PolicyAtGates, policy_at_gates
from lading.workflows.rights import load_roles, require_signed_in

UNUSED_AFTER = timedelta(days=30)
WARN_BEFORE = (7, 1)  # days before a waiver ends
_MOST_DECISIONS = 20_000
_PAGE = 1_000
_READING = ROLES["reader"] | ROLES["auditor"] | ROLES["agent"]


class Weakness(StrEnum):
    """What sort of weakness."""

    UNUSED_WAIVER = "unused-waiver"
    WIDE_WAIVER = "wide-waiver"
    ENDING_WAIVER = "ending-waiver"
    RENEWED_WAIVER = "renewed-waiver"
    WIDE_BINDING = "wide-binding"
    OBSERVED_RULE = "observed-rule"
    FAIL_OPEN_RULE = "fail-open-rule"
    STEPPED_BACK = "stepped-back"
    UNSIGNED_POLICY = "unsigned-policy"
    DRIFTED_GATE = "drifted-gate"
    OPEN_REVIEW = "open-review"
    OVERDUE_APPROVAL = "overdue-approval"


@dataclass(frozen=True, slots=True)
class Finding:
    """One weakness, what it is about, and what to do."""

    weakness: Weakness
    subject: str
    says: str
    advice: str


def hygiene(ports: GatePorts, caller: Caller, now: datetime) -> tuple[Finding, ...]:
    """Look for all of it, for whoever is signed in."""
    require_signed_in(caller)
    with ports.sources.records.read() as kept:
        at_gates = policy_at_gates(kept, ports, now)
        return tuple(iter_findings(kept, at_gates, now))


def iter_findings(kept: RecordSet, at_gates: PolicyAtGates, now: datetime) -> Iterator[Finding]:
    """Look by the numbered steps."""
    waivers = [one for one in _all_waivers(kept) if one.state(now) is WaiverState.ACTIVE]
    # Step 1.
    used = _used_waivers(kept, now) if waivers else frozenset()
    for waiver in waivers:
        if waiver.id not in used and waiver.approved_at and waiver.approved_at < now - UNUSED_AFTER:
            yield Finding(
                Weakness.UNUSED_WAIVER,
                waiver.id,
                f"excused nothing in {UNUSED_AFTER.days} days",
                f"end it: lading waiver revoke {waiver.id}",
            )
        yield from _wide_or_ending(waiver, now)
    # Step 2.
    roles = load_roles(kept.people)
    for binding in kept.people.bindings():
        verbs = roles.verbs(binding.role) or frozenset[Verb]()
        if binding.pattern == "**" and verbs - _READING:
            yield Finding(
                Weakness.WIDE_BINDING,
                f"{binding.principal} as {binding.role}",
                f"may {', '.join(sorted(verbs - _READING))} on every repository",
                "bind the role on the repositories that it is for",
            )
    yield from _rules(at_gates.standing.policy)
    yield from _gates(at_gates)
    yield from _approvals(kept, now)


def days_left(waiver: Waiver, now: datetime) -> int:
    """Give the days until it ends, begun ones counted."""
    return math.ceil((waiver.expires - now) / timedelta(days=1))


def ends_soon(waiver: Waiver, now: datetime) -> bool:
    """Whether it counts now and ends within a week. A break-glass is meant to end and surprises nobody."""
    counts = waiver.state(now) is WaiverState.ACTIVE and waiver.kind is WaiverKind.WAIVER
    return counts and days_left(waiver, now) <= max(WARN_BEFORE)


def _wide_or_ending(waiver: Waiver, now: datetime) -> Iterator[Finding]:
    if waiver.scope.repositories.covers_everything:
        yield Finding(
            Weakness.WIDE_WAIVER, waiver.id, "excuses on every repository", "ask anew for those it is for"
        )
    # Step 4.
    if ends_soon(waiver, now):
        left = days_left(waiver, now)
        yield Finding(
            Weakness.ENDING_WAIVER,
            waiver.id,
            f"ends in {left} {'day' if left == 1 else 'days'}: {rfc3339(waiver.expires)}",
            f"mend it, or ask again: lading waiver request --renews {waiver.id} …",
        )
    if waiver.renewals > 1:
        yield Finding(
            Weakness.RENEWED_WAIVER,
            waiver.id,
            f"is the {waiver.renewals + 1}th for the same in a row",
            "mend what is excused, or change the rule for everybody",
        )


def _rules(policy: Policy) -> Iterator[Finding]:
    # Step 3.
    observed = [rule.id for rule in policy.rules if rule.mode is Mode.OBSERVE]
    if observed:
        yield Finding(
            Weakness.OBSERVED_RULE,
            f"policy {policy.name}",
            f"only observes {len(observed)} rules: {', '.join(observed[:10])}",
            "see what they would deny (lading policy replay FILE), then let them warn and enforce",
        )
    for rule in policy.rules:
        strict = rule.effects.in_environment("prod") is Outcome.DENY
        if strict and rule.on_undetermined is Outcome.ALLOW:
            yield Finding(
                Weakness.FAIL_OPEN_RULE,
                rule.id,
                "lets pass in production what could not be found out",
                "write on_undetermined: deny, or warn",
            )


def _gates(at_gates: PolicyAtGates) -> Iterator[Finding]:
    # Step 5.
    standing = at_gates.standing
    name = f"policy {standing.policy.name}"
    for one in standing.passed_over:
        yield Finding(
            Weakness.UNSIGNED_POLICY,
            name,
            f"{one}, and is passed over",
            "find out who put it there; what was meant is signed by: lading policy sign DIGEST",
        )
    if standing.document is not None and standing.document.set_by == str(SYSTEM):
        yield Finding(
            Weakness.STEPPED_BACK,
            name,
            f"refused more than it was meant to and warns since {rfc3339(standing.document.set_at)}",
            "see whom it hit (lading audit log), mend that or the rule, and propose a rollout anew",
        )
    for gate in at_gates.gates:
        if gate.standing is GateStanding.DRIFTED:
            seen = gate.sighting
            yield Finding(
                Weakness.DRIFTED_GATE,
                f"{seen.gate} gate {seen.name}",
                f"asks {seen.policy[:19]}, not the policy in force",
                "let it take the policy in force, or forget it: lading policy gates --forget",
            )


def _approvals(kept: RecordSet, now: datetime) -> Iterator[Finding]:
    # Step 6.
    after = ""
    while True:
        page = kept.governance.approvals(state=ApprovalState.WAITING.value, after=after, limit=_PAGE)
        for one in page.items:
            if one.kind is ApprovalKind.REVIEW:
                yield Finding(
                    Weakness.OPEN_REVIEW,
                    one.id,
                    one.title,
                    f"say what was found: lading approvals approve {one.id}",
                )
            elif one.stands(now) is ApprovalState.EXPIRED:
                yield Finding(
                    Weakness.OVERDUE_APPROVAL,
                    one.id,
                    f"{one.title} waited until {rfc3339(one.deadline)}",
                    "ask again, if it is still wanted",
                )
        if not page.next:
            return
        after = page.next


def _all_waivers(kept: RecordSet) -> Iterator[Waiver]:
    after = ""
    while True:
        page = kept.governance.waivers(after=after, limit=_PAGE)
        yield from page.items
        if not page.next:
            return
        after = page.next


def _used_waivers(kept: RecordSet, now: datetime) -> frozenset[str]:
    used: set[str] = set()
    after, seen = "", 0
    while seen < _MOST_DECISIONS:
        page = kept.governance.decisions(after=after, limit=_PAGE)
        for stored in page.items:
            seen += 1
            if stored.decision.at < now - UNUSED_AFTER:
                return frozenset(used)
            for result in stored.decision.results:
                used.update(one.waived_by for one in result.violations if one.waived_by)
        if not page.next:
            break
        after = page.next
    return frozenset(used)

"""Tell in time what ends or waits: by the audit log, from which events go out to whoever subscribed to them.

1. A waiver that ends within 7 days is told of once, and once more within the last. Whether it was told of is
   read off the audit log, so that servers at once and servers that were away tell neither twice nor never.
2. Something that waits for people is told of once, a day before its deadline.
3. Once a week, what weakens the gates is told as a whole (``hygiene``): how many of each sort, and the first.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM
from lading.approvals.approval import Approval, ApprovalState
from lading.foundation.instants import rfc3339
from lading.ports.records.audit import AuditFilter
from lading.ports.records.record_set import RecordSet
from lading.registry.caller import BoundRights, Caller
from lading.workflows.gate import GatePorts
from lading.workflows.hygiene import WARN_BEFORE, days_left, ends_soon, iter_findings
from lading.workflows.policy_drift import policy_at_gates

REMIND, HYGIENE = "remind-of-what-ends", "tell-hygiene"
WAIVER_ENDING, APPROVAL_ENDING, HYGIENE_TOLD = "waiver.ending", "approval.ending", "policy.hygiene"
_BEFORE_DEADLINE = timedelta(days=1)
_LOOKS_BACK = timedelta(days=max(WARN_BEFORE) + 1)
_PAGE = 1_000
_TOLD_OF_EACH = 50  # findings named in one entry


def remind(ports: GatePorts, now: datetime) -> int:
    """Do what rules 1 and 2 say; give how much was told."""
    caller = Caller(SYSTEM, BoundRights(NO_BINDINGS))
    with ports.sources.records.write() as kept:
        told = _told(kept, now - _LOOKS_BACK)
        count = 0
        for waiver in kept.governance.waivers_in_force(now=now):
            # Rule 1.
            left = days_left(waiver, now)
            due = next((days for days in sorted(WARN_BEFORE) if left <= days), None)
            if due is None or not ends_soon(waiver, now) or (WAIVER_ENDING, waiver.id, due) in told:
                continue
            details: dict[str, object] = {
                "days": due,
                "expires": rfc3339(waiver.expires),
                "repositories": waiver.scope.repositories.text,
                "rules": list(waiver.scope.rules),
                "vulnerabilities": list(waiver.scope.vulnerabilities),
                "requester": waiver.requester,
                "ticket": waiver.ticket,
            }
            kept.audit.append(caller.did(WAIVER_ENDING, waiver.id, now, **details))
            count += 1
        for approval in _waiting(kept):
            # Rule 2.
            soon = now < approval.deadline <= now + _BEFORE_DEADLINE
            if soon and (APPROVAL_ENDING, approval.id, 1) not in told:
                details = {
                    "days": 1,
                    "title": approval.title,
                    "kind": approval.kind.value,
                    "deadline": rfc3339(approval.deadline),
                    "missing": approval.missing,
                    "ticket": approval.ticket,
                }
                kept.audit.append(caller.did(APPROVAL_ENDING, approval.id, now, **details))
                count += 1
    return count


def tell_hygiene(ports: GatePorts, now: datetime) -> int:
    """Do what rule 3 says; give how many weaknesses there are."""
    caller = Caller(SYSTEM, BoundRights(NO_BINDINGS))
    with ports.sources.records.write() as kept:
        found = list(iter_findings(kept, policy_at_gates(kept, ports, now), now))
        counts = Counter(one.weakness.value for one in found)
        listed = [f"{one.weakness}: {one.subject} {one.says}" for one in found[:_TOLD_OF_EACH]]
        details: dict[str, object] = {"counts": dict(counts), "first": listed}
        kept.audit.append(caller.did(HYGIENE_TOLD, "weekly", now, **details))
    return len(found)


def _waiting(kept: RecordSet) -> Iterator[Approval]:
    after = ""
    while True:
        page = kept.governance.approvals(state=ApprovalState.WAITING.value, after=after, limit=_PAGE)
        yield from page.items
        if not page.next:
            return
        after = page.next


def _told(kept: RecordSet, since: datetime) -> frozenset[tuple[str, str, object]]:
    """What was told of since: action, subject and days."""
    found: set[tuple[str, str, object]] = set()
    for action in (WAIVER_ENDING, APPROVAL_ENDING):
        after = ""
        while True:
            page = kept.audit.page(wanted=AuditFilter(action=action), after=after, limit=_PAGE)
            for entry in page.items:
                event = entry.event
                found.add((event.action, event.subject, event.details.get("days")))
            oldest = page.items[-1].event.at if page.items else ""
            if not page.next or oldest < rfc3339(since):
                break
            after = page.next
    return frozenset(found)

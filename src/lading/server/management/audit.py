"""`/api/v1/audit`: the chained log."""

from typing import Annotated

from fastapi import APIRouter, Query

from lading.api.audit import AuditEntry, AuditVerdict
from lading.api.message import Listing
from lading.audit.chain import Head, Intact
from lading.audit.entry import Entry
from lading.ports.records.audit import AuditFilter
from lading.server.management.asking import Asking, Services
from lading.server.management.images import Limit
from lading.workflows.read_audit import list_audit, verify_audit

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("")
def get_audit(
    services: Services,
    caller: Asking,
    actor: str = "",
    action: str = "",
    subject: str = "",
    oldest_first: bool = False,
    after: str = "",
    limit: Limit = 100,
) -> Listing[AuditEntry]:
    """Read the log, newest entries first unless asked otherwise."""
    page = list_audit(
        services.records,
        caller,
        wanted=AuditFilter(actor, action, subject),
        newest_first=not oldest_first,
        after=after,
        limit=limit,
    )
    return Listing(items=[_entry(entry) for entry in page.items], next=page.next)


@router.get("/verify")
def get_verification(
    services: Services,
    caller: Asking,
    head: Annotated[str, Query(pattern="^([0-9]+:[0-9a-f]{64})?$", description="sequence:digest")] = "",
) -> AuditVerdict:
    """Check the whole chain, and that it still has a head that was remembered elsewhere."""
    sequence, _, digest = head.partition(":")
    expected = Head(int(sequence), digest) if head else None
    verdict = verify_audit(services.records, caller, expected=expected)
    if isinstance(verdict, Intact):
        return AuditVerdict(
            intact=True, sequence=verdict.head.sequence, digest=verdict.head.digest, reason=""
        )
    return AuditVerdict(intact=False, sequence=verdict.sequence, digest="", reason=verdict.reason)


def _entry(entry: Entry) -> AuditEntry:
    event = entry.event
    return AuditEntry(
        sequence=entry.sequence,
        at=event.at,
        actor=event.actor,
        action=event.action,
        subject=event.subject,
        outcome=event.outcome,
        details=dict(event.details),
        request_id=event.request_id,
        previous=entry.previous,
        digest=entry.digest,
    )

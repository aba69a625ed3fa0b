"""The audit log."""

from lading.api.message import Message


class AuditEntry(Message):
    """One entry of the chain, with everything that its digest is made of."""

    sequence: int
    at: str
    actor: str
    action: str
    subject: str
    outcome: str
    details: dict[str, object]
    request_id: str
    previous: str
    digest: str


class AuditVerdict(Message):
    """Whether the log is what was written. ``sequence`` is the head, or the first broken entry."""

    intact: bool
    sequence: int
    digest: str  # of the head; empty when broken
    reason: str

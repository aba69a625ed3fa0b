"""Read the audit log, and prove that nobody changed it."""

from collections.abc import Iterator

from lading.access.verbs import Verb
from lading.audit.chain import Head, Verification, verify
from lading.audit.entry import Entry
from lading.ports.records.audit import EVERYTHING, AuditFilter
from lading.ports.records.page import DEFAULT_LIMIT, MAX_LIMIT, Page
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller
from lading.workflows.rights import require_on_installation


def list_audit(
    records: Records,
    caller: Caller,
    *,
    wanted: AuditFilter = EVERYTHING,
    newest_first: bool = True,
    after: str = "",
    limit: int = DEFAULT_LIMIT,
) -> Page[Entry]:
    """Entries of the log. Raises Unauthenticated or Forbidden."""
    require_on_installation(caller, Verb.READ_AUDIT)
    with records.read() as kept:
        return kept.audit.page(wanted=wanted, newest_first=newest_first, after=after, limit=limit)


def verify_audit(records: Records, caller: Caller, *, expected: Head | None = None) -> Verification:
    """Check the whole chain, and that it still has the head that somebody remembered."""
    require_on_installation(caller, Verb.READ_AUDIT)
    return verify(_iter_entries(records), expected=expected)


def _iter_entries(records: Records) -> Iterator[Entry]:
    """All of them, oldest first. Each page is its own transaction: entries only ever come at the end."""
    after = ""
    while True:
        with records.read() as kept:
            page = kept.audit.page(newest_first=False, after=after, limit=MAX_LIMIT)
        yield from page.items
        after = page.next
        if not after:
            return

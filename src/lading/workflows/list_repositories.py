"""List the names of repositories (the catalog)."""

from lading.ports.records.page import Page
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller


def list_repositories(records: Records, caller: Caller, *, after: str, limit: int) -> Page[str]:
    """Return names in order, from the first one after ``after``."""
    caller.require_catalog()
    if limit == 0:
        return Page(())
    with records.read() as kept:
        return kept.registry.repository_names(after=after, limit=limit)

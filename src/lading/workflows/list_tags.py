"""List the tags of a repository."""

from lading.access.verbs import Verb
from lading.foundation.errors import NotFound
from lading.ports.records.page import Page
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller


def list_tags(records: Records, caller: Caller, repository: str, *, after: str, limit: int) -> Page[str]:
    """Return names of tags in order, from the first one after ``after``, which need not exist."""
    caller.require(Verb.PULL, repository)
    with records.read() as kept:
        if kept.registry.repository(repository) is None:
            raise NotFound("repository-unknown", f"there is no repository {repository}")
        if limit == 0:
            return Page(())
        return kept.registry.tag_names(repository, after=after, limit=limit)

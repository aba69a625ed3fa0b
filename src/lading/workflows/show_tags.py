"""The tags of a repository as people look at them: where each points, since when, and what protects it."""

from dataclasses import dataclass

from lading.access.verbs import Verb
from lading.foundation.errors import NotFound
from lading.ports.records.page import Page
from lading.ports.records.record_set import Records
from lading.ports.records.registry import Tag, TagMove
from lading.registry.accessories import subject_of_tag
from lading.registry.caller import Caller
from lading.registry.tag_rules import TagRule


@dataclass(frozen=True, slots=True)
class ShownTag:
    """A tag. ``fixed_by`` and ``kept_by`` are the rules that protect it, if any."""

    tag: Tag
    is_accessory: bool
    fixed_by: TagRule | None
    kept_by: TagRule | None


@dataclass(frozen=True, slots=True)
class ShownTags:
    """A page of tags, and the pattern that new ones must have; empty where any will do."""

    page: Page[ShownTag]
    pattern: str


def show_tags(records: Records, caller: Caller, repository: str, *, after: str, limit: int) -> ShownTags:
    """Tags by name. Raises NotFound ``repository-unknown`` also for a repository that is hidden."""
    with records.read() as kept:
        if not caller.may(Verb.PULL, repository) or kept.registry.repository(repository) is None:
            raise _unknown(repository)
        rules = kept.rules.tag_rules()
        page = kept.registry.tags(repository, after=after, limit=limit)
    shown = tuple(
        ShownTag(
            tag=tag,
            is_accessory=subject_of_tag(tag.name) is not None,
            fixed_by=rules.fixing(repository, tag.name),
            kept_by=rules.keeping(repository, (tag.name,)),
        )
        for tag in page.items
    )
    naming = rules.naming(repository)
    return ShownTags(Page(shown, page.next), naming.tags.text if naming else "")


def show_tag_history(
    records: Records, caller: Caller, repository: str, tag: str, *, after: str, limit: int
) -> Page[TagMove]:
    """Every move of a tag, newest first, also after it was deleted; NotFound ``tag-unknown`` for none."""
    with records.read() as kept:
        if not caller.may(Verb.PULL, repository) or kept.registry.repository(repository) is None:
            raise _unknown(repository)
        page = kept.registry.tag_history(repository, tag, after=after, limit=limit)
    if not page.items and not after:
        raise NotFound("tag-unknown", f"{repository} never had a tag {tag[:128]!r}")
    return page


def _unknown(repository: str) -> NotFound:
    return NotFound("repository-unknown", f"there is no repository {repository[:255]!r} that you may see")

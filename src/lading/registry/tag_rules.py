"""What tags may be called, and what may not be done to them: rules on repositories and tags.

1. *Naming*: a tag that is pushed has the pattern that the most specific naming rule of its repository asks
   for. Where no naming rule covers the repository, every tag may be pushed.
2. *Fixed*: a tag under a fixed rule points to one digest for ever. Nobody moves it, and after it was deleted
   the name is not used for anything else.
3. *Kept*: an artifact that has a tag under a kept rule is not deleted, nor is that tag. Moving the tag is
   another question (rule 2), and so is adding to the artifact (rule 4).
4. *Accessories* may always be added. A tag that is made of a digest (``registry.accessories``) needs no
   pattern, and under a fixed rule it may move to what keeps all that it had. Under an accessories rule adding
   them does not count against a quota either, so that signing never fails because a disk is nearly full.
5. The accessories of a kept artifact are kept with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lading.access.repository_pattern import RepositoryPattern
from lading.foundation.errors import Conflict, Forbidden
from lading.oci.digest import Digest
from lading.registry.accessories import subject_of_tag
from lading.registry.tag_pattern import TagPattern


class TagRuleKind(StrEnum):
    """What a rule is about."""

    NAMING = "naming"
    FIXED = "fixed"
    KEPT = "kept"
    ACCESSORIES = "accessories"


@dataclass(frozen=True, slots=True)
class TagRule:
    """One rule. ``reason`` is told to whom it stops."""

    id: str
    kind: TagRuleKind
    repositories: RepositoryPattern
    tags: TagPattern
    reason: str
    made_at: datetime
    made_by: str

    def covers(self, repository: str, tag: str) -> bool:
        """Whether the rule is about this tag."""
        return self.repositories.matches(repository) and self.tags.matches(tag)


@dataclass(frozen=True, slots=True)
class TagRules:
    """All rules, to be asked."""

    all: tuple[TagRule, ...]

    def naming(self, repository: str) -> TagRule | None:
        """Step 1: the naming rule that counts for the repository."""
        found = [
            rule
            for rule in self.all
            if rule.kind is TagRuleKind.NAMING and rule.repositories.matches(repository)
        ]
        return max(found, key=lambda rule: (rule.repositories.specificity, rule.id), default=None)

    def fixing(self, repository: str, tag: str) -> TagRule | None:
        """Step 2: a rule under which the tag may not move."""
        return self._first(TagRuleKind.FIXED, repository, (tag,))

    def keeping(self, repository: str, tags: Iterable[str]) -> TagRule | None:
        """Step 3: a rule under which an artifact with these tags may not be deleted."""
        return self._first(TagRuleKind.KEPT, repository, tags)

    def opening(self, repository: str) -> bool:
        """Step 4: whether accessories may be added here whatever the quota says."""
        return any(
            rule.kind is TagRuleKind.ACCESSORIES and rule.repositories.matches(repository)
            for rule in self.all
        )

    def _first(self, kind: TagRuleKind, repository: str, tags: Iterable[str]) -> TagRule | None:
        named = tuple(tags)
        for rule in self.all:
            if rule.kind is kind and any(rule.covers(repository, tag) for tag in named):
                return rule
        return None


NO_TAG_RULES = TagRules(())


@dataclass(frozen=True, slots=True)
class TagMoveAsked:
    """A tag that somebody wants to point somewhere.

    ``held`` is the digest that the name has now or had last, None for a name that was never used.
    ``keeps_all`` says that what it would point to has everything that it points to now.
    """

    repository: str
    tag: str
    held: Digest | None
    wanted: Digest
    keeps_all: bool = False


def check_tag_push(rules: TagRules, asked: TagMoveAsked) -> None:
    """Raise Forbidden ``tag-name-refused`` or Conflict ``tag-fixed`` for a push that a rule stops."""
    accessory = subject_of_tag(asked.tag) is not None
    # Step 1.
    naming = rules.naming(asked.repository)
    if naming is not None and not accessory and not naming.tags.matches(asked.tag):
        raise Forbidden(
            "tag-name-refused",
            f"the tag {asked.tag} is not one that {asked.repository} takes: "
            f"it must be like {naming.tags.text}{_because(naming)}",
            hint="push it under another tag, or by digest",
            details={"pattern": naming.tags.text, "rule": naming.id},
        )
    # Step 2.
    fixed = rules.fixing(asked.repository, asked.tag)
    if fixed is None or asked.held in {None, asked.wanted}:
        return
    # Step 4.
    if accessory and asked.keeps_all:
        return
    raise Conflict(
        "tag-fixed",
        f"the tag {asked.repository}:{asked.tag} may not move: it is {asked.held} for ever{_because(fixed)}",
        hint="push it under a new tag",
        details={"rule": fixed.id, "digest": str(asked.held)},
    )


def check_deletion(rules: TagRules, repository: str, what: str, tags: Iterable[str]) -> None:
    """Raise Conflict ``artifact-kept`` where a rule keeps what has these tags (steps 3 and 5)."""
    kept = rules.keeping(repository, tags)
    if kept is not None:
        raise Conflict(
            "artifact-kept",
            f"{what} may not be deleted: {kept.repositories.text} keeps {kept.tags.text}{_because(kept)}",
            hint=f"an administrator can remove the rule: lading tags rule remove {kept.id}",
            details={"rule": kept.id},
        )


def _because(rule: TagRule) -> str:
    return f" ({rule.reason})" if rule.reason else ""

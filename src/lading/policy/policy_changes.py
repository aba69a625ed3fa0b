"""What differs between two policies as they are written, rule by rule."""

from dataclasses import dataclass, replace

from lading.policy.rule import Policy, Rule


@dataclass(frozen=True, slots=True)
class PolicyChanges:
    """Rules by id, and whether the rollout differs."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    rollout: bool


def changes_between(before: Policy, after: Policy) -> PolicyChanges:
    """Compare what rules say; where in the file they stand, and their examples, do not matter."""
    old = {rule.id: rule for rule in before.rules}
    new = {rule.id: rule for rule in after.rules}
    return PolicyChanges(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        changed=tuple(sorted(id_ for id_ in old.keys() & new.keys() if _said(old[id_]) != _said(new[id_]))),
        rollout=before.rollout != after.rollout,
    )


def _said(rule: Rule) -> Rule:
    """A rule without its place; expressions compare by their text and type."""
    return replace(rule, line=0, tests=())

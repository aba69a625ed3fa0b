"""Rules on what is kept in the registry, as administrators set them."""

from typing import Protocol

from lading.registry.tag_rules import TagRule, TagRules


class RuleRecords(Protocol):
    """Rules are few: they are read whole."""

    def add_tag_rule(self, rule: TagRule) -> None:
        """Keep a rule under its id."""
        ...

    def tag_rules(self) -> TagRules:
        """All rules on tags, the oldest first."""
        ...

    def remove_tag_rule(self, rule_id: str) -> TagRule | None:
        """Take a rule away and return it; None when there was none."""
        ...

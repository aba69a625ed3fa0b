"""Rules on what is kept in the registry, as administrators set them."""

from typing import Protocol

from lading.registry.holds import LegalHold
from lading.registry.retention import RetentionRule
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

    def add_retention_rule(self, rule: RetentionRule) -> None:
        """Keep a rule under its id."""
        ...

    def retention_rules(self) -> tuple[RetentionRule, ...]:
        """All rules of retention, the oldest first."""
        ...

    def remove_retention_rule(self, rule_id: str) -> RetentionRule | None:
        """Take a rule away and return it; None when there was none."""
        ...

    def place_hold(self, hold: LegalHold) -> None:
        """Keep a hold under its id."""
        ...

    def holds(self) -> tuple[LegalHold, ...]:
        """All holds that are not released, the oldest first."""
        ...

    def release_hold(self, hold_id: str) -> LegalHold | None:
        """End a hold and return it; None when there was none."""
        ...

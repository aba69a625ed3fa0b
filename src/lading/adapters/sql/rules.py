"""Rules on what is kept in the registry, in SQL."""

from typing import Any

import sqlalchemy as sa

from lading.access.repository_pattern import RepositoryPattern
from lading.adapters.sql.connection import OnConnection
from lading.adapters.sql.tables.rules import TAG_RULE
from lading.registry.tag_pattern import TagPattern
from lading.registry.tag_rules import TagRule, TagRuleKind, TagRules


class SqlRules(OnConnection):
    """See ``lading.ports.records.rules.RuleRecords``."""

    __slots__ = ()

    def add_tag_rule(self, rule: TagRule) -> None:
        """Keep a rule under its id."""
        row = {
            "id": rule.id,
            "kind": rule.kind.value,
            "repositories": rule.repositories.text,
            "tags": rule.tags.text,
            "reason": rule.reason,
            "made_at": rule.made_at,
            "made_by": rule.made_by,
        }
        self._connection.execute(TAG_RULE.insert(), row)

    def tag_rules(self) -> TagRules:
        """All rules on tags, the oldest first."""
        rows = self._connection.execute(sa.select(TAG_RULE).order_by(TAG_RULE.c.sequence))
        return TagRules(tuple(_tag_rule(row) for row in rows))

    def remove_tag_rule(self, rule_id: str) -> TagRule | None:
        """Take a rule away and return it."""
        gone = TAG_RULE.delete().where(TAG_RULE.c.id == rule_id).returning(*TAG_RULE.c)
        row = self._connection.execute(gone).first()
        return None if row is None else _tag_rule(row)


def _tag_rule(row: sa.Row[Any]) -> TagRule:
    return TagRule(
        id=row.id,
        kind=TagRuleKind(row.kind),
        repositories=RepositoryPattern.parse(row.repositories),
        tags=TagPattern.parse(row.tags),
        reason=row.reason,
        made_at=row.made_at,
        made_by=row.made_by,
    )

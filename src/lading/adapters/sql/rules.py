"""Rules on what is kept in the registry, in SQL."""

from typing import Any

import msgspec
import sqlalchemy as sa

from lading.access.repository_pattern import RepositoryPattern
from lading.adapters.sql.connection import OnConnection
from lading.adapters.sql.tables.rules import LEGAL_HOLD, RETENTION_RULE, TAG_RULE
from lading.registry.holds import LegalHold
from lading.registry.retention import Conditions, RetentionRule
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

    def add_retention_rule(self, rule: RetentionRule) -> None:
        """Keep a rule under its id."""
        row = {
            "id": rule.id,
            "repositories": rule.repositories.text,
            "tags": rule.tags.text,
            "conditions": msgspec.to_builtins(rule.conditions),
            "reason": rule.reason,
            "made_at": rule.made_at,
            "made_by": rule.made_by,
        }
        self._connection.execute(RETENTION_RULE.insert(), row)

    def retention_rules(self) -> tuple[RetentionRule, ...]:
        """All rules of retention, the oldest first."""
        rows = self._connection.execute(sa.select(RETENTION_RULE).order_by(RETENTION_RULE.c.sequence))
        return tuple(_retention_rule(row) for row in rows)

    def remove_retention_rule(self, rule_id: str) -> RetentionRule | None:
        """Take a rule away and return it."""
        gone = RETENTION_RULE.delete().where(RETENTION_RULE.c.id == rule_id).returning(*RETENTION_RULE.c)
        row = self._connection.execute(gone).first()
        return None if row is None else _retention_rule(row)

    def place_hold(self, hold: LegalHold) -> None:
        """Keep a hold under its id."""
        row = {
            "id": hold.id,
            "repositories": hold.repositories.text,
            "digest": hold.digest,
            "reason": hold.reason,
            "placed_at": hold.placed_at,
            "placed_by": hold.placed_by,
        }
        self._connection.execute(LEGAL_HOLD.insert(), row)

    def holds(self) -> tuple[LegalHold, ...]:
        """All holds that are not released, the oldest first."""
        rows = self._connection.execute(sa.select(LEGAL_HOLD).order_by(LEGAL_HOLD.c.sequence))
        return tuple(_hold(row) for row in rows)

    def release_hold(self, hold_id: str) -> LegalHold | None:
        """End a hold and return it."""
        gone = LEGAL_HOLD.delete().where(LEGAL_HOLD.c.id == hold_id).returning(*LEGAL_HOLD.c)
        row = self._connection.execute(gone).first()
        return None if row is None else _hold(row)


def _retention_rule(row: sa.Row[Any]) -> RetentionRule:
    return RetentionRule(
        id=row.id,
        repositories=RepositoryPattern.parse(row.repositories),
        tags=TagPattern.parse(row.tags),
        conditions=msgspec.convert(row.conditions, Conditions),
        reason=row.reason,
        made_at=row.made_at,
        made_by=row.made_by,
    )


def _hold(row: sa.Row[Any]) -> LegalHold:
    pattern = RepositoryPattern.parse(row.repositories)
    return LegalHold(row.id, pattern, row.digest, row.reason, row.placed_at, row.placed_by)


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

"""Rules on what is kept, over every adapter."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from lading.access.repository_pattern import RepositoryPattern
from lading.adapters.sql.engine import SqlRecords
from lading.foundation.errors import Conflict
from lading.registry.tag_pattern import TagPattern
from lading.registry.tag_rules import TagRule, TagRuleKind

RULE = TagRule(
    "r1",
    TagRuleKind.FIXED,
    RepositoryPattern.parse("team/**"),
    TagPattern.parse("{semver}, v*"),
    "caf\u00e9 \x00",
    datetime(2026, 3, 1, tzinfo=UTC),
    "person:root",
)


def test_rules_come_back_as_they_were_made_and_in_that_order(records: SqlRecords) -> None:
    other = replace(RULE, id="a0", kind=TagRuleKind.NAMING)
    with records.write() as written:
        written.rules.add_tag_rule(RULE)
        written.rules.add_tag_rule(other)
    with records.read() as view:
        assert view.rules.tag_rules().all == (RULE, other)


def test_a_rule_is_removed_once(records: SqlRecords) -> None:
    with records.write() as written:
        written.rules.add_tag_rule(RULE)
        assert written.rules.remove_tag_rule("r1") == RULE
        assert written.rules.remove_tag_rule("r1") is None
        assert written.rules.tag_rules().all == ()


def test_two_rules_of_one_id_are_refused(records: SqlRecords) -> None:
    with records.write() as written:
        written.rules.add_tag_rule(RULE)
    with pytest.raises(Conflict), records.write() as written:
        written.rules.add_tag_rule(RULE)

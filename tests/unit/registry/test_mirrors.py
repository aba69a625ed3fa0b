"""Which tags a mirror is about, and what becomes of each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lading.foundation.errors import Malformed
from lading.oci.digest import Digest
from lading.registry.mirrors import (
    MirrorRule,
    MirrorTag,
    TagState,
    check_rule,
    describe_change,
    judge_tag,
    select_tags,
)
from lading.registry.tag_pattern import TagPattern

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ONE, OTHER = Digest.of(b"one"), Digest.of(b"other")
RULE = MirrorRule(
    "debian", "hub", ("library/debian",), "base", TagPattern.parse("*"), "", 0, 72 * HOUR,
    False, (), 24, NOON, "",
)  # fmt: skip
SEEN = MirrorTag("debian", "library/debian", "1", ONE, NOON - 100 * HOUR, TagState.WAITING, "", NOON)


def selected(names: str, **rule: Any) -> list[str]:
    return list(select_tags(replace(RULE, **rule), names.split()))


def test_tags_are_selected_by_pattern_range_and_how_new_they_are() -> None:
    tags = "1.0.0 1.2.0 v1.10.0 2.0.0 2.0.0-rc.1 latest"
    assert selected(tags, tags=TagPattern.parse("{release}")) == ["1.0.0", "1.2.0", "2.0.0", "v1.10.0"]
    assert selected(tags, versions=">=1.1 <2") == ["1.2.0", "v1.10.0"]
    assert selected(tags, versions="^1") == ["1.0.0", "1.2.0", "v1.10.0"]
    assert selected(tags, newest=2) == ["2.0.0", "2.0.0-rc.1", "latest"]
    assert selected(tags, tags=TagPattern.parse("{release}"), newest=2) == ["2.0.0", "v1.10.0"]
    assert selected(tags, versions=">=9") == []


def test_age_counts_from_when_we_saw_just_this_digest() -> None:
    assert judge_tag(RULE, None, ONE, NOON)[0] is TagState.WAITING
    assert judge_tag(RULE, SEEN, ONE, NOON)[0] is TagState.WANTED
    assert judge_tag(RULE, SEEN, OTHER, NOON)[0] is TagState.WAITING
    assert judge_tag(RULE, replace(SEEN, first_seen_at=NOON - 71 * HOUR), ONE, NOON)[0] is TagState.WAITING
    long_ago = NOON - 1000 * HOUR
    assert judge_tag(RULE, None, ONE, NOON, claimed=long_ago)[0] is TagState.WAITING
    trusting = replace(RULE, trust_created=True)
    assert judge_tag(trusting, None, ONE, NOON, claimed=long_ago)[0] is TagState.WANTED
    in_future = NOON + HOUR
    assert judge_tag(trusting, SEEN, ONE, NOON, claimed=in_future)[0] is TagState.WANTED


def test_what_is_here_is_never_replaced_without_a_person() -> None:
    taken = replace(SEEN, taken=ONE, taken_at=NOON)
    assert judge_tag(RULE, taken, ONE, NOON)[0] is TagState.HERE
    state, why = judge_tag(RULE, taken, OTHER, NOON + 10_000 * HOUR)
    assert state is TagState.HELD
    assert ONE.short in why
    assert judge_tag(RULE, replace(taken, accepted=OTHER), OTHER, NOON)[0] is TagState.WANTED
    assert judge_tag(RULE, replace(taken, accepted=Digest.of(b"x")), OTHER, NOON)[0] is TagState.HELD
    assert judge_tag(RULE, replace(taken, refused=OTHER), OTHER, NOON)[0] is TagState.REFUSED
    assert judge_tag(RULE, replace(taken, refused=OTHER), ONE, NOON)[0] is TagState.HERE


@pytest.mark.parametrize(
    "change",
    [
        {"repositories": ()}, {"repositories": ("Library",)}, {"prefix": "Base"}, {"prefix": "x" * 250},
        {"versions": "not a range"}, {"versions": "<" * 2000}, {"newest": -1}, {"min_age": -HOUR},
        {"every_hours": 0}, {"signers": ("",)}, {"signers": ("x",) * 21},
        {"repositories": tuple(f"r{number}" for number in range(101))},
    ],
)  # fmt: skip
def test_a_rule_that_can_do_no_work_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as refused:
        check_rule(replace(RULE, **change))
    assert refused.value.code == "mirror-rule-invalid"


def test_a_change_that_cannot_be_looked_at_is_said_to_be_so() -> None:
    assert describe_change(None, None) == ("one of both cannot be had, so what changed cannot be told",)

"""What tags may be called, and what may not be done to them."""

import time
from datetime import UTC, datetime

import pytest

from lading.access.repository_pattern import RepositoryPattern
from lading.foundation.errors import Conflict, Forbidden, Malformed
from lading.oci.digest import Digest
from lading.registry.accessories import accessory_tags, subject_of_tag
from lading.registry.tag_pattern import TagPattern
from lading.registry.tag_rules import (
    NO_TAG_RULES,
    TagMoveAsked,
    TagRule,
    TagRuleKind,
    TagRules,
    check_deletion,
    check_tag_push,
)

OLD, NEW = Digest.of(b"old"), Digest.of(b"new")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIGNATURES = f"sha256-{OLD.hex}.sig"


def rule(kind: str, repositories: str, tags: str = "*", reason: str = "") -> TagRule:
    return TagRule(
        f"{kind}-{repositories}",
        TagRuleKind(kind),
        RepositoryPattern.parse(repositories),
        TagPattern.parse(tags),
        reason,
        NOON,
        "person:root",
    )


def rules(*each: TagRule) -> TagRules:
    return TagRules(each)


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("*", ["latest", "_x", "1"], []),
        ("v*", ["v", "v1"], ["1v", "V1"]),
        ("{semver}", ["1.2.3", "v1.2.3-rc.1", "0.0.0"], ["1.2", "01.2.3", "1.2.3-", "latest", "1.2.3.4"]),
        ("{release}", ["1.2.3", "v10.0.1"], ["1.2.3-rc.1"]),
        ("{commit}", ["abcdef0", "0" * 40], ["abcdef", "ABCDEF0", "0" * 41]),
        ("pr-{number}", ["pr-1", "pr-0017"], ["pr-", "pr-x", "xpr-1"]),
        ("nightly-{date}", ["nightly-2026-03-01", "nightly-20261231"], ["nightly-2026-13-01"]),
        ("{semver}, pr-*", ["1.0.0", "pr-anything"], ["main"]),
        ("a.b", ["a.b"], ["axb"]),
    ],
)
def test_a_pattern_says_which_tags_it_covers(pattern: str, matching: list[str], other: list[str]) -> None:
    read = TagPattern.parse(pattern)
    assert [tag for tag in matching if not read.matches(tag)] == []
    assert [tag for tag in other if read.matches(tag)] == []


@pytest.mark.parametrize(
    "text", ["", " ", "a,,b", "{what}", "{semver", "a b", "a/b", "é", "****", "x" * 501, ",".join("a" * 21)]
)
def test_what_is_no_pattern_is_refused_with_its_reason(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        TagPattern.parse(text)
    assert refused.value.code == "tag-pattern-invalid"


def test_a_hostile_tag_is_matched_in_no_time() -> None:
    read = TagPattern.parse("*a*a*b")
    begun = time.perf_counter()
    assert not read.matches("a" * 128)
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize(
    ("tag", "subject"),
    [
        (SIGNATURES, OLD),
        (f"sha256-{OLD.hex}", OLD),
        (f"sha256-{OLD.hex}.att", OLD),
        (f"sha256-{OLD.hex}.txt", None),
        (f"sha256-{OLD.hex[:-1]}.sig", None),
        ("latest", None),
    ],
)
def test_a_tag_made_of_a_digest_names_its_subject(tag: str, subject: Digest | None) -> None:
    assert subject_of_tag(tag) == subject


def test_every_tag_that_accessories_stand_under_is_known_as_one() -> None:
    assert {subject_of_tag(tag) for tag in accessory_tags(OLD)} == {OLD}


def test_without_rules_every_tag_may_be_pushed_and_moved() -> None:
    check_tag_push(NO_TAG_RULES, TagMoveAsked("team/app", "anything", OLD, NEW))
    check_deletion(NO_TAG_RULES, "team/app", "it", ["anything"])


def test_a_tag_outside_the_pattern_is_refused_and_the_pattern_shown() -> None:
    kept = rules(rule("naming", "team/**", "{semver}", "releases only"))
    check_tag_push(kept, TagMoveAsked("team/app", "1.0.0", None, NEW))
    check_tag_push(kept, TagMoveAsked("other/app", "latest", None, NEW))
    with pytest.raises(Forbidden) as refused:
        check_tag_push(kept, TagMoveAsked("team/app", "latest", None, NEW))
    assert refused.value.code == "tag-name-refused"
    assert "{semver} (releases only)" in refused.value.message


def test_the_most_specific_naming_rule_counts_alone() -> None:
    kept = rules(rule("naming", "team/**", "{semver}"), rule("naming", "team/lab", "*"))
    check_tag_push(kept, TagMoveAsked("team/lab", "anything", None, NEW))
    with pytest.raises(Forbidden):
        check_tag_push(kept, TagMoveAsked("team/lab/deep", "anything", None, NEW))


def test_a_fixed_tag_takes_its_first_digest_again_and_no_other() -> None:
    kept = rules(rule("fixed", "team/**", "{release}"))
    check_tag_push(kept, TagMoveAsked("team/app", "1.0.0", None, NEW))
    check_tag_push(kept, TagMoveAsked("team/app", "1.0.0", OLD, OLD))
    check_tag_push(kept, TagMoveAsked("team/app", "1.0.0-rc.1", OLD, NEW))
    with pytest.raises(Conflict) as refused:
        check_tag_push(kept, TagMoveAsked("team/app", "1.0.0", OLD, NEW))
    assert refused.value.code == "tag-fixed"
    assert str(OLD) in refused.value.message


def test_accessories_need_no_pattern_and_may_grow_under_a_fixed_rule() -> None:
    kept = rules(rule("naming", "**", "{semver}"), rule("fixed", "**"))
    check_tag_push(kept, TagMoveAsked("team/app", SIGNATURES, None, NEW))
    check_tag_push(kept, TagMoveAsked("team/app", SIGNATURES, OLD, NEW, keeps_all=True))
    with pytest.raises(Conflict):  # taking signatures away is no adding
        check_tag_push(kept, TagMoveAsked("team/app", SIGNATURES, OLD, NEW, keeps_all=False))


def test_what_keeps_all_is_no_excuse_for_a_tag_that_people_gave() -> None:
    with pytest.raises(Conflict):
        check_tag_push(rules(rule("fixed", "**")), TagMoveAsked("team/app", "1.0", OLD, NEW, keeps_all=True))


def test_kept_and_fixed_are_two_things() -> None:
    kept = rules(rule("kept", "team/**", "{release}"))
    check_tag_push(kept, TagMoveAsked("team/app", "1.0.0", OLD, NEW))
    check_deletion(rules(rule("fixed", "team/**")), "team/app", "it", ["1.0.0"])
    with pytest.raises(Conflict) as refused:
        check_deletion(kept, "team/app", "team/app@sha256:…", ["latest", "1.0.0"])
    assert refused.value.code == "artifact-kept"
    assert refused.value.hint.endswith("kept-team/**")


def test_accessories_are_open_where_a_rule_opens_them() -> None:
    kept = rules(rule("accessories", "team/**"))
    assert kept.opening("team/app")
    assert not kept.opening("other/app")

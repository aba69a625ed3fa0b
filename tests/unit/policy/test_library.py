"""The shipped rules: profiles, their examples, and what the catalogues call them."""

import pytest

from lading.adapters.shipped_policy import library_texts, profile_text
from lading.foundation.errors import NotFound
from lading.policy.decision import Outcome, Verdict
from lading.policy.library_profiles import PROFILES, iter_library
from lading.policy.policy_file import parse_policy
from lading.policy.policy_reference import library_markdown
from lading.policy.rollout import Mode
from lading.policy.rule import Policy
from lading.policy.rule_tests import iter_rule_tests

POLICIES = {name: parse_policy(profile_text(name), name) for name in PROFILES}
REGULATED = POLICIES["regulated"]
CATALOGUES = {"nist-800-190", "cis-docker", "cis-kubernetes", "pod-security", "hadolint"}


def test_there_are_enough_rules_for_every_kind_of_thing() -> None:
    assert len(REGULATED.rules) >= 110
    assert len({rule.id for rule in REGULATED.rules}) == len(REGULATED.rules)
    assert {rule.id for policy in POLICIES.values() for rule in policy.rules} == {
        r.id for r in REGULATED.rules
    }


@pytest.mark.parametrize("policy", POLICIES.values(), ids=lambda policy: policy.name)
def test_every_example_comes_out_as_written(policy: Policy) -> None:
    wrong = [f"{o.rule}, line {o.test.line}: {o.got}" for o in iter_rule_tests(policy) if not o.as_expected]
    assert wrong == []


# No section of these catalogues asks for an owner by name, or for more than one replica.
ASKED_NOWHERE_ELSE = {"owner-known", "workload-more-than-one"}


def test_every_rule_has_both_examples_and_a_place_in_another_catalogue() -> None:
    for rule in REGULATED.rules:
        assert {Verdict.FAIL, Verdict.PASS} <= {test.expect for test in rule.tests}, rule.id
        assert bool(rule.maps) is (rule.id not in ASKED_NOWHERE_ELSE), rule.id
        assert set(rule.maps) <= CATALOGUES, rule.id


def test_stricter_profiles_are_never_milder() -> None:
    order = ("small", "enterprise", "regulated")
    for rule in REGULATED.rules:
        found = [next((r for r in POLICIES[name].rules if r.id == rule.id), None) for name in order]
        for environment in ("dev", "test", "prod"):
            weights = [one.effects.in_environment(environment).weight for one in found if one]
            assert weights == sorted(weights), f"{rule.id} in {environment}"


def test_rules_that_are_new_to_an_installation_are_only_observed() -> None:
    known = frozenset(rule.id for rule in POLICIES["default"].rules)
    upgraded = parse_policy(profile_text("enterprise", known), "enterprise")
    assert {rule.id for rule in upgraded.rules if rule.mode is Mode.ENFORCE} == known
    assert all(rule.mode is Mode.OBSERVE for rule in upgraded.rules if rule.id not in known)
    assert [rule.effects for rule in upgraded.rules] == [r.effects for r in POLICIES["enterprise"].rules]


def test_there_is_no_profile_by_another_name() -> None:
    with pytest.raises(NotFound, match="enterprise"):
        profile_text("enterprize")


def test_every_rule_of_the_library_is_in_a_profile_and_in_the_reference() -> None:
    text = library_markdown(POLICIES)
    for rule in iter_library(library_texts()):
        assert rule.profiles, rule.id
        assert f"## {rule.id}\n" in text


def test_what_is_only_watched_has_no_effect() -> None:
    watched = [rule for rule in POLICIES["small"].rules if rule.effects.default is Outcome.ALLOW]
    assert len(watched) > 20

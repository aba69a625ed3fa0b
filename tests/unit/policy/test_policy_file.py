"""Policy files: what is accepted, and what the errors say."""

import pytest

from lading.foundation.errors import LadingError, Malformed, OverLimit
from lading.policy.decision import Outcome
from lading.policy.evidence import Gate
from lading.policy.policy_file import parse_policy
from lading.policy.yaml_tree import MAX_BYTES
from tests.support.policies import one_rule, one_rule_text


def error_of(text: str | bytes) -> LadingError:
    with pytest.raises(LadingError) as caught:
        parse_policy(text if isinstance(text, bytes) else text.encode(), "shop.yaml")
    return caught.value


def test_a_rule_is_read_whole() -> None:
    policy = one_rule(
        """
applies: {gates: [push, admission], environments: [prod], repositories: ["shop/**"]}
when: scan.state == "done"
each: finding in findings
violated_if: finding.severity == "critical"
effect: {default: deny, dev: warn}
on_undetermined: warn
message: "{{ finding.id }}"
fix: upgrade {{ finding.package_name }}
tests:
  - {given: {findings: [{severity: critical}]}, expect: fail}
"""
    )
    (rule,) = policy.rules
    assert (policy.name, rule.id, rule.line) == ("one", "r", 3)
    assert rule.applies.gates == {Gate.PUSH, Gate.ADMISSION}
    assert rule.applies.repositories[0].matches("shop/app")
    assert rule.effects.in_environment("dev") is Outcome.WARN
    assert rule.effects.in_environment("prod") is Outcome.DENY
    assert rule.on_undetermined is Outcome.WARN
    assert rule.each is not None
    assert (rule.each.name, rule.each.path) == ("finding", "findings")
    assert rule.violated_if.reads == {"findings.severity"}


def test_what_is_left_out_is_the_safe_choice() -> None:
    (rule,) = one_rule("violated_if: image.root").rules
    assert rule.effects.in_environment("") is Outcome.DENY
    assert rule.on_undetermined is Outcome.DENY
    assert rule.applies.gates == frozenset()


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() -> None:
    error = error_of(one_rule_text("violated_if: image.root\nefect: deny"))
    assert error.message == "shop.yaml:8: a rule has no 'efect'"
    assert error.hint == "did you mean 'effect'?"
    assert error.details == {"file": "shop.yaml", "line": 8}


def test_an_unknown_fact_in_a_block_is_named_with_its_own_line() -> None:
    error = error_of(one_rule_text("violated_if: |\n  image.root\n  || image.usr == ''"))
    assert error.message.startswith("shop.yaml:9: ImageFacts has no field 'usr'")
    assert error.hint == "did you mean 'user'?"


def test_an_unknown_fact_in_a_message_is_found_when_the_file_is_read() -> None:
    error = error_of(one_rule_text('violated_if: image.root\nmessage: "by {{ image.usr }}"'))
    assert error.message.startswith("shop.yaml:8:")
    assert error.hint == "did you mean 'user'?"


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("violated_if: image.user", 7, "a condition is true or false, not string"),
        ("violated_if: true\neach: findings", 8, "each is written: finding in findings"),
        ("violated_if: true\neach: f in image", 8, "each needs a list, not ImageFacts"),
        ("violated_if: true\neach: image in findings", 8, "the variable 'image' is taken"),
        ("violated_if: true\neffect: denyy", 8, "'denyy' is not an effect"),
        ("violated_if: true\neffect: {dev: warn}", 8, "effect is deny, warn or allow"),
        ("violated_if: true\napplies: {gates: []}", 8, "gates is empty"),
        ("violated_if: true\napplies: {gates: [adm]}", 8, "'adm' is not a gate"),
        ("violated_if: true\napplies: {gate: [push]}", 8, "applies has no 'gate'"),
        ("violated_if: true\napplies: {repositories: ['A b']}", 8, "cannot match any name"),
        ("violated_if: true\ntests: [{given: {}, expect: maybe}]", 8, "'maybe' is not a verdict"),
        ("violated_if: true\ntests: [{given: {image.usr: a}, expect: pass}]", 8, "has no 'usr'"),
        ("violated_if: true\ntests: [{given: {image.size: big}, expect: pass}]", 8, "is int, not 'big'"),
        ("violated_if: true\ntests: [{given: {image.root: 1}, expect: pass}]", 8, "is bool, not 1"),
        ("violated_if: true\ntests: [{given: {gate: door}, expect: pass}]", 8, "is never 'door'"),
        ("violated_if: true\ntests: [{given: {scan.at: soon}, expect: pass}]", 8, "is not a moment"),
        ("violated_if: !image.root", 7, "the tag !image.root is not allowed"),
        ("violated_if: true\nmessage: {{ image.user }}", 8, "a key is a word"),
        ("violated_if: true\nviolated_if: false", 8, "'violated_if' stands twice"),
        ("violated_if: [", 9, "this is not YAML"),
        ("when: true", 3, "a rule needs 'violated_if'"),
        ("violated_if: true\nmessage: ''", 8, "the message is a text"),
        ("violated_if: true\nmessage: '{{ findings }}'", 8, "list of FindingFact cannot stand in a text"),
        ("violated_if: true\nfix: " + "x" * 1001, 8, "a text has at most 1000 characters"),
    ],
)
def test_errors_name_the_place(body: str, line: int, message: str) -> None:
    error = error_of(one_rule_text(body))
    assert isinstance(error, Malformed)
    assert error.message.startswith(f"shop.yaml:{line}: "), error.message
    assert message in error.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "shop.yaml:1: the file is empty"),
        ("- a", "shop.yaml:1: a policy is a mapping of policy, rules"),
        ("policy: p\nrules: []", "shop.yaml:2: a policy has 1 to 500 rules"),
        ("policy: p", "shop.yaml:1: a policy needs 'rules'"),
        ("policy: p\nrules: {}", "shop.yaml:2: rules is a list"),
        ("policy: p\nrules: [1]", "shop.yaml:2: a rule is a mapping"),
        ("a: 1\n---\nb: 2", "shop.yaml:2: this is not YAML"),
        ("a: &x [1]\nb: *x", "shop.yaml:2: aliases (*name) are not allowed in a policy"),
        ("a: !!python/object/apply:os.system ['true']", "shop.yaml:1: "),
        ("a: " + "[" * 100, "shop.yaml:1: more than 12 levels"),
        ("a: [" + "1," * 60_000 + "]", "shop.yaml:1: more than 12 levels or 50000 values"),
        ("a: \x00", "shop.yaml:1: this is not YAML"),
        (b"a: 1\nb: \xff", "shop.yaml:2: the file is not UTF-8"),
    ],
)
def test_hostile_and_empty_files_are_refused(text: str | bytes, message: str) -> None:
    assert error_of(text).message.startswith(message)


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    assert isinstance(error_of(b"#" * (MAX_BYTES + 1)), OverLimit)


def test_one_id_stands_for_one_rule() -> None:
    text = one_rule_text("violated_if: image.root").decode()
    again = text + text.partition("rules:")[2]
    assert "shop.yaml:10: the rule 'r' stands twice" in error_of(again).message


def test_the_digest_is_of_the_bytes() -> None:
    text = one_rule_text("violated_if: image.root")
    assert parse_policy(text, "a").digest == parse_policy(text, "b").digest
    assert parse_policy(text + b"\n# a comment", "a").digest != parse_policy(text, "a").digest

"""Files are judged by the rules that judge images and workloads at every other gate."""

import json
import xml.etree.ElementTree as ET

import pytest

from lading.adapters.shipped_policy import profile_text
from lading.foundation.errors import Malformed
from lading.policy.decision import Outcome, Verdict
from lading.policy.evidence import Gate
from lading.policy.example import EXAMPLE_NOW
from lading.policy.policy_file import parse_policy
from lading.policy.report import Judged, junit, sarif
from lading.workflows.check_files import FileKind, FileQuestion, Rules, check_file

POLICY = parse_policy(profile_text("enterprise"), "enterprise")
DOCKERFILE = b"FROM debian:12@sha256:" + b"a" * 64 + b"\nENV DB_PASSWORD=hunter22\nUSER 10001\n"
PRIVILEGED = b"services:\n  web:\n    image: nginx:1.27\n    privileged: true\n"
POD = b"apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n"
POD += b"  - {name: a, image: 'a:1', securityContext: {privileged: true}}\n"


def check(
    content: bytes, name: str, environment: str = "prod", kind: FileKind | None = None
) -> tuple[Judged, ...]:
    question = FileQuestion(Gate.CI, environment)
    return check_file(content, name, Rules(POLICY), question, EXAMPLE_NOW, kind=kind)


def failed(judged: Judged, effect: Outcome = Outcome.DENY) -> set[str]:
    return {result.rule for result in judged.decision.with_effect(effect)}


def test_a_dockerfile_is_asked_what_it_decides_and_not_what_only_the_image_can_tell() -> None:
    [judged] = check(DOCKERFILE, "app/Dockerfile")
    assert failed(judged) == {"dockerfile-secret-variable"}
    assert not [r for r in judged.decision.results if r.verdict is Verdict.UNDETERMINED]
    asked = {result.rule for result in judged.decision.results}
    assert "no-root-user" in asked
    assert not asked & {"signed", "severity-ceiling", "workload-not-privileged"}


def test_a_user_that_only_the_base_knows_is_not_taken_for_root_or_for_anybody_else() -> None:
    [judged] = check(b"FROM debian:12\n", "Dockerfile")
    root = next(result for result in judged.decision.results if result.rule == "no-root-user")
    assert root.verdict is Verdict.UNDETERMINED
    assert "the file sets no USER" in root.reason
    [scratch] = check(b"FROM scratch\nCOPY a /a\n", "Dockerfile")
    assert next(r for r in scratch.decision.results if r.rule == "no-root-user").verdict is Verdict.FAIL


def test_the_same_rule_refuses_compose_and_kubernetes() -> None:
    for content, name in ((PRIVILEGED, "compose.yaml"), (POD, "pod.yaml")):
        [judged] = check(content, name)
        assert "workload-not-privileged" in failed(judged)


def test_the_line_is_where_the_thing_stands() -> None:
    [judged] = check(DOCKERFILE, "Dockerfile")
    result = next(r for r in judged.decision.results if r.rule == "dockerfile-secret-variable")
    assert judged.line_of(result.violations[0]) == 2
    [compose] = check(PRIVILEGED, "compose.yaml")
    result = next(r for r in compose.decision.results if r.rule == "workload-not-privileged")
    assert compose.line_of(result.violations[0]) == 4


def test_a_file_of_another_kind_is_refused_with_a_hint() -> None:
    with pytest.raises(Malformed, match="neither a Dockerfile") as refused:
        check(b"a: 1\n", "values.yaml")
    assert "--as" in refused.value.hint


def test_sarif_names_rule_level_file_and_line() -> None:
    log = sarif(check(DOCKERFILE, "./app/Dockerfile"), POLICY.rules, "1.0")
    run = log["runs"][0]
    [error] = [line for line in run["results"] if line["level"] == "error"]
    place = error["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("app/Dockerfile", 2)
    assert run["tool"]["driver"]["rules"][error["ruleIndex"]]["id"] == error["ruleId"]
    assert json.loads(json.dumps(log)) == log


def test_what_a_pod_breaks_is_said_once_for_each_container_and_not_twice_at_one_line() -> None:
    two = POD.replace(b"  containers:", b"  hostPID: true\n  containers:\n  - {name: b, image: 'a:1'}")
    log = sarif(check(two, "pod.yaml"), POLICY.rules, "1.0")
    lines = [
        (
            line["ruleId"],
            line["message"]["text"],
            line["locations"][0]["physicalLocation"]["region"]["startLine"],
        )
        for line in log["runs"][0]["results"]
    ]
    assert len(lines) == len(set(lines))


def test_junit_has_a_failure_for_each_rule_that_denies() -> None:
    suites = ET.fromstring(junit(check(PRIVILEGED, "compose.yaml")))
    [suite] = suites.findall("testsuite")
    failures = [case for case in suite.findall("testcase") if case.find("failure") is not None]
    assert suite.get("failures") == str(len(failures))
    assert "workload-not-privileged" in {case.get("classname") for case in failures}


def test_escape_sequences_of_a_file_do_not_reach_a_report() -> None:
    [judged] = check(b"FROM scratch\nUSER a\x1b[31m\n", "Dockerfile")
    assert "\x1b" not in junit([judged])
    assert "\\u001b" not in json.dumps(sarif([judged], POLICY.rules, "1"))

"""Rego modules as conftest takes them, in a process of their own."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from lading.adapters.rego_modules import ask_modules, read_modules
from lading.foundation.errors import LadingError, Malformed, OverLimit
from lading.policy.decision import Outcome

needs_interpreter = pytest.mark.skipif(
    find_spec("regopy") is None, reason="the extra lading[rego] is not installed"
)

OLD = """package main
deny[msg] {
  input.kind == "Deployment"
  c := input.spec.template.spec.containers[_]
  c.securityContext.privileged
  msg := sprintf("%s is privileged", [c.name])
}
warn[msg] { not input.metadata.labels.app; msg := "no label app" }
"""
NEW = """package team.rules
import rego.v1
deny_host contains {"msg": "host network"} if input.spec.hostNetwork
"""
WORKLOAD = {
    "kind": "Deployment",
    "metadata": {},
    "spec": {"template": {"spec": {"containers": [{"name": "a", "securityContext": {"privileged": True}}]}}},
}


@needs_interpreter
def test_deny_and_warn_of_both_versions_of_the_language_are_results() -> None:
    host = {"kind": "Pod", "metadata": {"labels": {"app": "x"}}, "spec": {"hostNetwork": True}}
    first, second, third = ask_modules(
        {"a.rego": OLD, "b.rego": NEW}, [WORKLOAD, host, {"metadata": {"labels": {"app": "x"}}}]
    )
    assert {(one.rule, one.effect, one.violations[0].message) for one in first} == {
        ("rego:main.deny", Outcome.DENY, "a is privileged"),
        ("rego:main.warn", Outcome.WARN, "no label app"),
    }
    assert [(one.rule, one.violations[0].message) for one in second] == [
        ("rego:team.rules.deny_host", "host network")
    ]
    assert third == ()


@needs_interpreter
def test_a_module_that_is_wrong_is_named() -> None:
    with pytest.raises(Malformed, match=r"bad\.rego"):
        ask_modules({"bad.rego": "package main\ndeny[m] { nonsense( }"}, [{}])


@needs_interpreter
def test_a_module_that_does_not_end_or_eats_memory_is_stopped() -> None:
    text = "package main\ndeny[m] { x := numbers.range(1, 30000000); y := numbers.range(1, 30000000); "
    text += 'x[i] == y[j]; m := "x" }'
    with pytest.raises(LadingError) as refused:
        ask_modules({"endless.rego": text}, [{}])
    assert isinstance(refused.value, OverLimit | Malformed)


@pytest.mark.skipif(find_spec("regopy") is not None, reason="the extra lading[rego] is installed")
def test_without_the_interpreter_it_is_said_what_to_install() -> None:
    with pytest.raises(Malformed, match=r"lading\[rego\]"):
        ask_modules({"a.rego": OLD}, [WORKLOAD])


def test_modules_are_found_below_folders_without_their_tests(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.rego").write_text(OLD)
    (tmp_path / "a" / "x_test.rego").write_text("nonsense")
    assert [Path(name).name for name in read_modules([tmp_path])] == ["x.rego"]
    with pytest.raises(Malformed):
        read_modules([tmp_path / "a" / "x_test.rego"])

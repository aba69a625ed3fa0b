"""The Pod Security Standards as upstream has them."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from lading.admission.pod_security import BASELINE, RESTRICTED, breaks_level, judge_pod
from lading.admission.spec_documents import parse_spec_documents
from lading.foundation.errors import Malformed

HARDENED: dict[str, Any] = {
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "app",
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        }
    ],
}


def checks(spec: dict[str, Any], annotations: dict[str, str] | None = None, **options: Any) -> set[str]:
    return {breach.check for breach in judge_pod({**HARDENED, **spec}, annotations or {}, **options)}


def test_a_hardened_pod_breaks_nothing() -> None:
    assert checks({}) == set()


@pytest.mark.parametrize(
    ("spec", "check"),
    [
        ({"hostPID": True}, "hostNamespaces"),
        ({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}, "hostPathVolumes"),
        ({"initContainers": [{"name": "i", "securityContext": {"privileged": True}}]}, "privileged"),
        ({"ephemeralContainers": [{"name": "e", "ports": [{"hostPort": 80}]}]}, "hostPorts"),
        ({"securityContext": {"runAsUser": 0}}, "runAsUser"),
        ({"securityContext": {"sysctls": [{"name": "kernel.msgmax"}]}}, "sysctls"),
        ({"volumes": [{"name": "v", "nfs": {"server": "a"}}]}, "restrictedVolumes"),
    ],
)
def test_each_way_out_is_named_by_its_check(spec: dict[str, Any], check: str) -> None:
    assert check in checks(spec)


def test_versions_judge_as_they_did_then() -> None:
    tcp = {"securityContext": {**HARDENED["securityContext"], "sysctls": [{"name": "net.ipv4.tcp_rmem"}]}}
    assert "sysctls" in checks(tcp, version=(1, 31))
    assert "sysctls" not in checks(tcp, version=(1, 32))
    assert "allowPrivilegeEscalation" not in checks({"containers": [{"name": "a"}]}, version=(1, 7))
    annotated = {"seccomp.security.alpha.kubernetes.io/pod": "unconfined"}
    assert "seccompProfile_baseline" in checks({}, annotated, version=(1, 18))
    assert "seccompProfile_baseline" not in checks({}, annotated, version=(1, 19))


def test_windows_pods_are_spared_what_windows_has_not() -> None:
    windows = {
        "os": {"name": "windows"},
        "containers": [{"name": "a"}],
        "securityContext": {"runAsNonRoot": True},
    }
    assert checks(windows) == set()
    assert "capabilities_restricted" in checks(windows, version=(1, 24))


@pytest.mark.parametrize(
    "spec",
    [
        {"hostPID": "true"},
        {"containers": "a"},
        {"containers": [["a"]]},
        {"securityContext": []},
        {"containers": [{"securityContext": {"capabilities": {"add": "ALL"}}}]},
        {"containers": [{"ports": [{"hostPort": "80"}]}]},
    ],
)
def test_a_wrong_type_is_refused_and_never_passed_over(spec: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="must be"):
        checks(spec)


def test_every_fixture_of_upstream_comes_out_as_upstream_says(shared_data: Path) -> None:
    fixtures = zipfile.ZipFile(shared_data / "kubernetes" / "pod-security-standards.zip")
    wrong = []
    for name in fixtures.namelist():
        level, version, verdict, _ = name.split("/")
        [document] = parse_spec_documents(fixtures.read(name), name)
        pod = document.value
        numbers = tuple(map(int, version.removeprefix("v").split(".")))
        breaches = judge_pod(
            pod["spec"], pod["metadata"].get("annotations") or {}, version=(numbers[0], numbers[1])
        )
        if breaks_level(breaches, level) is not (verdict == "fail"):
            wrong.append(name)
    assert wrong == []
    assert len(fixtures.namelist()) > 2_000


def test_a_baseline_breach_breaks_both_levels_and_a_restricted_one_only_its_own() -> None:
    baseline = judge_pod({**HARDENED, "hostPID": True}, {})
    restricted = judge_pod({**HARDENED, "volumes": [{"name": "v", "nfs": {}}]}, {})
    assert [breaks_level(baseline, level) for level in (BASELINE, RESTRICTED)] == [True, True]
    assert [breaks_level(restricted, level) for level in (BASELINE, RESTRICTED)] == [False, True]

"""`lading gate --policy FILE` on what lies here, without a server."""

import json
from pathlib import Path

import pytest

from lading.cli.exit_codes import ExitCode
from lading.cli.main import run
from tests.support.policies import one_rule_text
from tests.support.scan_sources import write_layout

OLD_BASH = one_rule_text(
    'each: f in findings\nviolated_if: f.severity == "critical"\n'
    'message: "{{ f.id }} in {{ f.package_name }}"\n'
    'fix: "upgrade to {{ f.fix }}"\napplies: {repositories: ["shop/**"], environments: [prod]}'
)
SIGNED = one_rule_text('violated_if: signature.verdict != "verified"\nmessage: not signed')


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LADING_URL", "http://127.0.0.1:9")  # nobody listens there


def ask(tmp_path: Path, policy: bytes, *arguments: str) -> int:
    layout = tmp_path / "image"
    if not layout.exists():
        write_layout(layout)
    (tmp_path / "policy.yaml").write_bytes(policy)
    return run(["gate", f"oci:{layout}", "--policy", str(tmp_path / "policy.yaml"), *arguments])


def test_an_image_in_a_layout_is_judged_by_what_is_in_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert ask(tmp_path, OLD_BASH, "--as", "shop/app", "--env", "prod") == ExitCode.DENIED
    said = capfd.readouterr().out
    assert "DENIED: shop/app@sha256:" in said
    assert "may not enter prod" in said
    assert "CVE-2014-6271 in bash" in said
    assert "To fix: upgrade to " in said
    # Rules go by the repository and the environment that it is meant for.
    assert ask(tmp_path, OLD_BASH, "--as", "lab/app", "--env", "prod") == ExitCode.DONE
    assert ask(tmp_path, OLD_BASH, "--as", "shop/app", "--env", "dev") == ExitCode.DONE


def test_what_only_the_server_can_tell_is_warned_of_and_never_taken_for_good(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert ask(tmp_path, SIGNED, "--format", "json") == ExitCode.DONE
    answer = json.loads(capfd.readouterr().out)
    assert answer["outcome"] == "warn"
    assert answer["rules"][0]["verdict"] == "undetermined"
    assert "only the server can tell" in answer["text"]


def test_what_lies_here_needs_a_policy_that_is_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    layout = write_layout(tmp_path / "image")
    assert run(["gate", str(layout)]) == ExitCode.MALFORMED
    assert "lading policy show > policy.yaml" in capfd.readouterr().err

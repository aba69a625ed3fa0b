"""`lading scan` as a user runs it: formats, files, exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest

from lading.cli.exit_codes import ExitCode
from lading.cli.main import run
from tests.support.scan_sources import write_folder, write_layout


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def layout(tmp_path: Path) -> str:
    return str(write_layout(tmp_path / "image"))


def as_json(capfd: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run(["scan", *arguments]) == ExitCode.DONE
    return json.loads(capfd.readouterr().out)


def test_people_get_tables(layout: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["scan", layout]) == ExitCode.DONE
    shown = capfd.readouterr().out
    for text in ("Debian GNU/Linux 12", "CVE-2014-6271", "RUN step 1", "root/.ssh/id_rsa", "bash"):
        assert text in shown


def test_programs_get_one_message(layout: str, capfd: pytest.CaptureFixture[str]) -> None:
    report = as_json(capfd, layout, "--format", "json")
    assert {each["name"] for each in report["packages"]} == {"bash", "libc6"}
    assert report["counts"]["critical"] >= 1
    assert [layer["packages"] for layer in report["layers"]] == [1, 1]


def test_code_hosts_get_sarif(layout: str, capfd: pytest.CaptureFixture[str]) -> None:
    sarif = as_json(capfd, layout, "--format", "sarif")
    (result,) = sarif["runs"]
    rules = {rule["id"] for rule in result["tool"]["driver"]["rules"]}
    assert {each["ruleId"] for each in result["results"]} == rules
    assert "CVE-2014-6271" in rules


@pytest.mark.parametrize(("form", "mark"), [("cyclonedx", "bomFormat"), ("spdx", "spdxVersion")])
def test_a_bill_of_materials_is_made_here_and_can_be_scanned_itself(
    layout: str, tmp_path: Path, form: str, mark: str, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"{form}.json"
    assert run(["sbom", layout, "--as", form, "-o", str(file)]) == ExitCode.DONE
    assert mark in json.loads(file.read_bytes())
    capfd.readouterr()
    of_image = as_json(capfd, layout, "--format", "json")
    of_sbom = as_json(capfd, str(file), "--format", "json")
    assert {each["purl"] for each in of_sbom["packages"]} == {each["purl"] for each in of_image["packages"]}
    assert of_sbom["counts"] == of_image["counts"]


def test_the_same_scan_is_the_same_bytes(layout: str, tmp_path: Path) -> None:
    for form in ("json", "cyclonedx", "spdx", "sarif"):
        files = [tmp_path / f"{form}-{number}" for number in range(2)]
        for file in files:
            assert run(["scan", layout, "--format", form, "-o", str(file)]) == ExitCode.DONE
        assert files[0].read_bytes() == files[1].read_bytes()


def test_exit_codes_say_whether_something_is_wrong(
    layout: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["scan", layout, "--fail-on", "critical"]) == ExitCode.DENIED
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run(["scan", str(empty), "--fail-on", "any", "--require-complete"]) == ExitCode.DONE
    broken = write_folder(tmp_path / "broken")
    (broken / "lib" / "apk" / "db").mkdir(parents=True)
    (broken / "var/lib/rpm").mkdir(parents=True)
    (broken / "var/lib/rpm/Packages.db").write_bytes(b"RpmP" + b"\xff" * 5000)
    assert run(["scan", str(broken), "--require-complete"]) == ExitCode.UNDETERMINED
    assert run(["scan", "dir:/no/such"]) == ExitCode.NOT_FOUND
    assert run(["scan", layout, "--platform", "linux"]) == ExitCode.MALFORMED
    assert run(["scan"]) == ExitCode.USAGE
    capfd.readouterr()


def test_advisories_of_a_file_are_matched_and_stay(
    layout: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fixed = {"status": "resolved", "fixed_version": "2.36-10", "urgency": "high", "repositories": {}}
    tracker = {"glibc": {"CVE-2030-0001": {"releases": {"bookworm": fixed}}}}
    file = tmp_path / "tracker.json"
    file.write_text(json.dumps(tracker))
    flaws = {
        each["flaw"]
        for each in as_json(capfd, layout, "--advisories", str(file), "--format", "json")["findings"]
    }
    assert "CVE-2030-0001" in flaws
    assert {each["flaw"] for each in as_json(capfd, layout, "--format", "json")["findings"]} == flaws
    again = as_json(capfd, layout, "--no-cache", "--format", "json")
    assert "CVE-2030-0001" not in {each["flaw"] for each in again["findings"]}


def test_a_file_that_is_no_feed_is_refused_with_a_hint(
    layout: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.json"
    file.write_text("{}")
    assert run(["scan", layout, "--advisories", str(file)]) == ExitCode.MALFORMED
    assert "osv/PyPI=FILE" in capfd.readouterr().err

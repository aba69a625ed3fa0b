"""`lading check` as it is called."""

import json
from pathlib import Path

import pytest

from lading.cli.main import run

GOOD = 'FROM scratch\nCOPY app /app\nUSER 10001\nENTRYPOINT ["/app"]\nLABEL org.opencontainers.image.source=https://a\n'


def test_exit_codes_tell_allowed_denied_and_not_understood(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text(GOOD)
    assert run(["check", str(file)]) == 0
    file.write_text(GOOD + "ENV DB_PASSWORD=hunter22\n")
    assert run(["check", str(file), "--env", "prod"]) == 1
    file.write_text("FORM a\n")
    assert run(["check", str(file)]) == 8
    said = capsys.readouterr()
    assert "did you mean FROM?" in said.err
    assert "line 6: ENV DB_PASSWORD carries a credential" in said.out


def test_a_folder_is_searched_and_what_is_none_of_it_is_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "api.Dockerfile").write_text(GOOD)
    (tmp_path / "compose.yaml").write_text("services: {a: {image: 'a:1'}}\n")
    (tmp_path / "values.yaml").write_text("replicas: 1\n")
    (tmp_path / "chart.yaml").write_text("apiVersion: v1\nkind: {{ .Values.kind }}\n")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "Dockerfile").write_text("nonsense")
    assert run(["check", str(tmp_path), "--format", "json", "--profile", "small"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [Path(file["file"]).name for file in answer["files"]] == ["api.Dockerfile", "compose.yaml"]


def test_a_report_goes_to_a_file_and_words_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Dockerfile").write_text(GOOD)
    report = tmp_path / "out.sarif"
    assert run(["check", str(tmp_path / "Dockerfile"), "--format", "sarif", "-o", str(report)]) == 0
    assert json.loads(report.read_text())["version"] == "2.1.0"
    assert "1 judged" in capsys.readouterr().out

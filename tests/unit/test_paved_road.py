"""The paved road's script, as far as a shell alone can run it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "paved-road" / "lading-ci"
GOOD = 'FROM scratch\nCOPY app /app\nUSER 10001\nENTRYPOINT ["/app"]\nHEALTHCHECK CMD ["/app", "-t"]\n'
LABEL = "LABEL org.opencontainers.image.source=https://git.example/shop/app\n"


def run(step: str, folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    known = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "LADING_URL": "https://registry.example",
        "LADING_IMAGE": "shop/app",
        "LADING_TAG": "abc1234",
        "LADING_REPORTS": str(folder / "reports"),
        "LADING_CONTEXT": str(folder),
    }
    environment = {name: value for name, value in {**known, **variables}.items() if value}
    return subprocess.run(
        ["sh", str(SCRIPT), step], capture_output=True, text=True, env=environment, timeout=120, check=False
    )


@pytest.mark.parametrize("shell", ["sh", "dash", "bash", "busybox"])
def test_every_shell_reads_it(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    command = [shell, "sh", "-n", str(SCRIPT)] if shell == "busybox" else [shell, "-n", str(SCRIPT)]
    assert subprocess.run(command, check=False, timeout=30).returncode == 0


def test_files_are_judged_and_both_reports_are_there(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(GOOD + LABEL)
    done = run("check", tmp_path)
    assert done.returncode == 0, done.stderr + done.stdout
    assert {file.name for file in (tmp_path / "reports").iterdir()} == {"check.sarif", "check.xml"}
    (tmp_path / "Dockerfile").write_text(GOOD + "ENV DB_PASSWORD=hunter22\n")
    assert run("check", tmp_path, LADING_ENV="prod").returncode == 1


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"LADING_URL": ""}, "LADING_URL is not set"),
        ({"LADING_IMAGE": ""}, "LADING_IMAGE is not set"),
        ({"LADING_TAG": ""}, "no CI system tells the commit"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, variables: dict[str, str], said: str) -> None:
    done = run("check", tmp_path, **variables)
    assert done.returncode == 2
    assert said in done.stderr
    assert "no step dance" in run("dance", tmp_path).stderr

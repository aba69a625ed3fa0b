"""Programs of other projects."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def run(program: str, *arguments: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    """Run a program of another project and give what it prints; skip by its name where it is absent."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    done = subprocess.run(
        [program, *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
        env=os.environ | (env or {}),
        cwd=cwd,
    )
    assert done.returncode == 0, f"{program} {' '.join(arguments)}\n{done.stdout}{done.stderr}"
    return done.stdout

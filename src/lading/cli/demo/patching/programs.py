"""Programs of this machine, run for the demonstration."""

import subprocess
from pathlib import Path

from lading.cli.demo.walk import StepFailed

_SECONDS = 900


def run(*command: str, folder: Path | None = None) -> str:
    """Run one; its standard output. Raises StepFailed with the last that it said."""
    done = subprocess.run(  # noqa: S603 - programs of this machine, with arguments of the demo
        command, capture_output=True, text=True, check=False, timeout=_SECONDS, cwd=folder
    )
    if done.returncode:
        raise StepFailed(f"{' '.join(command[:4])} … failed:\n{(done.stderr or done.stdout)[-1500:]}")
    return done.stdout

"""The demo is the whole path, and fails when any step does not do what it says."""

import subprocess
import sys

import pytest


@pytest.mark.timeout(1200)
def test_every_step_of_the_demo_does_what_it_says() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lading", "demo", "--no-stay"],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "13 of 13 steps did what they say" in done.stdout

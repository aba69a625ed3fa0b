"""With no network at all, everything that needs no new issuance works.

The verification suite runs once more in a network namespace that has not even a loopback route.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SUITE = ("tests/unit/signing/test_verification.py", "tests/conformance/test_signature_vectors.py")
ISOLATED = ("unshare", "--net", "--map-root-user")
PROBE = "import socket; socket.create_connection(('127.0.0.1', 9), 1)"


def isolated(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ISOLATED, *command],
        cwd=PROJECT,
        env={**os.environ, "HOME": "/nonexistent", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_the_verification_suite_passes_without_any_route() -> None:
    try:
        can = isolated("true")
    except FileNotFoundError:
        pytest.skip("unshare is not installed")
    if can.returncode != 0:
        pytest.skip(f"no network namespace can be made here: {can.stderr.strip()}")
    probe = isolated(sys.executable, "-c", PROBE)
    assert "Network is unreachable" in probe.stderr, "the namespace has a route"
    done = isolated(sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *SUITE)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert " passed" in done.stdout

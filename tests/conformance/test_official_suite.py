"""The conformance suites of the OCI distribution specification, where they are installed.

From a clone of opencontainers/distribution-spec, ``cd conformance`` and

    git checkout main && go build -o oci-conformance         the suite in work, over 900 checks
    git checkout v1.1.1 && go test -c -o oci-conformance-1.1.1    the suite of the release, its four workflows

then put both on the PATH.
"""

import base64
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lading.server.asgi import AsgiApp, Receive, Scope, Send
from tests.support.distribution import ADMIN, disk_registry, serving

SUITE, RELEASED = "oci-conformance", "oci-conformance-1.1.1"
# Steps that stand in for a workflow that is switched off, or for the other of two answers to a mount.
NOT_FOR_US = {
    "Cross-mounting of nonexistent blob should yield session id",
    "Get tag name from environment",
    "Populate registry with test tags (no push)",
    "Cross-mounting without from, and automatic content discovery disabled should return a 202",
}


@pytest.mark.peer
def test_the_official_suite_finds_nothing_wrong(tmp_path: Path) -> None:
    registry = disk_registry(tmp_path / "data")
    with serving(registry.app) as address:
        settings = {
            "OCI_REGISTRY": address,
            "OCI_TLS": "disabled",
            "OCI_VERSION": "1.1",
            "OCI_REPO1": "conformance/one",
            "OCI_REPO2": "conformance/two",
            "OCI_USERNAME": ADMIN[0],
            "OCI_PASSWORD": ADMIN[1],
            "OCI_API_BLOBS_DIGEST_HEADER": "true",
            "OCI_API_BLOBS_UPLOAD_CANCEL": "true",
            "OCI_API_MANIFESTS_DIGEST_HEADER": "true",
            "OCI_API_MANIFESTS_TAG_PARAM": "true",
            "OCI_RESULTS_DIR": str(tmp_path / "results"),
        }
        run = _run(SUITE, tmp_path, settings)
    registry.close()
    counts = {name: int(count) for name, count in re.findall(r"(\w+)\.{3,}: +(\d+)", run.stdout)}
    assert run.returncode == 0, run.stdout[-4000:]
    assert counts["FAIL"] == counts["Error"] == 0
    assert counts["Pass"] > 900


@pytest.mark.peer
def test_the_released_suite_passes_in_all_four_workflows(tmp_path: Path) -> None:
    registry = disk_registry(tmp_path / "data")
    with serving(_signed_in(registry.app)) as address:
        settings = {
            "OCI_ROOT_URL": f"http://{address}",
            "OCI_NAMESPACE": "conformance/one",
            "OCI_CROSSMOUNT_NAMESPACE": "conformance/two",
            "OCI_AUTOMATIC_CROSSMOUNT": "1",
            "OCI_TEST_PULL": "1",
            "OCI_TEST_PUSH": "1",
            "OCI_TEST_CONTENT_DISCOVERY": "1",
            "OCI_TEST_CONTENT_MANAGEMENT": "1",
            "OCI_REPORT_DIR": str(tmp_path),
        }
        run = _run(RELEASED, tmp_path, settings, "--ginkgo.v", "--ginkgo.no-color")
    registry.close()
    assert run.returncode == 0, run.stdout[-4000:]
    counts = re.search(r"(\d+) Passed \| 0 Failed \| 0 Pending \| (\d+) Skipped", run.stdout)
    assert counts is not None, run.stdout[-1000:]
    skipped = set(re.findall(r"\[It\] (.+)\n.+\n\n  \[SKIPPED\] ", run.stdout))
    assert skipped == NOT_FOR_US
    assert int(counts[2]) == len(NOT_FOR_US)
    assert int(counts[1]) > 70


def _run(
    name: str, folder: Path, settings: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    return subprocess.run(
        [program, *arguments],
        check=False,
        cwd=folder,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=240,
    )


def _signed_in(app: AsgiApp) -> AsgiApp:
    """The application behind a proxy that signs in: the released suite's client, which answers a challenge,
    forgets the query of the request that it repeats, and with it what was to be mounted."""
    header = (b"authorization", b"Basic " + base64.b64encode(":".join(ADMIN).encode()))

    async def proxied(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "headers": [*scope["headers"], header]}, receive, send)

    return proxied

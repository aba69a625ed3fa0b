"""The conformance suite of the OCI distribution specification, where it is installed.

Build it from a clone of opencontainers/distribution-spec: ``cd conformance && go build -o oci-conformance``,
and put it on the PATH.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.distribution import ADMIN, disk_registry, serving

SUITE = "oci-conformance"


@pytest.mark.peer
def test_the_official_suite_finds_nothing_wrong(tmp_path: Path) -> None:
    program = shutil.which(SUITE)
    if program is None:
        pytest.skip(f"{SUITE} is not installed")
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
        run = subprocess.run(
            [program],
            check=False,
            cwd=tmp_path,
            env=os.environ | settings,
            capture_output=True,
            text=True,
            timeout=240,
        )
    registry.close()
    counts = {name: int(count) for name, count in re.findall(r"(\w+)\.{3,}: +(\d+)", run.stdout)}
    assert run.returncode == 0, run.stdout[-4000:]
    assert counts["FAIL"] == counts["Error"] == 0
    assert counts["Pass"] > 900

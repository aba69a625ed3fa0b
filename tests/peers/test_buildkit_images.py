"""What BuildKit pushes, on a whole server: each platform with its attestations, and judged by itself."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.layouts import SLSA, SPDX, as_buildkit
from tests.support.programs import run
from tests.support.served import Served

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("served")).start()
    yield served
    served.stop()


def test_attestations_are_accessories_and_the_platform_that_fails_is_named(
    served: Served, tmp_path: Path
) -> None:
    layout = as_buildkit(tmp_path / "layout")
    creds = f"admin:{served.password}"
    there = ("--all", "--dest-tls-verify=false", "--dest-creds", creds)
    run("skopeo", "copy", *there, f"oci:{layout}:v1", f"docker://{served.registry}/shop/multi:v1")
    index = served.json("image", "shop/multi:v1")
    assert [each["platform"] for each in index["platforms"]] == ["linux/amd64", "linux/arm64"]
    for platform in index["platforms"]:
        (attestation,) = platform["accessories"]
        assert attestation["kind"] == "attestation-manifest"
        assert attestation["predicates"] == [SPDX, SLSA]
        image = served.wait_for_analysis(f"shop/multi@{platform['digest']}")
        assert [each["digest"] for each in image["accessories"]] == [attestation["digest"]]
        assert image["platforms"] == []
    assert index["accessories"] == []
    listed = served.json("images", "--repository", "shop/multi")["items"]
    assert "unknown" not in json.dumps([each["platform"] for each in listed])
    assert {each["kind"] for each in listed} == {"index", "image"}
    decision = served.lading("gate", "shop/multi:v1", "--env", "prod", expect=1)
    assert "root: it names no user on linux/arm64" in decision
    assert "linux/amd64" not in decision

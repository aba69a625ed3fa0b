"""kill -9 of the server in the middle of its work: after a restart everything is there, and done once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lading.adapters.registry_client import RegistryClient
from lading.cli.demo.images import bad_image
from lading.oci import media_types
from tests.support.served import Served


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    server = Served(tmp_path).start()
    yield server
    server.stop()


@pytest.mark.timeout(900)
def test_an_image_pushed_just_before_the_kill_is_analysed_once_after_the_restart(served: Served) -> None:
    image = bad_image("2026-01-01T00:00:00Z")
    registry = RegistryClient(served.url, user="admin", password=served.password)
    registry.push_image("team/legacy", "1", image.manifest, media_types.OCI_MANIFEST, image.blobs)
    registry.close()
    served.kill()

    served.start()
    shown = served.wait_for_analysis("team/legacy:1")
    assert shown["line"]["analysis"] == "done"
    assert {finding["flaw"] for finding in shown["findings"]} >= {"CVE-2014-6271"}
    entries = served.wait_for_audit("image.analyse")  # the last step of taking an image in
    assert [entry["subject"] for entry in entries] == [f"team/legacy@{image.digest}"]
    assert len(served.json("image", "team/legacy:1")["sboms"]) == 3
    served.lading("audit", "verify")


@pytest.mark.timeout(900)
def test_a_second_server_on_the_folder_is_refused_and_the_first_goes_on(
    served: Served, tmp_path: Path
) -> None:
    with pytest.raises(AssertionError, match="data-folder-in-use"):
        Served(tmp_path).start()
    served.lading("whoami")


@pytest.mark.timeout(900)
def test_a_polite_stop_ends_with_success_and_the_next_start_prints_no_password(served: Served) -> None:
    password = served.password
    assert served.stop() == 0
    served.password = ""
    served.start()
    assert served.password == ""
    served.password = password
    served.lading("whoami")

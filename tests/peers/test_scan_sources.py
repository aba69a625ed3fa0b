"""`lading scan` on what real engines and tools hold: images and containers of Docker and Podman, layouts."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lading.bootstrap.scanning import Engines, open_scan_records, open_source, scan
from lading.oci.descriptor import Platform
from lading.ports.image_source import SourceKind
from lading.workflows.scan_image import ScannedImage
from tests.support.engines import private_docker, private_podman
from tests.support.scan_sources import write_layout, write_saved

pytestmark = pytest.mark.peer
PACKAGES = ["bash 4.2-0", "libc6 2.36-9"]


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with private_docker(tmp_path_factory.mktemp("docker")) as url:
        archive = write_saved(tmp_path_factory.mktemp("saved") / "saved.tar")
        subprocess.run(["docker", "-H", url, "load", "-i", str(archive)], check=True)
        yield url


@pytest.fixture(scope="module")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with private_podman(tmp_path_factory.mktemp("podman")) as url:
        archive = write_saved(tmp_path_factory.mktemp("saved") / "saved.tar", ("docker.io/library/app:1.0",))
        subprocess.run(["podman", "--url", url, "load", "-i", str(archive)], check=True)
        yield url


def scanned(source: str, docker: str = "", podman: str = "") -> ScannedImage:
    engines = Engines(docker.removeprefix("unix://"), podman.removeprefix("unix://"))
    platform = Platform("linux", "amd64")
    with open_scan_records(None) as records, open_source(source, platform, engines) as opened:
        return scan(records, opened)


def packages(done: ScannedImage) -> list[str]:
    return [f"{each.package.name} {each.package.version}" for each in done.contents.packages]


def test_an_image_of_docker(docker: str) -> None:
    done = scanned("docker:app:1.0", docker)
    assert packages(done) == PACKAGES
    assert done.image.user == "1000"
    assert len(done.layers) == 2
    assert scanned("app:1.0", docker).source.kind is SourceKind.DOCKER


def test_the_file_system_of_a_container_of_docker(docker: str, tmp_path: Path) -> None:
    name = "scanned"
    subprocess.run(
        ["docker", "-H", docker, "create", "--name", name, "--network", "none", "app:1.0"], check=True
    )
    done = scanned(f"container:{name}", docker)
    assert packages(done) == PACKAGES
    assert [baked.secret.path for baked in done.contents.secrets] == ["root/.ssh/id_rsa"]
    changed = tmp_path / "status"
    changed.write_text("Package: added\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n")
    copy = ["docker", "-H", docker, "cp", str(changed), f"{name}:/var/lib/dpkg/status"]
    subprocess.run(copy, check=True)
    assert packages(scanned(f"container:{name}", docker)) == ["added 1"]


def test_an_image_of_podman(podman: str) -> None:
    assert packages(scanned("podman:docker.io/library/app:1.0", podman=podman)) == PACKAGES


def test_what_skopeo_writes(tmp_path: Path) -> None:
    if shutil.which("skopeo") is None:
        pytest.skip("skopeo is not installed")
    layout = write_layout(tmp_path / "layout")
    for form in ("docker-archive", "oci-archive", "oci"):
        target = tmp_path / form
        command = ["skopeo", "--insecure-policy", "copy", f"oci:{layout}:1.0", f"{form}:{target}:app:1.0"]
        subprocess.run(command, check=True)
        assert packages(scanned(f"{form}:{target}")) == PACKAGES

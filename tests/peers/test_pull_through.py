"""Real clients pull through us from the distribution project's own registries, which want a password."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bench.servers import free_port
from lading.adapters.registry_client import RegistryClient
from lading.oci.digest import Digest
from tests.support.distribution import ADMIN, Registry, disk_registry, serving
from tests.support.engines import private_containerd, private_docker
from tests.support.layouts import two_platforms
from tests.support.programs import run

pytestmark = pytest.mark.peer

# bcrypt of hunter2, which is all that these registries read.
_HTPASSWD = "robot:$2b$04$Yq6Rd3Lkxh8FnIBjdFLM/euEFk2G2T1/fm5z21WDeQTelh5k8PcNG\n"
LOGIN = ":".join(ADMIN)


@dataclass
class Elsewhere:
    """A registry of the distribution project that asks for a name and a password."""

    program: str
    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        (self.folder / "htpasswd").write_text(_HTPASSWD)
        (self.folder / "config.yml").write_text(
            "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
            f"storage: {{filesystem: {{rootdirectory: {self.folder}/data}}}}\n"
            f"auth: {{htpasswd: {{realm: elsewhere, path: {self.folder}/htpasswd}}}}\n"
            f"http: {{addr: 127.0.0.1:{self.port}}}\n"
        )
        self.process = subprocess.Popen(
            [self.program, "serve", str(self.folder / "config.yml")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        limit = time.monotonic() + 60
        while True:
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"{self.url}/v2/")
                return
            assert time.monotonic() < limit
            time.sleep(0.1)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="module", params=["docker-registry", "distribution-registry"])
def elsewhere(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Elsewhere]:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    folder = tmp_path_factory.mktemp("elsewhere")
    found = Elsewhere(request.param, folder, free_port())
    found.start()
    layout = two_platforms(folder / "layout")
    run(
        "skopeo", "copy", "--all", "--dest-tls-verify=false", "--dest-creds", "robot:hunter2",
        f"oci:{layout}:v1", f"docker://127.0.0.1:{found.port}/library/app:v1",
    )  # fmt: skip
    yield found
    found.kill()


@pytest.fixture
def registry(tmp_path: Path, elsewhere: Elsewhere) -> Iterator[Registry]:
    registry = disk_registry(tmp_path / "ours")
    registry.add_cache("hub", elsewhere.url, user="robot", password="hunter2", namespace="docker.io")
    yield registry
    registry.close()


@pytest.fixture
def address(registry: Registry) -> Iterator[str]:
    with serving(registry.app) as address:
        yield address


def test_skopeo_copies_all_platforms_and_again_when_the_upstream_is_dead(
    address: str, registry: Registry, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    copy = ("skopeo", "copy", "--all", "--src-tls-verify=false", "--src-creds", LOGIN)
    run(*copy, f"docker://{address}/hub/library/app:v1", f"oci:{tmp_path}/back:v1")
    there, here = (
        sorted(path.name for path in (at / "blobs/sha256").iterdir())
        for at in (elsewhere.folder / "layout", tmp_path / "back")
    )
    assert here == there
    assert len(registry.pushed) == 3  # both images and their index, to be analysed
    elsewhere.kill()
    try:
        registry.ahead = timedelta(hours=1)
        run(*copy, f"docker://{address}/hub/library/app:v1", f"oci:{tmp_path}/again:v1")
        found = httpx.get(f"http://{address}/v2/hub/library/app/manifests/v1", auth=ADMIN)
        assert "stale" in found.headers["Warning"]
    finally:
        elsewhere.start()


def test_crane_pulls_one_platform_and_finds_the_digest(
    address: str, registry: Registry, tmp_path: Path
) -> None:
    env = {"DOCKER_CONFIG": str(tmp_path)}
    run("crane", "auth", "login", address, "-u", ADMIN[0], "-p", ADMIN[1], env=env)
    run(
        "crane",
        "pull",
        "--platform=linux/amd64",
        f"{address}/hub/library/app:v1",
        str(tmp_path / "a.tar"),
        env=env,
    )
    digest = run("crane", "digest", f"{address}/hub/library/app:v1", env=env).strip()
    with registry.records.read() as kept:
        tag = kept.registry.tag("hub/library/app", "v1")
    assert tag is not None
    assert str(tag.digest) == digest
    assert len(registry.pushed) == 2
    refused = subprocess.run(
        ["crane", "tag", f"{address}/hub/library/app:v1", "v2"],
        capture_output=True, text=True, check=False, timeout=60, env=os.environ | env,
    )  # fmt: skip
    assert "nobody pushes into it" in refused.stderr


def test_docker_pulls_and_runs_nothing_twice(address: str, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="dkr") as short, private_docker(Path(short)) as url:
        env = {"DOCKER_HOST": url, "DOCKER_CONFIG": str(tmp_path / "config"), "DOCKER_API_VERSION": "1.41"}
        run("docker", "login", "-u", ADMIN[0], "-p", ADMIN[1], address, env=env)
        run("docker", "pull", f"{address}/hub/library/app:v1", env=env)
        shown = run("docker", "image", "inspect", f"{address}/hub/library/app:v1", env=env)
        assert json.loads(shown)[0]["Config"]["Cmd"] == ["/pause"]


def test_containerd_asks_us_as_the_mirror_of_another_registry(address: str, tmp_path: Path) -> None:
    hosts = tmp_path / "certs.d" / "docker.io"
    hosts.mkdir(parents=True)
    (hosts / "hosts.toml").write_text(
        f'server = "http://127.0.0.1:1"\n[host."http://{address}"]\n  capabilities = ["pull", "resolve"]\n'
    )
    with private_containerd() as socket:
        ctr = ("ctr", "--address", str(socket), "images")
        run(*ctr, "pull", "--user", LOGIN, "--hosts-dir", str(hosts.parent), "docker.io/library/app:v1")
        assert "docker.io/library/app:v1" in run(*ctr, "list")


def test_an_upstream_that_is_killed_in_the_middle_of_a_blob_leaves_nothing_wrong_behind(
    address: str, registry: Registry, elsewhere: Elsewhere
) -> None:
    content = os.urandom(1 << 20) * 192
    digest = Digest.of(content)
    with contextlib.closing(RegistryClient(elsewhere.url, user="robot", password="hunter2")) as client:
        client.push_blob("library/big", digest, content)
    outcomes: list[str] = []

    def pull() -> None:
        try:
            got = httpx.get(f"http://{address}/v2/hub/library/big/blobs/{digest}", auth=ADMIN, timeout=120)
        except httpx.RemoteProtocolError:
            outcomes.append("broken")
        else:
            outcomes.append("whole" if got.content == content else f"{got.status_code}")

    pulling = threading.Thread(target=pull)
    pulling.start()
    while pulling.is_alive() and not any(each.offset > 1 << 20 for each in registry.blobs.iter_uploads()):
        time.sleep(0.001)
    elsewhere.kill()
    pulling.join()
    elsewhere.start()
    assert outcomes in (["broken"], ["whole"])  # whole where all had come before the kill
    assert (registry.blobs.stat(digest) is None) == (outcomes == ["broken"])
    assert list(registry.blobs.iter_uploads()) == []
    registry.ahead = timedelta(minutes=1)
    pull()
    assert outcomes[1:] == ["whole"]

"""Real engines: what runs is seen with its digests, and what ends is gone."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lading.adapters.docker_engine import DockerEngine
from lading.foundation.errors import Upstream
from tests.support.engines import private_docker, private_podman, sleeping_root

pytestmark = pytest.mark.peer


class Engine:
    """An engine and the Docker command that drives it."""

    def __init__(self, url: str, name: str) -> None:
        self.url, self.name = url, name

    def docker(self, *arguments: str, stdin: bytes = b"") -> str:
        done = subprocess.run(
            ["docker", "-H", self.url, *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            timeout=120,
            env={**os.environ, "DOCKER_API_VERSION": "1.41"},
        )
        if b"unable to apply caps" in done.stderr:
            pytest.skip("this machine cannot give a container all capabilities")
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with private_docker(tmp_path_factory.mktemp("docker")) as url:
        engine = Engine(url, "docker")
        engine.docker("import", "-", "local/pause:1", stdin=sleeping_root())
        yield engine


def test_a_running_container_is_seen_with_its_image(docker: Engine) -> None:
    identity = docker.docker(
        "run", "-d", "--network=none", "--name=sleeper", "--label=team=orders", "local/pause:1", "/pause"
    )
    with closing(DockerEngine(docker.url)) as engine:
        (container,) = [each for each in engine.running("host-1") if each.id == identity]
        assert (container.host, container.engine, container.name) == ("host-1", "docker", "sleeper")
        assert container.image_reference == "local/pause:1"
        assert container.image_id == docker.docker("image", "inspect", "-f", "{{.Id}}", "local/pause:1")
        assert container.manifest_digests == ()  # it never came from a registry
        assert container.labels["team"] == "orders"
        assert container.started_at.endswith("Z")
        assert not container.privileged

        docker.docker("rm", "-f", identity)
        assert identity not in {each.id for each in engine.running("host-1")}


def test_a_privileged_container_is_seen_as_such(docker: Engine) -> None:
    identity = docker.docker(
        "run", "-d", "--network=none", "--privileged", "--user=0", "local/pause:1", "/pause"
    )
    with closing(DockerEngine(docker.url)) as engine:
        (container,) = [each for each in engine.running("h") if each.id == identity]
    docker.docker("rm", "-f", identity)
    assert container.privileged
    assert container.user == "0"


def test_a_start_ends_the_waiting(docker: Engine) -> None:
    with closing(DockerEngine(docker.url)) as engine:
        waited = threading.Event()

        def wait() -> None:
            engine.wait_for_change(60)
            waited.set()

        threading.Thread(target=wait, daemon=True).start()
        time.sleep(0.5)
        assert not waited.is_set()
        identity = docker.docker("run", "-d", "--network=none", "local/pause:1", "/pause")
        assert waited.wait(20)
        docker.docker("rm", "-f", identity)


def test_nothing_happening_ends_the_waiting_in_time(docker: Engine) -> None:
    with closing(DockerEngine(docker.url)) as engine:
        started = time.monotonic()
        engine.wait_for_change(0.5)
        assert 0.3 < time.monotonic() - started < 20


def test_podman_answers_the_same_questions(tmp_path: Path) -> None:
    with private_podman(tmp_path) as url:
        podman = Engine(url, "podman")
        podman.docker("import", "-", "localhost/pause:1", stdin=sleeping_root())
        with closing(DockerEngine(url, name="podman")) as engine:
            assert engine.running("host-2") == ()


def test_an_engine_that_is_not_there_is_said_to_be_unreachable(tmp_path: Path) -> None:
    with closing(DockerEngine(str(tmp_path / "no.sock"))) as engine, pytest.raises(Upstream) as caught:
        engine.running("h")
    assert caught.value.code == "engine-unreachable"

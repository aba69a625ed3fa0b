"""A real Docker Engine pulls from a real server, runs, and the agent's report says how it stands."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.engines import private_docker, sleeping_root
from tests.support.served import Served

pytestmark = [pytest.mark.peer, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with private_docker(tmp_path_factory.mktemp("docker")) as url:
        yield url


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = Served(tmp_path_factory.mktemp("server")).start()
    yield server
    server.stop()


def run(docker: str, config: Path, *arguments: str, stdin: bytes = b"") -> str:
    done = subprocess.run(
        ["docker", "--config", str(config), "-H", docker, *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=300,
        env={**os.environ, "DOCKER_API_VERSION": "1.41"},
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def flags(served: Served, name: str) -> dict[str, str]:
    (found,) = [each for each in served.json("running")["items"] if each["name"] == name]
    return dict(found["flags"])


def test_how_a_container_stands_follows_signature_and_tag(
    docker: str, served: Served, tmp_path: Path
) -> None:
    name = f"{served.registry}/team/pause:1"
    run(docker, tmp_path, "login", served.registry, "-u", "admin", "-p", served.password)
    run(docker, tmp_path, "import", "--change", "USER 10001", "-", name, stdin=sleeping_root())
    run(docker, tmp_path, "push", name)
    run(docker, tmp_path, "import", "-", "local/never-pushed:1", stdin=sleeping_root())
    served.wait_for_analysis("team/pause:1")
    run(docker, tmp_path, "run", "-d", "--network=none", "--name=ours", name, "/pause")
    run(docker, tmp_path, "run", "-d", "--network=none", "--name=theirs", "local/never-pushed:1", "/pause")

    report = ("agent", "--once", "--socket", docker, "--host", "host-1")
    assert "reported 2 containers" in served.lading(*report)
    assert {"known", "unsigned"} <= set(flags(served, "ours"))
    assert set(flags(served, "theirs")) == {"unknown"}

    served.lading("sign", "team/pause:1")
    assert "unsigned" not in flags(served, "ours")

    run(docker, tmp_path, "import", "--change", "LABEL v=2", "-", name, stdin=sleeping_root())
    run(docker, tmp_path, "push", name)
    assert "modified-tag" in flags(served, "ours")

    run(docker, tmp_path, "rm", "-f", "ours", "theirs")
    served.lading(*report)
    assert served.json("running")["items"] == []

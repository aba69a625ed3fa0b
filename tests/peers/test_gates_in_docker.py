"""What a person sees in Docker where a gate refuses: the words of the command line, line by line."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.engines import private_docker, sleeping_root
from tests.support.served import Served

pytestmark = [pytest.mark.peer, pytest.mark.timeout(1200)]

PULL = """
  - id: no-root
    title: The image does not start as root
    reason: What breaks out of it is root on the host.
    severity: high
    applies: {gates: [GATES]}
    violated_if: image.root
    message: it starts as root
    fix: end the Dockerfile with USER 10001
"""


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with private_docker(tmp_path_factory.mktemp("docker")) as url:
        yield url


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = Served(tmp_path_factory.mktemp("server")).start()
    yield server
    server.stop()


def run(docker: str, config: Path, *arguments: str, stdin: bytes = b"") -> tuple[int, str]:
    done = subprocess.run(
        ["docker", "--config", str(config), "-H", docker, *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=300,
        env={**os.environ, "DOCKER_API_VERSION": "1.41"},
    )
    return done.returncode, (done.stdout + done.stderr).decode()


def set_policy(served: Served, folder: Path, gates: str) -> None:
    file = folder / "policy.yaml"
    file.write_text("policy: shop\nrules:" + PULL.replace("GATES", gates))
    served.lading("policy", "set", str(file))


WORDS = (
    "may not pass",
    "Refused by 1 rule:",
    "  no-root (high): The image does not start as root",
    "    - it starts as root",
    "      To fix: end the Dockerfile with USER 10001",
    "Policy shop sha256:",
)


def test_push_and_pull_are_refused_in_the_words_of_the_command_line(
    docker: str, served: Served, tmp_path: Path
) -> None:
    name = f"{served.registry}/team/rooted:1"
    run(docker, tmp_path, "login", served.registry, "-u", "admin", "-p", served.password)
    run(docker, tmp_path, "import", "-", name, stdin=sleeping_root())
    set_policy(served, tmp_path, "ci, push")
    code, pushed = run(docker, tmp_path, "push", name)
    assert code == 1
    set_policy(served, tmp_path, "ci, pull")
    code, said = run(docker, tmp_path, "push", name)
    assert code == 0, said
    run(docker, tmp_path, "rmi", name)
    code, pulled = run(docker, tmp_path, "pull", name)
    assert code == 1
    asked = served.lading("gate", "team/rooted:1", expect=1)
    for words in WORDS:
        for text in (pushed, pulled, asked):
            assert words in text, text
    line = next(one for one in asked.splitlines() if one.startswith("DENIED: "))
    assert line in pulled
    set_policy(served, tmp_path, "ci")
    until = time.monotonic() + 90
    while run(docker, tmp_path, "pull", name)[0] != 0:
        assert time.monotonic() < until
        time.sleep(2)

"""A real Docker Engine with the gate as its plugin: what runs, what does not, in which words."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.engines import private_docker, sleeping_root
from tests.support.served import Served

pytestmark = [pytest.mark.peer, pytest.mark.timeout(1200)]

PLUGINS = Path("/run/docker/plugins")
POLICY = """policy: hosts
rules:
  - id: no-root
    title: The image does not start as root
    reason: What breaks out of it is root on the host.
    severity: high
    applies: {gates: [engine, ci]}
    violated_if: image.root
    message: it starts as root
    fix: end the Dockerfile with USER 10001
  - id: no-power
    title: No container has the power of its host
    reason: It would be the host.
    severity: critical
    applies: {subjects: [workload], gates: [engine]}
    violated_if: workload.privileged || workload.mounts.exists(m, m.engine_socket)
    message: the container would have the host's power
    fix: leave out --privileged and the engine's socket
"""


@dataclass
class Guarded:
    """An engine behind the gate, and the server that the gate asks."""

    url: str
    served: Served
    config: Path

    def docker(self, *arguments: str, stdin: bytes = b"") -> tuple[int, str]:
        done = subprocess.run(
            ["docker", "--config", str(self.config), "-H", self.url, *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            timeout=300,
            env={**os.environ, "DOCKER_API_VERSION": "1.41"},
        )
        return done.returncode, (done.stdout + done.stderr).decode()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    if os.geteuid() != 0:
        pytest.skip("the engine looks for its plugins where only root may write")
    folder = tmp_path_factory.mktemp("guarded")
    served = Served(tmp_path_factory.mktemp("server")).start()
    (folder / "policy.yaml").write_text(POLICY)
    served.lading("policy", "set", str(folder / "policy.yaml"))
    name = f"lading-test-{os.getpid()}"
    listen = PLUGINS / f"{name}.sock"
    command = [sys.executable, "-m", "lading", "engine", "--listen", str(listen), "--host", "host-1"]
    command += ["--engine", str(folder / "docker.sock"), "--remember", str(folder / "answers.json")]
    asker = {"LADING_URL": served.url, "LADING_USER": "admin", "LADING_PASSWORD": served.password}
    with (folder / "gate.log").open("wb") as log:
        gate = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **asker})
    try:
        until = time.monotonic() + 60
        while not listen.exists():
            assert gate.poll() is None, (folder / "gate.log").read_text()
            assert time.monotonic() < until
            time.sleep(0.1)
        with private_docker(folder, f"--authorization-plugin={name}") as url:
            made = Guarded(url, served, folder)
            made.docker("login", served.registry, "-u", "admin", "-p", served.password)
            yield made
    finally:
        gate.send_signal(signal.SIGTERM)
        gate.wait(30)
        listen.unlink(missing_ok=True)
        served.stop()


def pushed(guarded: Guarded, name: str, *changes: str) -> str:
    """Import an image and push it: neither is a matter of this gate."""
    full = f"{guarded.served.registry}/{name}"
    for arguments in (("import", *changes, "-", full), ("push", full)):
        code, said = guarded.docker(*arguments, stdin=sleeping_root())
        assert code == 0, said
    return full


RUN = ("run", "--rm", "-d", "--network=none")


def test_what_the_policy_lets_pass_runs_and_the_rest_does_not(guarded: Guarded) -> None:
    good = pushed(guarded, "team/good:1", "--change", "USER 10001")
    bad = pushed(guarded, "team/bad:1")
    code, said = guarded.docker(*RUN, "--name=good", good, "/pause")
    assert code == 0, said
    code, said = guarded.docker(*RUN, bad, "/pause")
    assert code != 0
    asked = guarded.served.lading("gate", "team/bad:1", expect=1)
    for words in (
        "Refused by 1 rule:",
        "  no-root (high): The image does not start as root",
        "    - it starts as root",
        "      To fix: end the Dockerfile with USER 10001",
        "Policy hosts sha256:",
    ):
        assert words in said
        assert words in asked
    # Listing, logs and stopping are nobody's business.
    code, listed = guarded.docker("ps", "--format", "{{.Names}}")
    assert (code, listed.strip()) == (0, "good")
    assert guarded.docker("rm", "-f", "good")[0] == 0


def test_power_over_the_host_is_refused_for_a_good_image_too(guarded: Guarded) -> None:
    good = pushed(guarded, "team/good:2", "--change", "USER 10001")
    for option in ("--privileged", "--volume=/var/run/docker.sock:/s"):
        code, said = guarded.docker(*RUN, option, good, "/pause")
        assert code != 0
        assert "the container would have the host's power" in said
        assert "To fix: leave out --privileged" in said


def test_a_local_image_under_a_good_name_does_not_run(guarded: Guarded) -> None:
    good = pushed(guarded, "team/good:3", "--change", "USER 10001")
    assert guarded.docker("rmi", good)[0] == 0
    guarded.docker(
        "import", "--change", "USER 10001", "--change", "LABEL evil=1", "-", good, stdin=sleeping_root()
    )
    code, said = guarded.docker(*RUN, good, "/pause")
    assert code != 0
    assert "there is no image" in said


def test_a_pull_of_a_denied_image_or_from_elsewhere_is_refused(guarded: Guarded) -> None:
    bad = pushed(guarded, "team/bad:4")
    guarded.docker("rmi", bad)
    code, said = guarded.docker("pull", bad)
    assert code != 0
    assert "it starts as root" in said
    code, said = guarded.docker("pull", "127.0.0.1:9/evil/app:1")
    assert code != 0
    assert "in a registry that is not allowed" in said


def test_while_the_server_is_away_known_answers_stand_and_nothing_new_starts(guarded: Guarded) -> None:
    good = pushed(guarded, "team/good:5", "--change", "USER 10001")
    other = pushed(guarded, "team/other:5", "--change", "USER 10001")
    bad = pushed(guarded, "team/bad:5")
    assert guarded.docker(*RUN, "--name=known", good, "/pause")[0] == 0
    assert guarded.docker(*RUN, bad, "/pause")[0] != 0
    guarded.docker("rm", "-f", "known")
    gates = guarded.served.json("policy", "gates")["gates"]
    assert [one["standing"] for one in gates if one["name"].endswith("host-1")] == ["current"]
    guarded.served.stop()
    try:
        code, said = guarded.docker(*RUN, "--name=known", good, "/pause")
        assert code == 0, said
        code, said = guarded.docker(*RUN, bad, "/pause")
        assert code != 0
        assert "the server does not answer" in said
        code, said = guarded.docker(*RUN, other, "/pause")
        assert code != 0
        assert "was not asked about this before" in said
        assert guarded.docker("rm", "-f", "known")[0] == 0
    finally:
        guarded.served.start()

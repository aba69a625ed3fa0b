"""A Docker Engine of the demonstration's own: builds, pushes, runs, and is gone at the end."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lading.cli.demo.walk import StepFailed

_START_SECONDS = 60
_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine by its socket; ``config`` is a folder for what `docker login` keeps."""

    socket: Path
    config: Path

    def docker(self, *arguments: str, stdin: bytes | None = None) -> str:
        """Run one command; its standard output."""
        done = subprocess.run(  # noqa: S603 - the docker command, with arguments of the demo
            ["docker", "--config", str(self.config), "-H", f"unix://{self.socket}", *arguments],  # noqa: S607
            input=stdin,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            env={**os.environ, "DOCKER_BUILDKIT": "0", "DOCKER_API_VERSION": "1.41"},
        )
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace")
            raise StepFailed(f"docker {' '.join(arguments[:5])} failed:\n{said[-1500:]}")
        return done.stdout.decode().strip()

    def build(
        self, folder: Path, name: str, dockerfile: str, files: Mapping[str, str], platform: str
    ) -> None:
        """Build a Dockerfile, with files beside it.

        The base is pulled again, since the engine keeps one platform under a name, and it may be another.
        """
        folder.mkdir(parents=True)
        try:
            for path, content in {**files, "Dockerfile": dockerfile}.items():
                (folder / path).write_text(content)
            options = ("-q", "--pull", "--network", "host", "--platform", platform)
            self.docker("build", *options, "-t", name, str(folder))
        finally:
            shutil.rmtree(folder)


@contextlib.contextmanager
def private_engine(folder: Path) -> Iterator[Engine]:
    """Start an engine on a folder, and stop it with everything in it."""
    for program in ("dockerd", "docker"):
        if shutil.which(program) is None:
            raise StepFailed(f"{program} is not installed: it builds and runs the images")
    if os.geteuid() != 0:
        raise StepFailed("building a distribution and running an engine need root")
    folder.mkdir()
    socket, log = folder / "docker.sock", folder / "log"
    command = ["dockerd", "--iptables=false", "--bridge=none", "--data-root", str(folder / "data")]
    command += ["--exec-root", str(folder / "exec"), "-H", f"unix://{socket}", "-p", str(folder / "pid")]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603 - fixed
    engine = Engine(socket, folder / "config")
    try:
        limit = time.monotonic() + _START_SECONDS
        while not socket.exists():
            if process.poll() is not None or time.monotonic() > limit:
                raise StepFailed(f"dockerd does not start here:\n{log.read_text()[-1000:]}")
            time.sleep(0.1)
        yield engine
    finally:
        with contextlib.suppress(StepFailed):
            running = engine.docker("ps", "-aq").split()
            if running:
                engine.docker("rm", "-f", *running)
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _unmount(folder)


def _unmount(folder: Path) -> None:
    """What an engine leaves mounted, the deepest first: a network namespace, and layers if it was killed."""
    mounted = [line.split(" ")[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for place in sorted((each for each in mounted if each.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "--lazy", place], check=False)  # noqa: S603, S607 - below a folder of ours

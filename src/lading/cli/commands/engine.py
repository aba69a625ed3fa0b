"""`lading engine`: the gate in front of a Docker Engine, as its authorization plugin."""

import base64
import contextlib
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import click

from lading.admission.engine_requests import EngineRequest
from lading.api import engine as api
from lading.cli.client import Client, connected
from lading.ports.engine_gate import GivenAnswer, LocalImage

DEFAULT_SOCKET = Path("/run/docker/plugins/lading.sock")
DEFAULT_MEMORY = Path("/var/lib/lading/engine-answers.json")
_THREADS = 16  # requests that are judged at once; each waits for the engine and the server


@click.command("engine")
@click.option(
    "--listen",
    type=click.Path(dir_okay=False, path_type=Path),
    default=DEFAULT_SOCKET,
    show_default=True,
    help="Socket of the plugin; its name without .sock is that of the plugin.",
)
@click.option("--engine", default="/var/run/docker.sock", show_default=True, help="Socket of the engine.")
@click.option("--host", default="", help="Name of this host; its host name where not given.")
@click.option(
    "--remember",
    type=click.Path(dir_okay=False, path_type=Path),
    default=DEFAULT_MEMORY,
    show_default=True,
    help="File of the server's last answers, for while it is away.",
)
@click.option(
    "--when-away",
    type=click.Choice(["deny", "allow"]),
    default="deny",
    show_default=True,
    help="What happens to what was never asked before while the server is away.",
)
def command(listen: Path, engine: str, host: str, remember: Path, when_away: str) -> None:
    """Ask the policy before Docker makes a container or fetches an image on this host.

    Start it before the engine, which is told of it by `dockerd --authorization-plugin=lading`. It signs in as
    every command does; a robot with the role `agent` is enough. While the server is away, answers that it
    gave stand for a day. While this gate itself is away, the engine carries out nothing.
    """
    import uvicorn  # noqa: PLC0415 - only this command listens

    from lading.adapters.docker_engine import DockerEngine  # noqa: PLC0415
    from lading.adapters.remembered_answers_file import RememberedAnswersFile  # noqa: PLC0415
    from lading.server.engine_plugin import PluginServices, engine_plugin  # noqa: PLC0415
    from lading.workflows.engine_gate import EngineGate  # noqa: PLC0415

    host = host or socket.gethostname()
    remember.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    listen.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as opened:
        client = opened.enter_context(connected())
        images = opened.enter_context(contextlib.closing(DockerEngine(engine)))
        gate = EngineGate(
            host, images, Server(client, host), RememberedAnswersFile(remember), when_away == "allow"
        )
        executor = opened.enter_context(ThreadPoolExecutor(_THREADS))
        services = PluginServices(gate, lambda: datetime.now(UTC), executor)
        click.echo(f"guarding {engine} as {host} with the policy of {client.url}, at {listen}", err=True)
        uvicorn.run(engine_plugin(services), uds=str(listen), log_level="warning", access_log=False)


class Server:
    """The server as the gate asks it."""

    def __init__(self, client: Client, host: str) -> None:
        self._client = client
        self._host = host

    def ask(self, request: EngineRequest, image: LocalImage | None) -> GivenAnswer:
        """Ask; what keeps the server from answering is raised."""
        body = api.EngineAsk(
            host=self._host,
            method=request.method,
            uri=request.uri,
            body=base64.b64encode(request.body).decode(),
            user=request.user,
            image_id=image.id if image else "",
            digests=list(image.digests) if image else [],
        )
        answer = self._client.post("engine/authorize", api.EngineAnswer, body)
        return GivenAnswer(answer.allow, answer.message, datetime.now(UTC))

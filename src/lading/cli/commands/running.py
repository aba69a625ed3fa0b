"""`lading running` and `lading agent`: what runs, and how it stands."""

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Sequence

import click

from lading import __version__
from lading.api import gates as api
from lading.api.message import Listing as PageOf
from lading.cli.client import Client, connected
from lading.cli.exit_codes import ExitCode
from lading.cli.options import output_option, paging_options
from lading.cli.output import Line, Listing, Output
from lading.foundation.errors import NotFound
from lading.inventory.container import RunningContainer

_SOCKETS = (
    ("docker", "/var/run/docker.sock"),
    ("podman", "/run/podman/podman.sock"),
    ("podman", f"/run/user/{os.getuid()}/podman/podman.sock"),
)


@click.command("running")
@click.option("--host", default="")
@paging_options
@output_option
def running(host: str, limit: int, after: str, output: Output) -> None:
    """List running containers, and how each stands to what the registry and the policy know now."""
    with connected() as client:
        page = client.get("running", PageOf[api.RunningLine], host=host, limit=limit, after=after)
    rows = [
        (
            each.host,
            each.name or each.id[:12],
            each.image_reference,
            list(each.flags),
            each.environment,
            each.owner or "nobody",
            each.started_at[:19],
        )
        for each in page.items
    ]
    columns = ("host", "container", "image", "stands", "environment", "owner", "started")
    reasons = [
        Line(f"{each.name or each.id[:12]}: {flag}: {reason}")
        for each in page.items
        for flag, reason in each.flags.items()
        if flag != "known"
    ]
    empty = "no agent has reported a running container; start one with `lading agent`"
    output.show(page, Listing(columns, rows, empty=empty), *reasons)


@click.command("deployments")
@output_option
def deployments(output: Output) -> int:
    """List deployments that are half done: tags that run in several digests, or not as they point now.

    Exit code 1 when there are any.
    """
    with connected() as client:
        page = client.get("deployments", PageOf[api.DeploymentLine])
    rows = [
        (
            f"{one.repository}:{one.tag}",
            one.state,
            [
                f"{each.digest[7:19]}{' (now)' if each.current else ''} in {len(each.containers)}"
                for each in one.running
            ],
            _rollback(one),
        )
        for one in page.items
    ]
    columns = ("tag", "state", "runs", "to go back to")
    output.show(
        page,
        Listing(
            columns, rows, empty="of what agents report to run, every tag is the one digest that it says"
        ),
    )
    return ExitCode.DENIED if page.items else ExitCode.DONE


def _rollback(one: api.DeploymentLine) -> str:
    if not one.rollback:
        return "nothing was there before"
    if not one.rollback_here:
        return f"{one.rollback[7:19]}, which is not here any more"
    return f"{one.rollback[7:19]}, {one.rollback_tested or 'untested'}"


@click.command("agent")
@click.option(
    "--socket", "sockets", multiple=True, help="Socket of a container engine; found where not given."
)
@click.option("--host", default="", help="Name of this host; its host name where not given.")
@click.option("--every", type=click.FloatRange(1, 3600), default=15, show_default=True, help="Seconds.")
@click.option("--once", is_flag=True, help="Report once, and end.")
def agent(sockets: tuple[str, ...], host: str, every: float, once: bool) -> None:
    """Report what Docker or Podman runs on this host, whenever that changes.

    It only reads the engine's socket. It signs in as every command does; a robot with `report-runtime` is
    enough: LADING_USER='robot$agent' LADING_PASSWORD=…
    """
    from lading.adapters.docker_engine import DockerEngine  # noqa: PLC0415 - only the agent needs an engine
    from lading.agent import AgentWork, report_always, report_once  # noqa: PLC0415

    host = host or socket.gethostname()
    named = [("podman" if "podman" in path else "docker", path) for path in sockets] or _found()
    stop = threading.Event()
    with contextlib.ExitStack() as opened:
        client = opened.enter_context(connected())
        engines = [
            opened.enter_context(contextlib.closing(DockerEngine(path, name=name))) for name, path in named
        ]
        work = AgentWork(
            host=host,
            engines=engines,
            send=lambda containers: _send(client, host, containers),
            pause=stop.wait,
            every=every,
        )
        if once:
            click.echo(f"reported {report_once(work)} containers of {host} to {client.url}")
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        click.echo(f"reporting {', '.join(path for _, path in named)} of {host} to {client.url}", err=True)
        report_always(work, stop.is_set)


def _found() -> list[tuple[str, str]]:
    found = [(name, path) for name, path in _SOCKETS if os.path.exists(path)]  # noqa: PTH110 - a socket
    if not found:
        raise NotFound(
            "engine-unknown",
            "there is no container engine at its usual place",
            hint="name its socket: --socket /path/to/docker.sock",
        )
    return found


def _send(client: Client, host: str, containers: Sequence[RunningContainer]) -> None:
    report = api.HostReport(
        agent=__version__,
        containers=[
            api.ContainerReport(
                engine=each.engine,
                id=each.id,
                name=each.name,
                image_reference=each.image_reference,
                image_id=each.image_id,
                manifest_digests=list(each.manifest_digests),
                started_at=each.started_at,
                labels=dict(each.labels),
                privileged=each.privileged,
                user=each.user,
            )
            for each in containers
        ],
    )
    client.put(f"hosts/{host}", api.ReportTaken, report)

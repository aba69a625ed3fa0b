"""Running the server: open everything, say where it is, serve until a signal comes."""

import asyncio
import contextlib
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TextIO

import uvicorn
import uvloop

from lading.adapters.logs import configure_logs
from lading.bootstrap.installation import first_password, open_installation
from lading.bootstrap.server import server_application
from lading.bootstrap.webhook import admission_certificate
from lading.foundation.errors import Conflict
from lading.server.admission import only_admission
from lading.server.asgi import AsgiApp
from lading.server.socket_bodies import SocketBodiesProtocol
from lading.server.telemetry import redact
from lading.settings import Settings
from lading.workflows.first_admin import FIRST_ADMIN

_GRACE = 10  # seconds that requests under way are given when the server is told to stop
_BACKLOG = 2048  # connections that wait to be accepted: a cluster that restarts pulls all at once


def serve(settings: Settings, stream: TextIO) -> None:
    """Serve until SIGTERM or SIGINT. ``stream`` is told the address, how to sign in, what to type next."""
    configure_logs(settings.log.level, settings.log.format, redact)
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(_listening(settings.server.host, settings.server.port))
        address = _address(settings, listener)
        installation = opened.enter_context(open_installation(settings, address))
        application = server_application(installation)
        tls = (settings.server.tls_certificate, settings.server.tls_key)
        servers = [_Listener(uvicorn.Server(_config(application, *tls)), listener)]
        admission = ""
        if settings.admission.port:
            port = max(0, settings.admission.port)
            webhook = opened.enter_context(_listening(settings.server.host, port))
            certificate = admission_certificate(installation)
            config = _config(only_admission(application), *certificate, lifespan="off")
            servers.append(_Listener(_Quiet(config), webhook))
            admission = f"https://{_shown_host(settings.server.host)}:{webhook.getsockname()[1]}"
        stream.write(_welcome(address, admission, settings.data.folder, first_password(installation)))
        stream.flush()
        # uvicorn stops on these signals, then raises them again; what was opened is still to be closed.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        # uvicorn chooses the loop only where it starts the loop itself.
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(servers))


@dataclass(frozen=True, slots=True)
class _Listener:
    """A server and the socket that it listens on."""

    server: uvicorn.Server
    socket: socket.socket


class _Quiet(uvicorn.Server):
    """A second server of the process: signals are the first one's business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


async def _run(listeners: list[_Listener]) -> None:
    first, *others = listeners
    tasks = [asyncio.create_task(each.server.serve(sockets=[each.socket])) for each in others]
    await first.server.serve(sockets=[first.socket])
    for each in others:
        each.server.should_exit = True
    await asyncio.gather(*tasks)


def _config(
    application: AsgiApp, certificate: str, key: str, *, lifespan: Literal["auto", "off"] = "auto"
) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        loop="uvloop",
        http=SocketBodiesProtocol,
        lifespan=lifespan,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        ssl_certfile=certificate or None,
        ssl_keyfile=key or None,
    )


def _listening(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise Conflict(
            "address-in-use",
            f"cannot listen on {host}:{port}: {error.strerror}",
            hint="another server may be running; or take another port with LADING_SERVER__PORT=8080",
        ) from error
    return listener


def _address(settings: Settings, listener: socket.socket) -> str:
    """The URL by which people reach the server."""
    if settings.server.public_url:
        return settings.server.public_url.rstrip("/")
    scheme = "https" if settings.server.tls_certificate and settings.server.tls_key else "http"
    return f"{scheme}://{_shown_host(settings.server.host)}:{listener.getsockname()[1]}"


def _shown_host(host: str) -> str:
    """An address that this machine can be reached at."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared
    return f"[{host}]" if ":" in host else host


def _welcome(address: str, admission: str, folder: str, password: str | None) -> str:
    registry = address.partition("://")[2]
    if password is None:
        sign_in = "sign in    with the users you have made; lost them all? see docs/operating.md"
    else:
        sign_in = f"sign in    user {FIRST_ADMIN}   password {password}   (shown only this once)"
    lading = own_command(sys.argv[0], shutil.which("lading"))
    webhook = f"admission  {admission}/admission/validate\n" if admission else ""
    return f"""
Lading is at {address}
{webhook}data       {folder}
{sign_in}

Type next, in another terminal:
  docker login {registry} -u {FIRST_ADMIN}
  docker tag debian:12 {registry}/demo/debian:12 && docker push {registry}/demo/debian:12
  {lading} login {address} && {lading} images

Stop with Ctrl-C; `{lading} demo` walks the whole path on a server of its own.
"""


def own_command(started_as: str, on_path: str | None) -> str:
    """What to type for `lading`: the name where a shell finds it, else the path that this process has."""
    if on_path is None and Path(started_as).name == "lading":
        return started_as
    return "lading"

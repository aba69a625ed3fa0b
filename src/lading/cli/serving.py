"""Running the server: open everything, say where it is, serve until a signal comes."""

import asyncio
import socket
from typing import TextIO

import uvicorn

from lading.adapters.logs import configure_logs
from lading.bootstrap import first_password, open_installation, server_application
from lading.foundation.errors import Conflict
from lading.server.telemetry import redact
from lading.settings import Settings
from lading.workflows.first_admin import FIRST_ADMIN

_GRACE = 10  # seconds that requests under way are given when the server is told to stop
_BACKLOG = 2048  # connections that wait to be accepted: a cluster that restarts pulls all at once


def serve(settings: Settings, stream: TextIO) -> None:
    """Serve until SIGTERM or SIGINT. ``stream`` is told the address, how to sign in, what to type next."""
    configure_logs(settings.log.level, settings.log.format, redact)
    with _listening(settings) as listener:
        address = _address(settings, listener)
        with open_installation(settings, address) as installation:
            stream.write(_welcome(address, settings.data.folder, first_password(installation)))
            stream.flush()
            server = uvicorn.Server(
                uvicorn.Config(
                    server_application(installation),
                    loop="uvloop",
                    http="httptools",
                    log_config=None,
                    access_log=False,
                    server_header=False,
                    date_header=True,
                    timeout_graceful_shutdown=_GRACE,
                    ssl_certfile=settings.server.tls_certificate or None,
                    ssl_keyfile=settings.server.tls_key or None,
                )
            )
            asyncio.run(server.serve(sockets=[listener]))


def _listening(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.server.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.server.host, settings.server.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise Conflict(
            "address-in-use",
            f"cannot listen on {settings.server.host}:{settings.server.port}: {error.strerror}",
            hint="another server may be running; or take another port with LADING_SERVER__PORT=8080",
        ) from error
    return listener


def _address(settings: Settings, listener: socket.socket) -> str:
    """The URL by which people reach the server."""
    if settings.server.public_url:
        return settings.server.public_url.rstrip("/")
    scheme = "https" if settings.server.tls_certificate and settings.server.tls_key else "http"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.server.host, settings.server.host)  # noqa: S104 - compared
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}:{listener.getsockname()[1]}"


def _welcome(address: str, folder: str, password: str | None) -> str:
    registry = address.partition("://")[2]
    if password is None:
        sign_in = "sign in    with the users you have made; lost them all? see docs/operating.md"
    else:
        sign_in = f"sign in    user {FIRST_ADMIN}   password {password}   (shown only this once)"
    return f"""
Lading is at {address}
data       {folder}
{sign_in}

Type next, in another terminal:
  docker login {registry} -u {FIRST_ADMIN}
  docker tag debian:12 {registry}/demo/debian:12 && docker push {registry}/demo/debian:12
  lading login {address} && lading images

Stop with Ctrl-C; `lading demo` walks the whole path on a server of its own.
"""

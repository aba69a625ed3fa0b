"""`lading login`, `lading logout`, `lading whoami`."""

import contextlib
import os
import platform
import time

import click
import httpx

from lading import __version__
from lading.api.sessions import DeviceCodes, DeviceRequest, DeviceToken, OpenedSession, WhoAmI
from lading.cli.client import DEFAULT_URL, Client, Credentials, connected, keep_session, session_file
from lading.cli.options import output_option
from lading.cli.output import Facts, Line, Output
from lading.foundation.errors import Conflict, OverLimit, Unauthenticated


@click.command("login")
@click.argument("url", default=DEFAULT_URL)
@click.option("-u", "--user", default="", help="Name of a user or robot. Asked for where it is not given.")
@click.option("-p", "--password", default="", help="Asked for where it is not given.")
@click.option("--oidc", "--web", "by_browser", is_flag=True, help="By a browser, on any machine.")
@output_option
def command(url: str, user: str, password: str, by_browser: bool, output: Output) -> None:
    """Sign in to the server at URL, and keep the session for this user of this machine.

    With --oidc by a browser, on this machine or another one: in whatever way the console signs you in.
    """
    if by_browser and (user or password):
        raise click.UsageError("--oidc takes neither a name nor a password")
    opened = _by_browser(url) if by_browser else _by_password(url, user, password)
    keep_session(session_file(), url.rstrip("/"), opened.token)
    views = [Line(f"signed in to {url} as {opened.principal} until {opened.expires_at}")]
    if opened.must_change_password:
        views.append(Line(f"the password was given to you: choose your own at {url}/password"))
    output.show(opened.model_dump(exclude={"token"}), *views)


def _by_password(url: str, user: str, password: str) -> OpenedSession:
    user = user or click.prompt("User")
    password = password or click.prompt("Password", hide_input=True)
    with contextlib.closing(Client(Credentials(url.rstrip("/"), httpx.BasicAuth(user, password)))) as client:
        try:
            return client.post("sessions", OpenedSession)
        except Unauthenticated as error:
            if error.code != "second-factor-required":
                raise
        client.send_code(click.prompt("Code", hide_input=True))
        return client.post("sessions", OpenedSession)


def _by_browser(url: str) -> OpenedSession:
    """Ask as RFC 8628 says: every interval, and ever less often where the server says so."""
    asking = DeviceRequest(asking=f"lading {__version__} on {platform.node()}")
    with contextlib.closing(Client(Credentials(url.rstrip("/"), None))) as client:
        codes = client.post("sessions/device", DeviceCodes, asking)
        click.echo(f"Open {codes.verification_uri} and type {codes.user_code}", err=True)
        pause = codes.interval
        while True:
            time.sleep(pause)
            try:
                token = DeviceToken(device_code=codes.device_code)
                return client.post("sessions/device/token", OpenedSession, token)
            except Conflict as error:
                if error.code != "authorization-pending":
                    raise
            except OverLimit as error:
                if error.code != "slow-down":
                    raise
                pause += codes.interval


@click.command("logout")
def logout() -> None:
    """End the session, here and on the server."""
    with connected() as client:
        client.delete("sessions/current")
    session_file().unlink(missing_ok=True)
    click.echo("signed out")


@click.command("whoami")
@output_option
def whoami(output: Output) -> None:
    """Show who the server takes this command for."""
    with connected() as client:
        me = client.get("whoami", WhoAmI)
        where = os.environ.get("LADING_URL") or client.url
    output.show(
        me,
        Facts(
            (
                ("server", where),
                ("principal", me.principal),
                ("administrator", me.admin),
                ("groups", me.groups),
                ("roles", me.roles),
            )
        ),
    )

"""`lading login`, `lading logout`, `lading whoami`."""

import os

import click
import httpx

from lading.api.sessions import OpenedSession, WhoAmI
from lading.cli.client import DEFAULT_URL, Client, Credentials, connected, keep_session, session_file
from lading.cli.options import output_option
from lading.cli.output import Facts, Line, Output


@click.command("login")
@click.argument("url", default=DEFAULT_URL)
@click.option("-u", "--user", prompt=True, help="Name of a user or robot.")
@click.option("-p", "--password", prompt=True, hide_input=True, help="Asked for where it is not given.")
@output_option
def command(url: str, user: str, password: str, output: Output) -> None:
    """Sign in to the server at URL, and keep the session for this user of this machine."""
    client = Client(Credentials(url.rstrip("/"), httpx.BasicAuth(user, password)))
    try:
        opened = client.post("sessions", OpenedSession)
    finally:
        client.close()
    keep_session(session_file(), url.rstrip("/"), opened.token)
    views = [Line(f"signed in to {url} as {opened.principal} until {opened.expires_at}")]
    if opened.must_change_password:
        views.append(Line(f"the password was given to you: choose your own at {url}/password"))
    output.show(opened.model_dump(exclude={"token"}), *views)


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

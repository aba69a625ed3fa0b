"""`lading tokens`: passwords for machines, made by the person whose rights they have."""

import click

from lading.api.message import Listing as PageOf
from lading.api.personal_tokens import TokenLine, TokenRequest
from lading.cli.client import connected
from lading.cli.options import output_option
from lading.cli.output import Facts, Listing, Output


@click.group("tokens")
def command() -> None:
    """Personal tokens: the password for `docker login` and for programs, with your own rights."""


@command.command("list")
@click.option("--person", default="", help="Somebody else's, for administrators.")
@output_option
def list_tokens(person: str, output: Output) -> None:
    """List them, also those that ended in the last 30 days."""
    with connected() as client:
        page = client.get("tokens", PageOf[TokenLine], person=person)
    rows = [
        (
            each.id,
            f"{each.name} (reads only)" if each.reading_only else each.name,
            each.last_used_at[:16] or "never",
            "ended" if each.expired else each.expires_at[:10],
            each.created_at[:10],
        )
        for each in page.items
    ]
    columns = ("id", "name", "last used", "ends", "made")
    output.show(page, Listing(columns, rows, empty="no tokens"))


@command.command("create")
@click.argument("name")
@click.option("--days", type=click.IntRange(1), help="As long as the server allows, where not given.")
@click.option("--read-only", is_flag=True, help="It pulls and reads, and changes nothing.")
@output_option
def create(name: str, days: int | None, read_only: bool, output: Output) -> None:
    """Make one. It is printed once and kept nowhere; a session or the password is needed, no token."""
    with connected() as client:
        made = client.post(
            "tokens", TokenLine, TokenRequest(name=name, days=days or 0, reading_only=read_only)
        )
    output.show(
        made,
        Facts(
            (
                ("id", made.id),
                ("sign in as", made.person),
                ("token", f"{made.token}   (shown only this once)"),
                ("ends", made.expires_at),
            )
        ),
    )


@command.command("revoke")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
def revoke(ids: tuple[str, ...]) -> None:
    """End tokens at once."""
    with connected() as client:
        for each in ids:
            client.delete(f"tokens/{each}")
            click.echo(f"revoked {each}")

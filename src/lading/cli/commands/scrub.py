"""`lading admin scrub`: reading all content again, to see whether it is what its digest says."""

import time

import click

from lading.api import storage as api
from lading.api.message import Listing as PageOf
from lading.cli.commands.garbage import size
from lading.cli.exit_codes import ExitCode
from lading.cli.options import output_option
from lading.cli.output import Facts, Line, Listing, Output, View

_HEAL = (
    "push these images again from where they are whole (docker push); the blob is then asked for, and healed"
)


@click.group("scrub")
def command() -> None:
    """Read all content again at a set rate, and take what is damaged out of use."""


@command.command("run")
@click.option("--wait", is_flag=True, help="Show how far it is until it ends.")
@output_option
def run(wait: bool, output: Output) -> int:
    """Begin a pass, or go on with one that was stopped or failed.

    \b
    exit code 0   it has begun; with --wait, nothing is damaged
              1   with --wait: something is damaged
              5   with --wait: it could not be read to the end
    """
    from lading.cli.client import connected  # noqa: PLC0415 - `lading admin docs` needs no server

    with connected() as client:
        line = client.post("scrubs", api.ScrubLine)
        while wait and line.state == "running":
            click.echo(_progress(line), err=True)
            time.sleep(1)
            line = client.get("scrubs", api.ScrubsShown).items[0]
        shown = client.get("scrubs", api.ScrubsShown)
        damage = client.get("scrubs/damage", PageOf[api.DamageLine])
    output.show({"scrub": shown, "damage": damage}, *_views(shown, damage))
    if wait and line.state == "failed":
        return ExitCode.UPSTREAM
    return ExitCode.DENIED if wait and damage.items else ExitCode.DONE


@command.command("status")
@output_option
def status(output: Output) -> None:
    """Show when all content was read last, how far the newest pass is, and what is damaged."""
    from lading.cli.client import connected  # noqa: PLC0415

    with connected() as client:
        shown = client.get("scrubs", api.ScrubsShown)
        damage = client.get("scrubs/damage", PageOf[api.DamageLine])
    output.show({"scrub": shown, "damage": damage}, *_views(shown, damage))


@command.command("stop")
@output_option
def stop(output: Output) -> None:
    """Stop the pass under way; `run` goes on with it."""
    from lading.cli.client import connected  # noqa: PLC0415

    with connected() as client:
        line = client.post("scrubs/stop", api.ScrubLine)
    output.show(line, Line(f"scrub {line.id} stops; go on with it: lading admin scrub run"))


def _progress(line: api.ScrubLine) -> str:
    found = f", {line.damaged} damaged, {line.healed} healed" if line.damaged or line.healed else ""
    return f"{line.share:.0%} read: {line.blobs} blobs, {size(line.bytes)}{found}"


def _views(shown: api.ScrubsShown, damage: PageOf[api.DamageLine]) -> list[View]:
    last = shown.last_scrubbed_at[:19] or "never"
    if not shown.items:
        return [Line(f"all content was read last: {last}")]
    line = shown.items[0]
    views: list[View] = [
        Facts(
            (
                ("all content was read last", last),
                ("newest pass", f"{line.state}{', stopping' if line.stopping else ''}"),
                ("problem", line.problem),
                ("progress", _progress(line)),
                ("begun", f"{line.started_at[:19]} by {line.started_by}"),
                ("ended", line.ended_at[:19]),
            )
        )
    ]
    if not damage.items:
        return [*views, Line("nothing is damaged")]
    blobs = [(each.digest, each.state, each.found_at[:19], size(each.size)) for each in damage.items]
    images = [(one.image, ", ".join(one.tags), one.owner) for each in damage.items for one in each.images]
    running = [
        (one.host, one.container, one.image, one.owner) for each in damage.items for one in each.running
    ]
    views += [
        Listing(("blob", "state", "found", "bytes read"), blobs, empty="", title="Damaged"),
        Listing(
            ("image", "tags", "owner"), list(dict.fromkeys(images)), empty="no image has it", title="Affected"
        ),
    ]
    if running:
        columns = ("host", "container", "image", "owner")
        views.append(Listing(columns, list(dict.fromkeys(running)), empty="", title="Running from them"))
    if damage.next:
        views.append(Line("there are more: --format json, or /api/v1/scrubs/damage, has them page by page"))
    return [*views, Line(_HEAL)]

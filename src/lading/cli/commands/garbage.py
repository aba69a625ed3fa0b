"""`lading admin gc`: collecting what nobody needs, beside pushes and pulls."""

import time

import click

from lading.api import storage as api
from lading.api.message import Listing as PageOf
from lading.cli.exit_codes import ExitCode
from lading.cli.options import output_option
from lading.cli.output import Facts, Line, Listing, Output, View

STEPS = ("uploads", "links", "content", "analyses", "strays")
_GRACE = click.option(
    "--grace-hours",
    type=click.IntRange(1, 8760),
    default=24,
    show_default=True,
    help="What is younger stays: pushes under way rely on it.",
)


@click.group("gc")
def command() -> None:
    """Collect what nobody needs, beside pushes and pulls: blobs, uploads, analyses, strays."""


@command.command("preview")
@_GRACE
@output_option
def preview(grace_hours: int, output: Output) -> None:
    """Show what a collection would free, by project, and free nothing."""
    from lading.cli.client import connected  # noqa: PLC0415 - `lading admin docs` needs no server

    with connected() as client:
        found = client.get("collections/preview", api.CollectionPreviewed, grace_hours=grace_hours)
    projects = [(each.project, each.links, size(each.freed)) for each in found.projects]
    rest = [
        (name, tally.removed, size(tally.freed))
        for name, tally in (
            ("content that no repository has", found.orphans),
            ("abandoned uploads", found.uploads),
            ("strays in the store", found.strays),
        )
        if tally.removed
    ]
    views: list[View] = [
        Listing(("project", "blobs", "would free"), projects, empty="no repository has blobs to give up"),
    ]
    if rest:
        views.append(Listing(("beside them", "number", "would free"), rest, empty=""))
    if found.analyses:
        views.append(Line(f"{found.analyses} analyses of layers that no image has"))
    views.append(Line(f"all together {size(found.freed)}; nothing was removed"))
    output.show(found, *views)


@command.command("run")
@_GRACE
@click.option("--wait", is_flag=True, help="Show how far it is until it ends.")
@output_option
def run(grace_hours: int, wait: bool, output: Output) -> int:
    """Begin a collection. It goes on when the server is stopped or killed."""
    from lading.cli.client import connected  # noqa: PLC0415

    with connected() as client:
        line = client.post("collections", api.CollectionLine, api.CollectionAsk(grace_hours=grace_hours))
        while wait and line.state == "running":
            click.echo(_progress(line), err=True)
            time.sleep(1)
            line = client.get("collections", PageOf[api.CollectionLine], limit=1).items[0]
    output.show(line, *_views(line))
    return ExitCode.UPSTREAM if line.state == "failed" else ExitCode.DONE


@command.command("status")
@output_option
def status(output: Output) -> None:
    """Show how far the newest collection is, how long it will take, and those before it."""
    from lading.cli.client import connected  # noqa: PLC0415

    with connected() as client:
        page = client.get("collections", PageOf[api.CollectionLine])
    if not page.items:
        output.show(page, Line("nothing was collected yet"))
        return
    rows = [(each.started_at[:19], each.state, each.removed, size(each.freed)) for each in page.items[1:]]
    views = _views(page.items[0])
    if rows:
        views.append(Listing(("begun", "state", "removed", "freed"), rows, empty="", title="Before it"))
    output.show(page, *views)


@command.command("stop")
@output_option
def stop(output: Output) -> None:
    """Stop the collection under way after what it is doing."""
    from lading.cli.client import connected  # noqa: PLC0415

    with connected() as client:
        line = client.post("collections/stop", api.CollectionLine)
    output.show(line, Line(f"collection {line.id} stops; go on with it: lading admin gc resume"))


@command.command("resume")
@output_option
def resume(output: Output) -> None:
    """Go on with a collection that was stopped or failed."""
    from lading.cli.client import connected  # noqa: PLC0415

    with connected() as client:
        line = client.post("collections/resume", api.CollectionLine)
    output.show(line, *_views(line))


def size(number: int) -> str:
    """Bytes for people, in powers of 1024."""
    value, units = float(number), ("B", "KiB", "MiB", "GiB", "TiB")
    for unit in units:
        if value < 1024 or unit == units[-1]:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    raise AssertionError


def _progress(line: api.CollectionLine) -> str:
    left = f", about {line.seconds_left} s left" if line.seconds_left >= 0 else ""
    return f"{line.step}: {line.share:.0%} done, {line.removed} removed, {size(line.freed)} freed{left}"


def _views(line: api.CollectionLine) -> list[View]:
    facts = Facts(
        (
            ("collection", line.id),
            ("state", f"{line.state}{', stopping' if line.stopping else ''}"),
            ("problem", line.problem),
            ("progress", _progress(line)),
            ("begun", f"{line.started_at[:19]} by {line.started_by}"),
            ("ended", line.ended_at[:19]),
        )
    )
    rows = [
        (name, line.steps[name].examined, line.steps[name].removed, size(line.steps[name].freed))
        for name in STEPS
        if name in line.steps
    ]
    return [facts, Listing(("step", "looked at", "removed", "bytes"), rows, empty="no step is done yet")]

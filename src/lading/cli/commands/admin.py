"""`lading admin`: what an operator, or a developer of Lading, does now and then."""

from pathlib import Path

import click

from lading.cli.commands import fsck, garbage, scrub
from lading.cli.exit_codes import ExitCode
from lading.cli.options import output_option
from lading.cli.output import Line, Listing, Output

_REFERENCE = Path("docs/reference")


@click.group("admin")
def command() -> None:
    """What an operator or developer does now and then."""


@command.command("docs")
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 when a file is not current.")
@click.option("--folder", type=click.Path(path_type=Path), default=_REFERENCE, show_default=True)
def docs(check: bool, folder: Path) -> int:
    """Write the reference documentation from the values that it describes."""
    from lading.cli.reference import reference_files  # noqa: PLC0415 - it imports the whole program

    stale = 0
    for name, content in reference_files().items():
        file = folder / name
        if file.exists() and file.read_text() == content:
            continue
        stale += 1
        if check:
            click.echo(f"{file} is not current: run `lading admin docs`", err=True)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
            click.echo(f"wrote {file}")
    return ExitCode.DENIED if check and stale else ExitCode.DONE


command.add_command(garbage.command)
command.add_command(fsck.command)
command.add_command(scrub.command)


@command.command("jobs")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(["queued", "running", "failed", "done"]),
    help="Only these; all but done where none is given.",
)
@click.option("--limit", type=click.IntRange(1, 500), default=100, show_default=True)
@output_option
def jobs(states: tuple[str, ...], limit: int, output: Output) -> None:
    """Show background work, newest first: what waits, what runs, and why something failed."""
    from lading.api.jobs import JobsShown  # noqa: PLC0415 - `lading admin docs` needs no server
    from lading.cli.client import connected  # noqa: PLC0415

    with connected() as client:
        shown = client.get("jobs", JobsShown, state=states or "", limit=limit)
    rows = [
        (each.key, each.state, each.taken_at[:19], each.ended_at[:19], each.reason) for each in shown.newest
    ]
    columns = ("job", "state", "asked for", "ended", "reason")
    counts = Line(f"{shown.queued} queued, {shown.running} running, {shown.failed} failed")
    output.show(shown, Listing(columns, rows, empty="no job is in these states"), counts)


@command.command("retry")
@click.argument("key")
@output_option
def retry(key: str, output: Output) -> None:
    """Take the failed job KEY on again; `lading admin jobs --state failed` shows the keys."""
    from lading.api.jobs import JobKey  # noqa: PLC0415
    from lading.cli.client import connected  # noqa: PLC0415

    with connected() as client:
        taken = client.post("jobs/retry", JobKey, JobKey(key=key))
    output.show(taken, Line(f"queued again: {taken.key}"))

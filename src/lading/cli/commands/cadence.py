"""`lading cadence`."""

import click

from lading.api.campaigns import AgedLine
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.exit_codes import ExitCode
from lading.cli.options import output_option
from lading.cli.output import Listing, Output


@click.command("cadence")
@output_option
def command(output: Output) -> int:
    """List images that are older than their repository allows, of those tagged last and those that run.

    An image is as old as the oldest layer above its base, counted from when this registry first saw it.
    Limits are the server's setting patching.max_age. Exit code 1 when any is overdue, 4 when none is and the
    age of some could not be told.
    """
    lines: list[AgedLine] = []
    with output.progress("looking at layers"), connected() as client:
        after = ""
        while True:
            page = client.get("cadence", PageOf[AgedLine], after=after, limit=100)
            lines += page.items
            if not page.next:
                break
            after = page.next
    rows = [
        (
            f"{one.repository}:{one.tags[0]}" if one.tags else f"{one.repository}@{one.image[:19]}",
            one.state,
            "unknown" if one.age_days is None else one.age_days,
            one.limit_days,
            one.containers,
            one.owner or "nobody",
            one.action,
        )
        for one in lines
    ]
    columns = ("image", "state", "days old", "may be", "running", "owner", "to do")
    output.show(
        PageOf[AgedLine](items=lines),
        Listing(
            columns,
            rows,
            empty="no image is older than patching.max_age lets it be, where that has a limit for it",
        ),
    )
    if any(one.age_days is not None for one in lines):
        return ExitCode.DENIED
    return ExitCode.UNDETERMINED if lines else ExitCode.DONE

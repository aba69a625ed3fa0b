"""`lading admin fsck`: whether the records and the blob store agree."""

from collections import Counter
from pathlib import Path

import click

from lading.cli.commands.garbage import size
from lading.cli.commands.serve import read_settings
from lading.cli.exit_codes import ExitCode
from lading.cli.options import output_option
from lading.cli.output import Line, Listing, Output, View

_SHOWN = 1000  # of each list; `--format json` has everything


@click.command("fsck")
@click.option("--deep", is_flag=True, help="Also read all content and compare its digests.")
@click.option(
    "--settings",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings file of the server, as for `lading serve`.",
)
@output_option
def command(deep: bool, file: Path | None, output: Output) -> int:
    """Find everything in which the records and the blob store of this installation disagree.

    It opens both where the settings say they are, beside a server or without one, and changes nothing.

    \b
    exit code 0   nothing is wrong; what a collection will take is no fault
              1   something that was acknowledged cannot be pulled, or is not what it says
              5   the database or the store did not answer: nothing can be said
    """
    from lading.bootstrap.installation import open_for_checking  # noqa: PLC0415 - it imports every adapter
    from lading.workflows.check_storage import check_storage  # noqa: PLC0415

    with (
        open_for_checking(read_settings(file).settings) as (records, blobs),
        output.progress("comparing the records with the blob store"),
    ):
        found = list(check_storage(records, blobs, deep=deep))
    wrong = [each for each in found if not each.is_waste]
    waste = [each for each in found if each.is_waste]
    numbers = Counter(each.fault for each in waste)
    sums = [
        (kind, number, size(sum(each.size for each in waste if each.fault is kind)))
        for kind, number in sorted(numbers.items())
    ]
    views: list[View] = []
    if wrong:
        rows = [(each.fault, each.subject, each.detail) for each in wrong[:_SHOWN]]
        views.append(Listing(("fault", "where", "what"), rows, empty="", title=f"Wrong ({len(wrong)})"))
    if waste:
        title = "Waste, which a collection takes when it is old enough"
        views.append(Listing(("kind", "number", "bytes"), sums, empty="", title=title))
    views.append(Line(f"{len(wrong)} faults" if wrong else "nothing is wrong"))
    output.show({"wrong": wrong, "waste": waste}, *views)
    return ExitCode.DENIED if wrong else ExitCode.DONE

"""`lading advise`: what to do first."""

import click

from lading.api.advice import AdviceList
from lading.cli.client import connected
from lading.cli.options import output_option
from lading.cli.output import Line, Listing, Output


@click.command("advise")
@output_option
def advise(output: Output) -> None:
    """List the updates that remove most findings from most images, with why each comes where it does."""
    with connected() as client:
        advice = client.get("advice", AdviceList)
    rows = [
        (at, each.says, "; ".join(each.reasons), ", ".join(each.teams[:4]))
        for at, each in enumerate(advice.actions, start=1)
    ]
    signals = ", ".join(f"{each.name} of {each.made_at or 'never'}" for each in advice.signals)
    output.show(
        advice,
        Listing(("", "do", "because", "teams"), rows, empty="nothing that has a fix"),
        Line(f"ordered by {signals}" if signals else "you may not see the whole fleet"),
    )

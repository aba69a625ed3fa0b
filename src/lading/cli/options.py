"""Options that many commands share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from lading.cli.output import Format, Output

F = TypeVar("F", bound=Callable[..., Any])


def output_option(command: F) -> F:
    """``--format table|json``; the command is given an ``output``."""

    def make(_context: click.Context, _parameter: click.Parameter, value: str) -> Output:
        return Output(Format(value))

    option = click.option(
        "--format",
        "output",
        type=click.Choice([each.value for each in Format]),
        default=Format.TABLE.value,
        show_default=True,
        callback=make,
        help="Aligned text for people, or the API's own message for programs.",
    )
    return option(command)


def paging_options(command: F) -> F:
    """``--limit`` and ``--after``."""
    limit = click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
    after = click.option("--after", default="", help="Go on after a page; what the last one said.")
    return limit(after(command))

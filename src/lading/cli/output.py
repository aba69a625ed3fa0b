"""What commands print: tables and facts for people, the API's own messages for programs.

A command builds views (``Listing``, ``Facts``, ``Line``) beside the message they were made from; ``Output``
prints the one or the other. On a terminal rich colours them; elsewhere they are plain aligned columns.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TextIO, TypeAlias

import click

# C0 and C1 controls, and the bidirectional overrides that make text read as something else (CVE-2021-42574).
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_COLOURS = {
    "allow": "green",
    "verified": "green",
    "done": "green",
    "known": "green",
    "intact": "green",
    "warn": "yellow",
    "undetermined": "yellow",
    "pending": "yellow",
    "medium": "yellow",
    "unknown": "yellow",
    "deny": "bold red",
    "denied": "bold red",
    "failed": "bold red",
    "rejected": "bold red",
    "broken": "bold red",
    "critical": "bold red",
    "high": "red",
}


class Format(StrEnum):
    """How to print."""

    TABLE = "table"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows under column titles; ``empty`` is what to say when there are none."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    empty: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, one under the other. Empty values are left out."""

    pairs: Sequence[tuple[str, object]]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence."""

    text: str


View: TypeAlias = Listing | Facts | Line


def _plain(message: object) -> object:
    """A message of the API as plain JSON values."""
    if hasattr(message, "model_dump"):
        return message.model_dump(mode="json")
    raise TypeError(f"{type(message).__name__} has no JSON form")


def printable(text: str) -> str:
    """Make text from anywhere safe for a terminal: no escape sequences, no lines that others wrote."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


class Output:
    """Where a command's result goes. Standard output has the result and nothing else."""

    def __init__(self, format_: Format, stream: TextIO | None = None) -> None:
        self.format = format_
        self._stream = stream or sys.stdout

    def show(self, message: object, *views: View) -> None:
        """Print ``message`` as JSON, or the views of it."""
        if self.format is Format.JSON:
            import msgspec  # noqa: PLC0415 - 30 ms that `lading --help` need not spend

            encoded = msgspec.json.encode(message, enc_hook=_plain)
            self._stream.write(msgspec.json.format(encoded, indent=2).decode() + "\n")
            return
        for number, view in enumerate(views):
            if number and not isinstance(view, Line):
                self._stream.write("\n")
            self._print(view)

    @contextmanager
    def progress(self, doing: str) -> Iterator[None]:
        """Say on standard error what takes long, with a spinner on a terminal."""
        if not sys.stderr.isatty():
            click.echo(f"{doing} …", err=True)
            yield
            return
        from rich.console import Console  # noqa: PLC0415 - imported only where it is seen

        with Console(stderr=True).status(doing):
            yield

    def _print(self, view: View) -> None:
        if isinstance(view, Line):
            self._stream.write(printable(view.text) + "\n")
        elif self._stream.isatty():
            _print_rich(view, self._stream)
        else:
            self._stream.writelines(line + "\n" for line in plain_lines(view))


def plain_lines(view: Listing | Facts) -> list[str]:
    """Lay a view out in aligned columns, two spaces apart."""
    lines = [printable(view.title)] if view.title else []
    if isinstance(view, Facts):
        pairs = [(name, _cell(value)) for name, value in view.pairs if _cell(value)]
        width = max((len(name) for name, _ in pairs), default=0)
        return lines + [f"{name.ljust(width)}  {value}" for name, value in pairs]
    if not view.rows:
        return [*lines, view.empty]
    rows = [[title.upper() for title in view.columns], *([_cell(cell) for cell in row] for row in view.rows)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(view.columns))]
    return lines + ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _cell(value: object) -> str:
    """One line of printable text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(_cell(member) for member in value)
    return printable(str(value).replace("\n", " "))


def _print_rich(view: Listing | Facts, stream: TextIO) -> None:
    from rich.console import Console  # noqa: PLC0415 - imported only where it is seen
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=stream, highlight=False)
    if view.title:
        console.print(Text(view.title, style="bold"))
    if isinstance(view, Facts):
        grid = Table.grid(padding=(0, 2))
        for name, value in view.pairs:
            if _cell(value):
                grid.add_row(Text(name, style="dim"), Text(_cell(value), style=_colour(value)))
        console.print(grid)
    elif not view.rows:
        console.print(Text(view.empty, style="dim"))
    else:
        table = Table(box=None, header_style="bold", pad_edge=False)
        for title in view.columns:
            table.add_column(title, overflow="fold")
        for row in view.rows:
            table.add_row(*(Text(_cell(cell), style=_colour(cell)) for cell in row))
        console.print(table)


def _colour(value: object) -> str:
    return _COLOURS.get(str(value), "")

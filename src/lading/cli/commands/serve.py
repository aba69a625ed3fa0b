"""`lading serve`: the whole server in one process."""

import os
import sys
from pathlib import Path

import click

from lading.cli.output import Format, Listing, Output
from lading.foundation.errors import Malformed
from lading.settings import ParsedSettings, parse_settings

DEFAULT_FILE = "lading.toml"


@click.command("serve")
@click.option(
    "--settings",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"Settings file; {DEFAULT_FILE} in this folder is read when there is one.",
)
@click.option(
    "--explain-settings", is_flag=True, help="Show every setting, where it comes from, and what it means."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice([each.value for each in Format]),
    default=Format.TABLE.value,
    show_default=True,
)
def command(file: Path | None, explain_settings: bool, format_: str) -> None:
    """Start the registry, the gates, the console and the API on one address.

    Everything is kept in ./var unless the settings say otherwise. The first start makes a user `admin` and
    prints its password, once.
    """
    parsed = read_settings(file)
    if explain_settings:
        _explain(parsed, Output(Format(format_)))
        return
    from lading.cli.serving import serve  # noqa: PLC0415 - its imports cost a second that help does not need

    serve(parsed.settings, sys.stdout)


def read_settings(file: Path | None) -> ParsedSettings:
    """Parse the settings file, if there is one, and the environment."""
    if file is None and not Path(DEFAULT_FILE).exists():
        return parse_settings("", DEFAULT_FILE, os.environ)
    path = file or Path(DEFAULT_FILE)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Malformed("settings-unreadable", f"{path}: {error}") from error
    return parse_settings(text, str(path), os.environ)


def _explain(parsed: ParsedSettings, output: Output) -> None:
    explanations = list(parsed.iter_explanations())
    rows = [(f"{each.section}.{each.name}", each.value, each.source, each.meaning) for each in explanations]
    output.show(explanations, Listing(("setting", "value", "from", "meaning"), rows, empty=""))

"""`lading admin`: what an operator, or a developer of Lading, does now and then."""

from pathlib import Path

import click

from lading.cli.exit_codes import ExitCode

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

"""The ``lading`` command: finds the command, runs it, and turns every ending into an exit code."""

import importlib
import os
import sys
from collections.abc import Sequence

import click

from lading import __version__
from lading.cli.all_commands import ALL_COMMANDS, CommandEntry
from lading.cli.exit_codes import MEANINGS, ExitCode, exit_code
from lading.cli.output import printable
from lading.foundation.errors import LadingError


class LazyGroup(click.Group):
    """Commands from the table, each imported when it is called."""

    def __init__(self, entries: Sequence[CommandEntry], **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]  # click's own keywords, passed through
        self._entries = {entry.name: entry for entry in entries}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """Names in the order of the table."""
        return list(self._entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command's module."""
        entry = self._entries.get(cmd_name)
        if entry is None:
            return None
        module = importlib.import_module(f"lading.cli.commands.{entry.module}")
        command: click.Command = getattr(module, entry.attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table under its headings, importing nothing."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for entry in self._entries.values():
            sections.setdefault(entry.section, []).append((entry.name, entry.summary))
        for section, rows in sections.items():
            with formatter.section(section):
                formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write what the exit codes mean."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), meaning) for code, meaning in MEANINGS.items()])


program = LazyGroup(
    ALL_COMMANDS,
    name="lading",
    help="One governed path for container images, from build to runtime.",
    context_settings={"help_option_names": ["-h", "--help"]},
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=lambda ctx, _option, asked: _print_version(ctx) if asked else None,
            help="Show the version and exit.",
        )
    ],
)


def _print_version(ctx: click.Context) -> None:
    click.echo(f"lading {__version__}")
    ctx.exit()


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; every error of it is told on standard error."""
    try:
        result = program.main(args=list(arguments), prog_name="lading", standalone_mode=False)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.Abort:
        click.echo("interrupted", err=True)
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except LadingError as error:
        _tell(error)
        return exit_code(error)
    except BrokenPipeError:
        # Whoever read our output has gone (`lading … | head`). Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except Exception as error:  # noqa: BLE001 - the one broad catch of the command
        click.echo(f"error: lading itself failed: {type(error).__name__}: {printable(str(error))}", err=True)
        if os.environ.get("LADING_DEBUG"):
            sys.excepthook(type(error), error, error.__traceback__)
        else:
            click.echo("hint: run it again with LADING_DEBUG=1 and report what it shows", err=True)
        return ExitCode.INTERNAL
    return int(result) if isinstance(result, int) else ExitCode.DONE


def main() -> None:
    """The entry point of the installed command."""
    sys.exit(run(sys.argv[1:]))


def _tell(error: LadingError) -> None:
    click.echo(f"error: {printable(error.message)}", err=True)
    if error.hint:
        click.echo(f"hint: {printable(error.hint)}", err=True)
    click.echo(f"code: {error.code}", err=True)

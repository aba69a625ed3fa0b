"""The command as a whole: finding commands, and ending with the right code."""

import importlib
import subprocess
import sys

import click
import pytest

from lading.cli import main as entry
from lading.cli.all_commands import ALL_COMMANDS, CommandEntry
from lading.cli.exit_codes import EXIT_CODES, MEANINGS, ExitCode
from lading.foundation import errors
from lading.foundation.errors import LadingError


def test_help_lists_every_command_and_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.run(["--help"]) == ExitCode.DONE
    shown = capsys.readouterr().out
    for command in ALL_COMMANDS:
        assert f"  {command.name} " in shown
    for code in ExitCode:
        assert f"  {int(code)} " in shown


def test_help_imports_no_command_and_nothing_slow() -> None:
    probe = (
        "import sys; from lading.cli.main import run; run(['--help']); "
        "print([name for name in sys.modules if name.startswith('lading.cli.commands.') "
        "or name in {'msgspec', 'httpx', 'http.client', 'rich', 'fastapi', 'sqlalchemy'}], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("listed", ALL_COMMANDS, ids=lambda listed: listed.name)
def test_every_command_of_the_table_is_there_and_explains_itself(listed: CommandEntry) -> None:
    command = getattr(importlib.import_module(f"lading.cli.commands.{listed.module}"), listed.attribute)
    assert isinstance(command, click.Command)
    assert command.name == listed.name or command.name == "command"
    assert command.help
    assert listed.summary.endswith(".")
    parts = command.commands.values() if isinstance(command, click.Group) else ()
    assert all(part.help for part in parts)


def test_every_error_class_has_an_exit_code_with_a_meaning() -> None:
    classes = {
        member
        for member in vars(errors).values()
        if isinstance(member, type) and issubclass(member, LadingError) and member is not LadingError
    }
    assert set(EXIT_CODES) == classes
    assert set(MEANINGS) == set(ExitCode)


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.run(["no-such-command"]) == ExitCode.USAGE
    assert "No such command" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_each_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.run(["completion", shell]) == ExitCode.DONE
    assert "_LADING_COMPLETE" in capsys.readouterr().out

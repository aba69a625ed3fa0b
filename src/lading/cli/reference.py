"""The reference documentation, made from the values that it describes. CI checks that it is current."""

import json
from collections.abc import Iterator

import click

from lading.adapters.shipped_policy import profile_text
from lading.cli.all_commands import ALL_COMMANDS
from lading.cli.exit_codes import MEANINGS
from lading.cli.main import program
from lading.policy.evidence_reference import reference_markdown
from lading.policy.library_profiles import PROFILES
from lading.policy.policy_file import parse_policy
from lading.policy.policy_reference import library_markdown
from lading.server.management.app import make_app
from lading.settings import ENVIRONMENT_PREFIX, parse_settings


def reference_files() -> dict[str, str]:
    """Every generated file, by its path below ``docs/reference``."""
    return {
        "openapi.json": json.dumps(make_app().openapi(), indent=2, sort_keys=True) + "\n",
        "commands.md": "\n".join(_commands()) + "\n",
        "settings.md": "\n".join(_settings()) + "\n",
        "evidence.md": reference_markdown().rstrip("\n") + "\n",
        "rules.md": library_markdown(
            {name: parse_policy(profile_text(name), name) for name in PROFILES}
        ).rstrip("\n")
        + "\n",
    }


def _commands() -> Iterator[str]:
    yield "# Commands\n"
    yield "Made by `lading admin docs` from the commands themselves.\n"
    yield "## Exit codes\n"
    yield "| code | meaning |\n|---|---|"
    yield from (f"| {int(code)} | {meaning} |" for code, meaning in MEANINGS.items())
    root = click.Context(program, info_name="lading", terminal_width=100, max_content_width=100)
    for entry in ALL_COMMANDS:
        command = program.get_command(root, entry.name)
        assert command is not None
        yield from _command(command, root, entry.name)


def _command(command: click.Command, parent: click.Context, name: str) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent, terminal_width=100, max_content_width=100)
    yield f"\n## {context.command_path}\n\n```text\n{command.get_help(context)}\n```"
    if isinstance(command, click.Group):
        for member in command.list_commands(context):
            below = command.get_command(context, member)
            assert below is not None
            yield from _command(below, context, member)


def _settings() -> Iterator[str]:
    yield "# Settings\n"
    yield "Made by `lading admin docs`. `lading serve` reads `lading.toml` in its folder, or a named file;"
    yield f"`{ENVIRONMENT_PREFIX}SECTION__NAME` in the environment wins over the file. Lists are separated by"
    yield "commas, tables written `name=value,name=value`. An unknown key is refused, with its line.\n"
    section = ""
    for each in parse_settings("", "lading.toml", {}).iter_explanations():
        if each.section != section:
            section = each.section
            yield f"\n## [{section}]\n\n| key | default | meaning |\n|---|---|---|"
        yield f"| `{each.name}` | `{each.value}` | {each.meaning} |"

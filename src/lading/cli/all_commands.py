"""Every command, in the order of ``lading --help``. Modules are imported only when their command runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """A command of ``lading.cli.commands.<module>``, whose attribute ``command`` is the click command.

    ``summary`` stands here so that ``lading --help`` imports none of them.
    """

    name: str
    module: str
    section: str
    summary: str


ALL_COMMANDS: tuple[CommandEntry, ...] = (
    CommandEntry("serve", "serve", "Server", "Start the registry, the gates, the console and the API."),
    CommandEntry("completion", "completion", "This command", "Print the completion script of a shell."),
)

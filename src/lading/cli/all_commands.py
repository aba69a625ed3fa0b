"""Every command, in the order of ``lading --help``. Modules are imported only when their command runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """A command of ``lading.cli.commands.<module>``: the click command that is its ``attribute``.

    ``summary`` stands here so that ``lading --help`` imports none of them.
    """

    name: str
    module: str
    section: str
    summary: str
    attribute: str = "command"


_SERVER, _IMAGES, _GATES, _ACCESS, _HERE = (
    "Server",
    "What is in the registry",
    "What may pass",
    "Who may do what",
    "This command",
)

ALL_COMMANDS: tuple[CommandEntry, ...] = (
    CommandEntry("serve", "serve", _SERVER, "Start the registry, the gates, the console and the API."),
    CommandEntry("images", "images", _IMAGES, "List images."),
    CommandEntry("image", "images", _IMAGES, "Show everything that is known of one image.", "show"),
    CommandEntry("sbom", "sbom", _IMAGES, "Download the bill of materials of an image."),
    CommandEntry("audit", "audit", _GATES, "Read the audit log, and prove that nobody changed it."),
    CommandEntry("login", "login", _ACCESS, "Sign in to a server."),
    CommandEntry("logout", "login", _ACCESS, "End the session.", "logout"),
    CommandEntry("whoami", "login", _ACCESS, "Show who the server takes this command for.", "whoami"),
    CommandEntry("completion", "completion", _HERE, "Print the completion script of a shell."),
)

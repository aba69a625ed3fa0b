"""``lading completion``: what a shell sources so that Tab completes commands and options."""

import click
from click.shell_completion import get_completion_class


@click.command(short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script of SHELL.

    \b
    bash: lading completion bash > ~/.local/share/bash-completion/completions/lading
    zsh:  lading completion zsh > "${fpath[1]}/_lading"
    fish: lading completion fish > ~/.config/fish/completions/lading.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None, "click completes all three"
    print(kind(context.find_root().command, {}, "lading", "_LADING_COMPLETE").source())

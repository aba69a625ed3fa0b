"""`lading demo`: the whole path, or the patching of a fleet, on a server and on images of its own."""

import contextlib
import site
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import click

from lading.cli.exit_codes import ExitCode

_STAY = click.option("--stay/--no-stay", default=None, help="Keep the server up; the default on a terminal.")


@click.group("demo", invoke_without_command=True)
@_STAY
@click.pass_context
def command(context: click.Context, stay: bool | None) -> int:
    """Walk from a push to a verdict at admission and an audit line, printing each step and its time.

    Exit code 0 only if every step did what it says.
    """
    if context.invoked_subcommand is not None:
        return ExitCode.DONE
    from lading.cli.demo.engine import running_step  # noqa: PLC0415 - only the demo needs them
    from lading.cli.demo.path import WholePath  # noqa: PLC0415
    from lading.cli.demo.server import demo_server  # noqa: PLC0415
    from lading.cli.demo.walk import Walk  # noqa: PLC0415

    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="lading-demo-") as name:
        folder = Path(name)
        click.echo(f"starting `lading serve` on {folder}")
        with demo_server(folder) as server:
            click.echo(f"ready at {server.url} in {time.perf_counter() - started:.1f} s")
            walk = Walk(server.environment, sys.stdout)
            path = WholePath(server, walk, folder, _site_packages())
            for title, step in (
                ("push three images built from what this machine has installed", path.push),
                ("look inside, once for each layer", path.contents),
                ("bills of materials, attached and downloadable", path.sbom),
                ("who has Shellshock?", path.who_has),
                ("say who owns what", path.own),
                ("sign, attest and verify", path.sign),
                ("ask the gate of production", path.gate),
                ("excuse one rule for a week, by two people", path.waive),
                ("promote by digest", path.promote),
                ("Kubernetes admission over TLS", path.admit),
                ("what runs, and how it stands", lambda: running_step(walk)),
                ("the audit log, and one changed byte", path.audit),
                ("the console", path.console),
            ):
                walk.step(title, step)
            done = walk.summary()
            _offer(server.url, server.password, stay)
    return ExitCode.DONE if done else ExitCode.DENIED


@command.command("patch")
@click.option("--images", type=click.IntRange(9, 400), default=200, show_default=True)
@_STAY
def patch(images: int, stay: bool | None) -> int:
    """Patch a fleet of real images: two states of Debian, bases over bases, applications, and a real flaw.

    Needs root on a Debian machine with debootstrap, dockerd and docker, and some minutes. Images are built
    and run by a Docker Engine of its own; everything is removed at the end. Exit code 0 only if every step
    did what it says.
    """
    from lading.cli.demo.patching.debian import debian_states  # noqa: PLC0415 - only the demo needs them
    from lading.cli.demo.patching.engine import private_engine  # noqa: PLC0415
    from lading.cli.demo.patching.path import walk_patching  # noqa: PLC0415
    from lading.cli.demo.walk import StepFailed, Walk  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="lading-demo-") as name:
        folder = Path(name)
        walk = Walk({}, sys.stdout)
        try:
            with private_engine(folder / "engine") as engine:
                states = debian_states(folder, walk.say)
                with walk_patching(walk, engine, states, folder, number=images) as server:
                    done = walk.summary()
                    _offer(server.url, server.password, stay)
        except StepFailed as failure:
            walk.say(f"FAILED: {failure}")
            return ExitCode.DENIED
    return ExitCode.DONE if done else ExitCode.DENIED


def _offer(url: str, password: str, stay: bool | None) -> None:
    if stay if stay is not None else sys.stdin.isatty() and sys.stdout.isatty():
        click.echo(f"\nlook at it: {url}   user admin   password {password}")
        click.echo("Ctrl-C stops the server and removes everything.")
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)
        click.echo("")


def _site_packages() -> tuple[Path, ...]:
    """Where the packages of the environment are that Lading itself runs in."""
    folders = {sysconfig.get_path("purelib"), *site.getsitepackages()}
    return tuple(Path(folder) for folder in sorted(folders) if Path(folder).is_dir())

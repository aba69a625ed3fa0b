"""`lading demo`: the whole path on a server of its own, on images built on the spot."""

import site
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import click

from lading.cli.exit_codes import ExitCode


@click.command("demo")
@click.option("--stay/--no-stay", default=None, help="Keep the server up; the default on a terminal.")
def command(stay: bool | None) -> int:
    """Walk from a push to a verdict at admission and an audit line, printing each step and its time.

    Exit code 0 only if every step did what it says.
    """
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
            click.echo(f"\nlook at it: {server.url}   user admin   password {server.password}")
            if stay if stay is not None else sys.stdin.isatty() and sys.stdout.isatty():
                click.echo("Ctrl-C stops the server and removes everything.")
                _wait()
    return ExitCode.DONE if done else ExitCode.DENIED


def _wait() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("")


def _site_packages() -> tuple[Path, ...]:
    """Where the packages of the environment are that Lading itself runs in."""
    folders = {sysconfig.get_path("purelib"), *site.getsitepackages()}
    return tuple(Path(folder) for folder in sorted(folders) if Path(folder).is_dir())

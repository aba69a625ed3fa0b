"""`lading sbom`: the bill of materials of an image, from the server or made on the spot."""

import sys
from pathlib import Path

import click

from lading.cli.client import connected

FORMS = ("cyclonedx", "spdx")


@click.command("sbom")
@click.argument("source")
@click.option(
    "--as", "form", type=click.Choice(["cyclonedx", "spdx"]), default="cyclonedx", show_default=True
)
@click.option("--platform", default="", help="Of a source that is made here: linux/amd64 …")
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File; standard output without.",
)
def command(source: str, form: str, platform: str, file: Path | None) -> None:
    """Download the bill of materials of REPOSITORY[:TAG][@DIGEST], byte for byte as it is attached.

    SOURCE may also be what `lading scan` takes, as a path or with its kind in front (registry:NAME,
    docker:NAME, dir:FOLDER …): then it is made here, without a server.
    """
    from lading.cli.commands.scan import bill_of_materials, is_local, run_scan  # noqa: PLC0415 - scans are heavy

    if is_local(source):
        from lading.bootstrap.scanning import default_cache  # noqa: PLC0415

        content = bill_of_materials(run_scan(source, platform, (), default_cache()), form)
    else:
        with connected() as client:
            content = client.get_bytes("image/sbom", ref=source, format=form)
    if file is None:
        sys.stdout.buffer.write(content)
    else:
        file.write_bytes(content)
        click.echo(f"{len(content)} bytes written to {file}", err=True)

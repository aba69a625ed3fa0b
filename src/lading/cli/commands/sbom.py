"""`lading sbom`: download an image's bill of materials."""

import sys
from pathlib import Path

import click

from lading.cli.client import connected

FORMS = ("cyclonedx", "spdx")


@click.command("sbom")
@click.argument("reference")
@click.option(
    "--as", "form", type=click.Choice(["cyclonedx", "spdx"]), default="cyclonedx", show_default=True
)
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File; standard output without.",
)
def command(reference: str, form: str, file: Path | None) -> None:
    """Download the bill of materials of REPOSITORY[:TAG][@DIGEST], byte for byte as it is attached."""
    with connected() as client:
        content = client.get_bytes("image/sbom", ref=reference, format=form)
    if file is None:
        sys.stdout.buffer.write(content)
    else:
        file.write_bytes(content)
        click.echo(f"{len(content)} bytes written to {file}", err=True)

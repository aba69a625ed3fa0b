"""`lading vex`: false positives marked once, what others state, and publishing it."""

import io
import zipfile
from pathlib import Path

import click

from lading.api.message import Listing as PageOf
from lading.api.vex import VexLine, VexMark, VexPublished, VexTaken
from lading.cli.client import connected
from lading.cli.options import output_option, paging_options
from lading.cli.output import Line, Listing, Output, View

_FORMATS = click.Choice(["openvex", "csaf", "cyclonedx"])


@click.group("vex")
def vex() -> None:
    """Say that a flaw does not affect a product, once for all images; take in what others say."""


@vex.command("list")
@click.option("--history", is_flag=True, help="Also statements that were retired.")
@paging_options
@output_option
def list_statements(history: bool, limit: int, after: str, output: Output) -> None:
    """List the statements that count."""
    with connected() as client:
        page = client.get("vex", PageOf[VexLine], limit=limit, after=after, history=history)
    rows = [
        (
            each.id,
            each.flaws[0],
            each.status + (" (retired)" if each.retired_at else ""),
            ", ".join(each.products[:3]),
            each.words,
        )
        for each in page.items
    ]
    views: list[View] = [
        Listing(("id", "flaw", "status", "products", "says"), rows, empty="nothing is stated")
    ]
    if page.next:
        views.append(Line(f"more: --after {page.next}"))
    output.show(page, *views)


@vex.command("mark")
@click.argument("flaw")
@click.argument("products", nargs=-1, required=True)
@click.option("--status", default="not_affected", show_default=True, help="not_affected, affected, fixed …")
@click.option("--justification", default="", help="Of not_affected: vulnerable_code_not_present …")
@click.option("--evidence", required=True, help="How it was found out.")
@output_option
def mark(
    flaw: str, products: tuple[str, ...], status: str, justification: str, evidence: str, output: Output
) -> None:
    """Mark FLAW in PRODUCTS, which are purls (pkg:deb/debian/bash) or digests of images."""
    body = VexMark(
        flaw=flaw,
        products=list(products),
        status=status,
        justification=justification,
        evidence=evidence,
    )
    with connected() as client:
        made = client.post("vex", VexLine, body)
    output.show(made, Line(f"{made.id}: {made.words}"))


@vex.command("retire")
@click.argument("statement")
def retire(statement: str) -> None:
    """Let STATEMENT count no more; its findings come back."""
    with connected() as client:
        client.delete(f"vex/statements/{statement}")


@vex.command("import")
@click.argument("place", type=click.Path(exists=True, path_type=Path))
@output_option
def import_documents(place: Path, output: Output) -> None:
    """Take in PLACE: a document, a zip archive of documents, or a folder of them (a hub)."""
    with connected() as client:
        content = _folder(place) if place.is_dir() else place.read_bytes()
        taken = client.post_content("vex/documents", VexTaken, content, name=place.name)
    output.show(taken, Line(f"{taken.statements} statements of {taken.documents} documents"))


@vex.command("discover")
@click.argument("image")
@output_option
def discover(image: str, output: Output) -> None:
    """Take in what trusted signers attest about IMAGE."""
    with connected() as client:
        taken = client.post("vex/discover", VexTaken, ref=image)
    output.show(taken, Line(f"{taken.statements} statements of {taken.documents} documents"))


@vex.command("publish")
@click.argument("image")
@click.option("--as", "document", type=_FORMATS, default="openvex", show_default=True)
@output_option
def publish(image: str, document: str, output: Output) -> None:
    """Attach what is stated of IMAGE to it, for the tools of others."""
    with connected() as client:
        made = client.post("vex/publish", VexPublished, ref=image, document=document)
    output.show(made, Line(made.digest or "nothing is stated of it"))


@vex.command("export")
@click.option("--as", "document", type=_FORMATS, default="openvex", show_default=True)
def export(document: str) -> None:
    """Write all marks of our own to standard output."""
    with connected() as client:
        click.echo(client.get_bytes("vex/export", document=document).decode())


def _folder(place: Path) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(place.rglob("*.json")):
            if file.is_file() and not file.is_symlink():
                archive.write(file, str(file.relative_to(place)))
    return made.getvalue()

"""`lading sbom`: the bill of materials of an image, from the server or made on the spot."""

import sys
from pathlib import Path

import click

from lading.api.images import SbomComparisonLine
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.exit_codes import ExitCode
from lading.cli.output import Format, Line, Listing, Output, View

FORMS = ("cyclonedx", "spdx", "spdx-3")


@click.command("sbom")
@click.argument("source")
@click.option("--as", "form", type=click.Choice(FORMS), default="cyclonedx", show_default=True)
@click.option("--compare", is_flag=True, help="Compare what others attached with what was found, instead.")
@click.option("--platform", default="", help="Of a source that is made here: linux/amd64 …")
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File; standard output without.",
)
def command(source: str, form: str, compare: bool, platform: str, file: Path | None) -> int:
    """Download the bill of materials of REPOSITORY[:TAG][@DIGEST], byte for byte as it is attached.

    SOURCE may also be what `lading scan` takes, as a path or with its kind in front (registry:NAME,
    docker:NAME, dir:FOLDER …): then it is made here, without a server.

    With --compare: exit code 0 where they say the same, 1 where they differ, 4 where one cannot be read.
    """
    if compare:
        return _compare(source)
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
    return ExitCode.DONE


def _compare(source: str) -> int:
    with connected() as client:
        page = client.get("image/sbom/comparisons", PageOf[SbomComparisonLine], ref=source)
    views: list[View] = []
    for each in page.items:
        how = "attested in" if each.attested else "attached by"
        title = f"{each.format or 'a document'} {how} {each.origin[:19]}"
        if each.reason:
            views.append(Line(f"{title} could not be read: {each.reason}"))
            continue
        rows = [
            *(("declared, not found", one.name, one.version, "") for one in each.not_found),
            *(("found, not declared", one.name, "", one.version) for one in each.not_declared),
            *(("other version", one.name, one.version, ", ".join(one.found)) for one in each.other_versions),
            *(("not usable", text, "", "") for text in each.unusable),
        ]
        columns = ("difference", "package", "declared", "found")
        views.append(
            Listing(columns, rows, empty="says what was found", title=f"{title}: {each.agreed} agree")
        )
    Output(Format.TABLE).show(page, *(views or [Line("nobody else attached a bill of materials")]))
    if any(each.reason for each in page.items):
        return ExitCode.UNDETERMINED
    differ = any(each.not_found or each.not_declared or each.other_versions for each in page.items)
    return ExitCode.DENIED if differ else ExitCode.DONE

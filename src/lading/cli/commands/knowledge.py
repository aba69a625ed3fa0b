"""`lading who-has` and `lading advisories`."""

from pathlib import Path

import click

from lading.api.knowledge import FeedImport, FeedLine, WhoHas
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.exit_codes import ExitCode
from lading.cli.options import output_option, paging_options
from lading.cli.output import Facts, Line, Listing, Output, View


@click.command("who-has")
@click.argument("question")
@paging_options
@output_option
def who_has(question: str, limit: int, after: str, output: Output) -> int:
    """Tell which images and running containers have QUESTION, and who answers for them.

    QUESTION is a CVE or another name of a flaw, a package ("bash", "bash<4.3"), or a purl. Exit code 4 when
    it names a flaw that no advisory knows: then nothing can be called free of it.
    """
    with connected() as client:
        answer = client.get("who-has", WhoHas, q=question, limit=limit, after=after)
    views: list[View] = []
    if answer.names:
        views.append(
            Facts(
                (
                    ("flaw", answer.names),
                    ("severity", answer.severity),
                    ("known exploited", answer.known_exploited),
                    ("summary", answer.summary),
                )
            )
        )
    rows = [
        (
            ", ".join(
                f"{place.repository}:{place.tags[0]}" if place.tags else place.repository
                for place in each.places
            ),
            each.digest.partition(":")[2][:12],
            f"{each.package} {each.version}",
            each.fixed_in or "no fix known",
            ", ".join(place.owner or "nobody" for place in each.places),
            each.running or "no",
            each.status,
        )
        for each in answer.holders
    ]
    columns = ("image", "digest", "package", "fixed in", "owner", "running", "status")
    views.append(Listing(columns, rows, empty="no image that you may see has it"))
    if not answer.known and not rows:
        views.append(Line("no advisory names it: that is not the same as nothing having it"))
    if answer.next:
        views.append(Line(f"more: --after {answer.next}"))
    output.show(answer, *views)
    return ExitCode.DONE if answer.known or rows else ExitCode.UNDETERMINED


@click.group("advisories")
def advisories() -> None:
    """Import feeds of advisories, and see how old they are."""


@advisories.command("feeds")
@output_option
def feeds(output: Output) -> None:
    """List the feeds."""
    with connected() as client:
        page = client.get("advisories/feeds", PageOf[FeedLine])
    rows = [
        (each.name, each.count, each.published_at[:19] or "unknown", each.imported_at[:19])
        for each in page.items
    ]
    output.show(page, Listing(("feed", "advisories", "published", "imported"), rows, empty="no feeds"))


@advisories.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--as", "name", required=True, metavar="FEED", help="osv/PyPI, debian-tracker, kev, alpine-secdb/…"
)
@click.option("--force", is_flag=True, help="Also when it is older or much smaller than what is held.")
@output_option
def import_feed(file: Path, name: str, force: bool, output: Output) -> None:
    """Make FILE all that is known from the feed, or change nothing and say why."""
    with connected() as client, output.progress(f"importing {file.name} as {name}"):
        done = client.upload_file(f"advisories/feeds/{name}", FeedImport, file, force=force)
    counts = f"{done.added} added, {done.changed} changed, {done.removed} removed"
    views: list[View] = [
        Line(
            f"{done.feed.name}: {done.feed.count} advisories ({counts}); "
            f"{done.rematched} packages matched again"
        )
    ]
    if done.refused_count:
        views.append(Line(f"{done.refused_count} records could not be read, such as:"))
        views.extend(Line(f"  {text}") for text in done.refused[:5])
    output.show(done, *views)

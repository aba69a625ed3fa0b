"""`lading who-has` and `lading advisories`."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import click

from lading.advisories.advisory import Severity
from lading.advisories.bundle import INDEX
from lading.api.feeds import BundleLine, FeedGapLine, FeedHealthLine, FetchLine
from lading.api.knowledge import Acknowledge, AcknowledgementLine, AlertLine, FeedImport, WhoHas
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.exit_codes import ExitCode
from lading.cli.options import output_option, paging_options
from lading.cli.output import Facts, Line, Listing, Output, View


@click.command("who-has")
@click.argument("question", nargs=-1, required=True)
@click.option("--at", default="", metavar="DATE", help="As it was known and ran then: 2026-05-01.")
@paging_options
@output_option
def who_has(question: tuple[str, ...], at: str, limit: int, after: str, output: Output) -> int:
    """Tell which images and running containers have QUESTION, and who answers for them.

    QUESTION is a CVE or another name of a flaw, a package ("bash", "bash<4.3", "lodash ^4.17"), a purl, a
    licence ("license:AGPL-*"), a file ("sha256:…") or a path ("path:**/log4j-core-*.jar"). Words beside it
    narrow it, or are asked alone: owner:TEAM (or nobody), base:IMAGE, env:NAME, since:DATE and until:DATE of
    the push, running:yes. Exit code 4 when it names a flaw that no advisory knows: then nothing can be called
    free of it.
    """
    with connected() as client:
        answer = client.get("who-has", WhoHas, q=" ".join(question), at=at, limit=limit, after=after)
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
            f"{each.package} {each.version}" if each.package else each.path,
            each.fixed_by or ("no fix known" if each.severity else ""),
            ", ".join(dict.fromkeys(place.owner or "nobody" for place in each.places)),
            ", ".join(sorted({name for place in each.places for name in place.environments})),
            min((place.since[:10] for place in each.places), default=""),
            each.running or "no",
            each.status,
        )
        for each in answer.holders
    ]
    columns = ("image", "digest", "has", "fixed by", "owner", "in", "since", "running", "status")
    views.append(Listing(columns, rows, empty="no image that you may see has it"))
    if not answer.known and not rows:
        views.append(Line("no advisory names it: that is not the same as nothing having it"))
    if answer.images:
        views.append(Line(f"{answer.images} images and {answer.containers} running containers in all"))
    if answer.at:
        views.append(Line(f"as of {answer.at}; images that were deleted since are not in it"))
    if answer.next:
        views.append(Line(f"more: --after {answer.next}"))
    output.show(answer, *views)
    return ExitCode.DONE if answer.known or rows else ExitCode.UNDETERMINED


@click.group("alerts", invoke_without_command=True)
@click.option("--team", default="", help="Only what this team answers for; nobody: what none does.")
@click.option(
    "--severity",
    default="",
    type=click.Choice(["", *(each.value for each in Severity)]),
    help="Only of this severity.",
)
@click.option("--waiting", is_flag=True, help="Only what got worse and nobody acknowledged.")
@paging_options
@output_option
@click.pass_context
def alerts(
    context: click.Context, team: str, severity: str, waiting: bool, limit: int, after: str, output: Output
) -> None:
    """List verdicts that changed, the newest first, with who answers for the images they are about."""
    if context.invoked_subcommand is not None:
        return
    asked = {"team": team, "severity": severity or None, "waiting": waiting or None}
    with connected() as client:
        page = client.get("alerts", PageOf[AlertLine], **asked, limit=limit, after=after)
    rows = [
        (
            each.number,
            each.at[:19],
            each.says,
            each.severity,
            ", ".join(each.repositories[:3]),
            ", ".join(each.teams[:3]),
            each.acknowledged_by,
        )
        for each in page.items
    ]
    columns = ("number", "at", "what", "severity", "images", "teams", "acknowledged by")
    views: list[View] = [Listing(columns, rows, empty="no verdict has changed")]
    if page.next:
        views.append(Line(f"more: --after {page.next}"))
    output.show(page, *views)


@alerts.command("acknowledge")
@click.argument("number", type=int)
@click.option("--word", required=True, help="What of it, for those who look later.")
@output_option
def acknowledge(number: int, word: str, output: Output) -> None:
    """Take note of change NUMBER, for everybody. Needs the right to see all images that it is about."""
    with connected() as client:
        done = client.post(f"alerts/{number}/acknowledgement", AcknowledgementLine, Acknowledge(word=word))
    output.show(done, Line(f"change {number} is acknowledged by {done.by}"))


@click.group("advisories")
def advisories() -> None:
    """Import feeds of advisories, and see how old they are."""


@advisories.command("feeds")
@output_option
def feeds(output: Output) -> int:
    """List the feeds, how they stand and why. Exit code 4 when one is old, failing or missing."""
    with connected() as client:
        page = client.get("advisories/health", PageOf[FeedHealthLine])
    rows = [
        (
            each.name,
            each.standing,
            each.count,
            _first(each.speaks_for) or "nothing as a whole",
            each.published_at[:19] or "unknown",
            each.words,
        )
        for each in page.items
    ]
    columns = ("feed", "standing", "records", "speaks for", "made", "why")
    output.show(page, Listing(columns, rows, empty="no feeds"))
    good = all(each.standing == "fresh" for each in page.items)
    return ExitCode.DONE if good else ExitCode.UNDETERMINED


@advisories.command("gaps")
@output_option
def gaps(output: Output) -> int:
    """List packages of images for which no advisories are held. Exit code 4 when there are any."""
    with connected() as client:
        page = client.get("advisories/gaps", PageOf[FeedGapLine])
    rows = [(each.realm, each.packages, ", ".join(each.feeds) or "none known") for each in page.items]
    output.show(
        page,
        Listing(
            ("no advisories held for", "package versions", "feeds that would help"),
            rows,
            empty="advisories are held for every package",
        ),
    )
    return ExitCode.UNDETERMINED if page.items else ExitCode.DONE


@advisories.command("drop")
@click.argument("feed")
@output_option
def drop(feed: str, output: Output) -> None:
    """Take out FEED. What only it spoke for can be told no more, and is shown so."""
    with connected() as client, output.progress(f"dropping {feed}"):
        client.delete(f"advisories/feeds/{feed}")
    output.show(None, Line(f"{feed} is gone"))


@advisories.command("fetch")
@click.argument("feed", default="")
@output_option
def fetch(feed: str, output: Output) -> int:
    """Fetch FEED now, or all that the settings subscribe to; take in what changed."""
    with connected() as client, output.progress(f"fetching {feed or 'feeds'}"):
        page = client.post("advisories/fetch", PageOf[FetchLine], feed=feed)
    rows = [(each.feed, each.problem or ("changed" if each.changed else "as it was")) for each in page.items]
    output.show(page, Listing(("feed", "outcome"), rows, empty="nothing is subscribed to"))
    return ExitCode.UNDETERMINED if any(each.problem for each in page.items) else ExitCode.DONE


@advisories.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--since",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An earlier bundle; then FILE holds only what changed since.",
)
def export(file: Path, since: Path | None) -> None:
    """Write all that is known from feeds into FILE: one bundle, signed by the server."""
    with connected() as client:
        if since is None:
            client.download("GET", "advisories/bundle", file)
        else:
            with zipfile.ZipFile(since) as archive:
                client.download("POST", "advisories/bundle", file, archive.read(INDEX))


@advisories.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--as", "name", default="", metavar="FEED", help="osv/PyPI, debian-tracker, kev … of a feed's own file."
)
@click.option("--force", is_flag=True, help="Also when it is older or much smaller than what is held.")
@output_option
def import_feed(file: Path, name: str, force: bool, output: Output) -> None:
    """Take in FILE: a signed bundle, or with --as all that is known from one feed; or say why not."""
    if not name:
        with connected() as client, output.progress(f"importing {file.name}"):
            page = client.upload_file("advisories/bundles", PageOf[BundleLine], file, force=force)
        rows = [
            (
                each.feed,
                each.count,
                "as it was" if each.unchanged else f"+{each.added} ~{each.changed} -{each.removed}",
            )
            for each in page.items
        ]
        output.show(page, Listing(("feed", "records", "changes"), rows, empty="an empty bundle"))
        return
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


def _first(names: Sequence[str], most: int = 4) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown

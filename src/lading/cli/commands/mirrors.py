"""`lading mirror`: curated mirrors of other registries."""

import click

from lading.api import mirrors as api
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.options import output_option
from lading.cli.output import Line, Listing, Output

_STATES = ("here", "wanted", "waiting", "held", "refused", "not signed", "undetermined", "failed", "gone")


@click.group("mirror")
def command() -> None:
    """Bring chosen tags of an upstream in: old enough, signed, and never changed by surprise."""


@command.command("set")
@click.argument("name")
@click.option("--upstream", required=True, help="A name of `lading upstream list`.")
@click.option("--repository", "repositories", multiple=True, required=True, help="There: library/debian.")
@click.option("--into", "prefix", required=True, help="What stands before it here.")
@click.option("--tags", default="*", show_default=True, help="A pattern: {release}, 12*")
@click.option("--versions", default="", help="A range as npm writes it: '>=1.2 <2'.")
@click.option("--newest", type=click.IntRange(0), default=0, show_default=True, help="Versions; 0 for all.")
@click.option("--min-age", "min_age_hours", type=click.IntRange(0), default=0, show_default=True,
              help="Hours since we first saw a digest under a tag.")  # fmt: skip
@click.option("--trust-created", is_flag=True, help="Let the age that the image claims count too.")
@click.option("--signer", "signers", multiple=True, help="Of the trust policy; one of them must have signed.")
@click.option("--every", "every_hours", type=click.IntRange(1), default=24, show_default=True, help="Hours.")
@output_option
def set_mirror(
    name: str,
    upstream: str,
    repositories: tuple[str, ...],
    prefix: str,
    tags: str,
    versions: str,
    newest: int,
    min_age_hours: int,
    trust_created: bool,
    signers: tuple[str, ...],
    every_hours: int,
    output: Output,
) -> None:
    """Make a mirror, or change its rule."""
    ask = api.MirrorAsk(
        upstream=upstream,
        repositories=list(repositories),
        prefix=prefix,
        tags=tags,
        versions=versions,
        newest=newest,
        min_age_hours=min_age_hours,
        trust_created=trust_created,
        signers=list(signers),
        every_hours=every_hours,
    )
    with connected() as client:
        made = client.put(f"mirrors/{name}", api.MirrorAsked, ask)
    output.show(made, Line(f"{made.name} runs every {every_hours} hours; see what it would bring: "
                           f"lading mirror preview {made.name}"))  # fmt: skip


@command.command("list")
@output_option
def list_(output: Output) -> None:
    """List mirrors, their last runs, and what waits for people."""
    with connected() as client:
        page = client.get("mirrors", PageOf[api.MirrorLine])
    rows = [
        (
            each.name,
            f"{each.upstream} {', '.join(each.repositories[:3])}{' …' if len(each.repositories) > 3 else ''}",
            " ".join(part for part in (each.tags, each.versions) if part),
            _run(each.run),
            ", ".join(f"{count} {state}" for state, count in each.counts.items()),
            each.run.failures[0] if each.run and each.run.failures else "",
        )
        for each in page.items
    ]
    columns = ("mirror", "of", "tags", "last run", "tags known", "failure")
    output.show(page, Listing(columns, rows, empty="no mirrors: `lading mirror set NAME --upstream …`"))


@command.command("tags")
@click.argument("name")
@click.option("--state", type=click.Choice(_STATES), default=None)
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--after", default="", help="Where the page before ended.")
@output_option
def tags(name: str, state: str | None, limit: int, after: str, output: Output) -> None:
    """List what is known of the tags of a mirror, and why they are not here."""
    with connected() as client:
        page = client.get(
            f"mirrors/{name}/tags", PageOf[api.MirrorTagLine], state=state, limit=limit, after=after
        )
    rows = [
        (
            f"{each.repository}:{each.tag}",
            each.state,
            each.digest[:19],
            each.taken[:19],
            each.first_seen_at[:19],
            each.why,
        )
        for each in page.items
    ]
    columns = ("tag", "state", "there", "here", "first seen", "why")
    output.show(page, Listing(columns, rows, empty="nothing was looked at yet"))


@command.command("preview")
@click.argument("name")
@output_option
def preview(name: str, output: Output) -> None:
    """Tell what a run would do now. Asks the upstream, and brings nothing in."""
    with connected() as client:
        found = client.post(f"mirrors/{name}/preview", api.MirrorPreview)
    words = {"wanted": "would bring", "here": "has"}
    rows = [
        (words.get(each.state, each.state), f"{each.repository}:{each.tag}", each.digest[:19], each.why)
        for each in found.items
    ]
    parts = [Listing(("what", "tag", "digest", "why"), rows, empty="the rule selects no tag")]
    output.show(found, *parts, *([Line(f"ended early: {found.ended_early}")] if found.ended_early else []))


@command.command("run")
@click.argument("name")
@output_option
def run(name: str, output: Output) -> None:
    """Run a mirror now, in the background; `lading mirror list` shows how far it is."""
    with connected() as client:
        asked = client.post(f"mirrors/{name}/run", api.MirrorAsked)
    output.show(asked, Line(f"{asked.name} runs; held changes wait in `lading approvals list`"))


@command.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Forget a mirror. What it has brought in stays."""
    with connected() as client:
        client.delete(f"mirrors/{name}")
    click.echo(f"removed {name}")


def _run(run: api.MirrorRunLine | None) -> str:
    if run is None:
        return "not yet"
    if not run.ended_at:
        return f"at {run.at or 'its beginning'}, {run.looked} looked at"
    return f"{run.ended_at[:16]}, {run.looked} looked at, {run.brought} brought"

"""`lading storage`: who keeps how much, and how much they may."""

import click

from lading.api import usage as api
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.commands.garbage import size
from lading.cli.options import output_option
from lading.cli.output import Line, Listing, Output


@click.group("storage")
def command() -> None:
    """Who keeps how much, and quotas."""


@command.command("usage")
@output_option
def usage(output: Output) -> None:
    """Show what each project keeps: as images count it, on disk, and on disk because of it alone."""
    with connected() as client:
        page = client.get("usage", PageOf[api.UsageLine])
    rows = [
        (
            each.project,
            each.repositories,
            each.artifacts,
            size(each.logical),
            size(each.unique),
            size(each.alone),
            each.never_pulled,
            _quota(each),
        )
        for each in page.items
    ]
    columns = ("project", "repositories", "artifacts", "logical", "unique", "alone", "never pulled", "quota")
    output.show(page, Listing(columns, rows, empty="nothing is kept yet"))


@command.command("images")
@click.argument("project", default="")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@output_option
def images(project: str, limit: int, output: Output) -> None:
    """Show which images keep most that no other image has, of PROJECT or of all."""
    with connected() as client:
        page = client.get("usage/images", PageOf[api.ImageUsageLine], project=project, limit=str(limit))
    rows = [(f"{each.repository}@{each.digest}", size(each.listed), size(each.alone)) for each in page.items]
    output.show(page, Listing(("image", "lists", "alone"), rows, empty="nothing is kept yet"))


@command.command("bases")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@output_option
def bases(limit: int, output: Output) -> None:
    """Show what bases weigh, what the images on them add, and what sharing them saves."""
    with connected() as client:
        page = client.get("usage/bases", PageOf[api.BaseUsageLine], limit=str(limit))
    rows = [
        (each.name or each.digest, each.images, size(each.own), size(each.added), size(each.shared))
        for each in page.items
    ]
    columns = ("base", "images", "weighs", "images add", "sharing saves")
    output.show(page, Listing(columns, rows, empty="no image stands on another one here"))


@command.command("quota")
@click.argument("project")
@click.option("--gib", type=click.FloatRange(min=0), help="GiB of distinct blobs.")
@click.option("--artifacts", type=click.IntRange(min=0), help="Manifests and indexes.")
@output_option
def quota(project: str, gib: float | None, artifacts: int | None, output: Output) -> None:
    """Give PROJECT (a path, such as team or team/app) a quota. What is there already stays."""
    ask = api.QuotaAsk(
        most_bytes=-1 if gib is None else int(gib * (1 << 30)),
        most_artifacts=-1 if artifacts is None else artifacts,
    )
    with connected() as client:
        made = client.put("quotas", api.QuotaLine, ask, project=project)
    output.show(made, Line(f"{made.project} may keep {_said(made)}"))


@command.command("no-quota")
@click.argument("project")
def no_quota(project: str) -> None:
    """Take the quota of PROJECT away."""
    with connected() as client:
        client.delete("quotas", project=project)
    click.echo(f"{project} has no quota")


def _quota(line: api.UsageLine) -> str:
    parts = []
    if line.most_bytes >= 0:
        share = f"{line.unique / line.most_bytes:.0%}" if line.most_bytes else "full"
        parts.append(f"{size(line.most_bytes)} ({share})")
    if line.most_artifacts >= 0:
        parts.append(f"{line.most_artifacts} artifacts")
    return ", ".join(parts)


def _said(line: api.QuotaLine) -> str:
    parts = [size(line.most_bytes)] if line.most_bytes >= 0 else []
    return " and ".join(parts + ([f"{line.most_artifacts} artifacts"] if line.most_artifacts >= 0 else []))

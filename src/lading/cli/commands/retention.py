"""`lading retention`: what may go, what must stay."""

from collections.abc import Callable
from typing import Any

import click

from lading.api import retention as api
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.commands.garbage import size
from lading.cli.options import output_option
from lading.cli.output import Line, Listing, Output, View


def _conditions(command: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.argument("repositories"),
        click.option("--tags", default="*", show_default=True, help="Patterns, such as 'pr-*, {commit}'."),
        click.option("--beyond-newest", type=click.IntRange(0), default=0, help="Not among so many newest."),
        click.option("--by-version", is_flag=True, help="Newest by version, not by time."),
        click.option("--series", type=click.Choice(["major", "minor"]), help="Newest of each such version."),
        click.option("--older-than-days", type=click.IntRange(0), default=0, help="Since the tag was moved."),
        click.option("--unpulled-days", type=click.IntRange(0), default=0, help="Not pulled for so long."),
        click.option("--never-pulled", is_flag=True),
        click.option("--never-deployed", is_flag=True, help="No agent ever saw it run."),
        click.option("--untagged", is_flag=True, help="Manifests without a tag; needs an age."),
        click.option("--reason", default="", help="For who reads the audit log."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _ask(series: str | None, by_version: bool, **conditions: Any) -> api.RetentionRuleAsk:
    order = "version" if by_version or series else "time"
    return api.RetentionRuleAsk(order=order, series=series or "", **conditions)


@click.group("retention")
def command() -> None:
    """Which tags go by themselves, and legal holds that keep what must stay."""


@command.command("rules")
@output_option
def rules(output: Output) -> None:
    """List the rules."""
    with connected() as client:
        page = client.get("retention/rules", PageOf[api.RetentionRuleLine])
    rows = [(each.id, each.repositories, each.tags, _said(each), each.reason) for each in page.items]
    columns = ("id", "repositories", "tags", "go when", "reason")
    output.show(page, Listing(columns, rows, empty="no rules: nothing goes by itself"))


@command.command("add")
@_conditions
@output_option
def add(output: Output, **conditions: Any) -> None:
    """Make a rule for REPOSITORIES: tags go that meet all of its conditions.

    Nothing goes that runs, is promoted or a rollback target, is the base of other images, is held, or is
    listed by an index. Try it first: `lading retention try` takes the same options and changes nothing.
    """
    with connected() as client:
        made = client.post("retention/rules", api.RetentionRuleLine, _ask(**conditions))
    output.show(made, Line(f"made rule {made.id}: in {made.repositories}, {made.tags} go when {_said(made)}"))


@command.command("remove")
@click.argument("rule_id")
def remove(rule_id: str) -> None:
    """Take a rule away."""
    with connected() as client:
        client.delete(f"retention/rules/{rule_id}")
    click.echo(f"removed rule {rule_id}")


@command.command("preview")
@click.option("--prefix", default="", help="Of repositories whose name begins so.")
@output_option
def preview(prefix: str, output: Output) -> None:
    """List every deletion that a run would do, with its reason, and what is protected, with by what."""
    with connected() as client:
        found = client.get("retention/preview", api.RetentionPreview, prefix=prefix)
    output.show(found, *_previewed(found))


@command.command("try")
@_conditions
@output_option
def try_(output: Output, **conditions: Any) -> None:
    """Preview with one more rule, which is not made."""
    with connected() as client:
        found = client.post("retention/preview", api.RetentionPreview, _ask(**conditions))
    output.show(found, *_previewed(found))


@command.command("run")
@output_option
def run(output: Output) -> None:
    """Begin a run now; `lading audit list --action tag.retire` shows what went, and why."""
    with connected() as client:
        begun = client.post("retention/runs", api.RetentionBegun)
    output.show(begun, Line(f"run {begun.run} has begun"))


@command.command("holds")
@output_option
def holds(output: Output) -> None:
    """List legal holds."""
    with connected() as client:
        page = client.get("holds", PageOf[api.HoldLine])
    rows = [
        (
            each.id,
            each.repositories,
            each.digest or "everything",
            each.reason,
            each.placed_at[:19],
            each.placed_by,
        )
        for each in page.items
    ]
    columns = ("id", "repositories", "image", "reason", "placed", "by")
    output.show(page, Listing(columns, rows, empty="nothing is under legal hold"))


@command.command("hold")
@click.argument("repositories")
@click.option("--digest", default="", help="Only this image; everything where not given.")
@click.option("--reason", required=True, help="The case or the ticket.")
@output_option
def hold(repositories: str, digest: str, reason: str, output: Output) -> None:
    """Place a legal hold on REPOSITORIES (a name or a pattern): nothing that it covers is deleted."""
    ask = api.HoldAsk(repositories=repositories, digest=digest, reason=reason)
    with connected() as client:
        placed = client.post("holds", api.HoldLine, ask)
    output.show(placed, Line(f"placed hold {placed.id} on {placed.repositories}"))


@command.command("release")
@click.argument("hold_id")
def release(hold_id: str) -> None:
    """Release a legal hold."""
    with connected() as client:
        client.delete(f"holds/{hold_id}")
    click.echo(f"released hold {hold_id}")


def _previewed(found: api.RetentionPreview) -> list[View]:
    going = [*found.tags, *found.manifests]
    rows = [(f"{each.repository}{_name(each)}", each.why, each.rule) for each in going]
    stays = [(f"{each.repository}{_name(each)}", each.why, each.protectors) for each in found.protected]
    views: list[View] = [
        Listing(("would go", "because", "rule"), rows, empty="nothing would go"),
        Listing(("stays", "although", "protected by"), stays, empty="", title="Protected"),
        Line(
            f"{len(found.tags)} tags and {len(found.manifests)} images, {size(found.freed)}; nothing was done"
        ),
    ]
    if not stays:
        del views[1]
    if found.next:
        views.append(Line(f"there are more repositories, beyond {found.next}"))
    return views


def _name(line: api.GoingLine) -> str:
    return f":{line.tag}" if line.tag else f"@{line.digest[:19]}"


def _said(rule: api.RetentionRuleLine) -> str:
    newest = f"not among the newest {rule.beyond_newest}" if rule.beyond_newest else ""
    if newest and rule.order == "version":
        newest += f" by version{f' of each {rule.series}' if rule.series else ''}"
    said = (
        "they have no tag" if rule.untagged else "",
        newest,
        f"older than {rule.older_than_days} days" if rule.older_than_days else "",
        f"not pulled for {rule.unpulled_days} days" if rule.unpulled_days else "",
        "never pulled" if rule.never_pulled else "",
        "never deployed" if rule.never_deployed else "",
    )
    return ", ".join(text for text in said if text)

"""`lading tags`: tags, their history, and what may be done to them."""

import click

from lading.api import tags as api
from lading.api.images import TagMoveLine
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.options import output_option, paging_options
from lading.cli.output import Line, Listing, Output, View
from lading.foundation.errors import Malformed

_KINDS = ("naming", "fixed", "kept", "accessories")


@click.group("tags")
def command() -> None:
    """Tags, who moved them when, and the rules on them."""


@command.command("list")
@click.argument("repository")
@paging_options
@output_option
def list_(repository: str, limit: int, after: str, output: Output) -> None:
    """List the tags of a repository, and what protects each."""
    with connected() as client:
        page = client.get("tags", api.TagList, repository=repository, limit=limit, after=after)
    rows = [
        (each.name, each.digest, each.moved_at[:19], each.moved_by, _protections(each)) for each in page.items
    ]
    columns = ("tag", "digest", "since", "by", "protected")
    views: list[View] = [Listing(columns, rows, empty=f"{repository} has no tags")]
    if page.pattern:
        views.append(Line(f"new tags must be like {page.pattern}"))
    if page.next:
        views.append(Line(f"more: --after {page.next}"))
    output.show(page, *views)


@command.command("history")
@click.argument("reference", metavar="REPOSITORY:TAG")
@paging_options
@output_option
def history(reference: str, limit: int, after: str, output: Output) -> None:
    """Show every move of a tag, newest first, also after it was deleted."""
    repository, colon, tag = reference.rpartition(":")
    if not colon or not repository:
        raise Malformed("reference-invalid", f"{reference!r} names no tag", hint="write REPOSITORY:TAG")
    with connected() as client:
        page = client.get(
            "tags/history", PageOf[TagMoveLine], repository=repository, tag=tag, limit=limit, after=after
        )
    rows = [(each.at[:19], each.by, each.before or "made", each.after or "deleted") for each in page.items]
    views: list[View] = [Listing(("when", "who", "from", "to"), rows, empty="it never moved")]
    if page.next:
        views.append(Line(f"more: --after {page.next}"))
    output.show(page, *views)


@command.group("rule")
def rule() -> None:
    """What tags may be called, and what may not be done to them."""


@rule.command("list")
@output_option
def rule_list(output: Output) -> None:
    """List the rules."""
    with connected() as client:
        page = client.get("tag-rules", PageOf[api.TagRuleLine])
    rows = [
        (each.id, each.kind, each.repositories, each.tags, each.reason, each.made_by) for each in page.items
    ]
    columns = ("id", "kind", "repositories", "tags", "reason", "made by")
    empty = "no rules: any tag may be pushed, moved and deleted by who may push and delete"
    output.show(page, Listing(columns, rows, empty=empty))


@rule.command("add")
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("repositories")
@click.option("--tags", default="*", show_default=True, help="Patterns, such as '{semver}, pr-*'.")
@click.option("--reason", default="", help="Told to whom the rule stops.")
@output_option
def rule_add(kind: str, repositories: str, tags: str, reason: str, output: Output) -> None:
    """Make a rule for REPOSITORIES (a name, or a pattern such as team/**).

    \b
    naming       tags that are pushed must be like --tags
    fixed        such a tag points to one digest for ever
    kept         an artifact with such a tag may not be deleted
    accessories  signatures and the like may be added also when a quota is full
    """
    ask = api.TagRuleAsk(kind=kind, repositories=repositories, tags=tags, reason=reason)
    with connected() as client:
        made = client.post("tag-rules", api.TagRuleLine, ask)
    output.show(made, Line(f"made rule {made.id}: {made.kind} {made.tags} in {made.repositories}"))


@rule.command("remove")
@click.argument("rule_id")
def rule_remove(rule_id: str) -> None:
    """Take a rule away."""
    with connected() as client:
        client.delete(f"tag-rules/{rule_id}")
    click.echo(f"removed rule {rule_id}")


def _protections(tag: api.TagLine) -> list[str]:
    named = (("may not move", tag.fixed_by), ("may not be deleted", tag.kept_by))
    return [text for text, by in named if by] + (["accessory"] if tag.accessory else [])

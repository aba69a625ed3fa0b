"""`lading promote`, `rollback`, `promotions`, `environments`: moving images between environments."""

import click

from lading.api import gates as api
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.exit_codes import ExitCode
from lading.cli.options import output_option, paging_options
from lading.cli.output import Line, Listing, Output

_EXITS = {"denied": ExitCode.DENIED, "rejected": ExitCode.DENIED}


@click.command("promote")
@click.argument("reference")
@click.option("--to", "target", required=True, help="Environment to enter.")
@click.option("--reason", required=True, help="Why; it stays in the record.")
@click.option("--ticket", default="")
@output_option
def promote(reference: str, target: str, reason: str, ticket: str, output: Output) -> int:
    """Move REPOSITORY[:TAG][@DIGEST] into an environment, if the gate of that lets it.

    An environment that says which platforms it runs has a verdict for each of them.

    Exit code 0 done or waiting for a second person, 1 denied, 7 where a platform is lacking.
    """
    body = api.PromotionAsk(reference=reference, target=target, reason=reason, ticket=ticket)
    with connected() as client:
        return _show(client.post("promotions", api.PromotionResult, body), output)


@click.command("rollback")
@click.argument("repository")
@click.option("--in", "target", required=True, help="Environment.")
@click.option("--reason", required=True)
@click.option("--ticket", default="")
@output_option
def rollback(repository: str, target: str, reason: str, ticket: str, output: Output) -> int:
    """Move an environment back to what it had of REPOSITORY before."""
    body = api.RollbackAsk(repository=repository, target=target, reason=reason, ticket=ticket)
    with connected() as client:
        return _show(client.post("rollbacks", api.PromotionResult, body), output)


@click.group("promotions")
def promotions() -> None:
    """What was moved, by whom and why; approve and reject what waits."""


@promotions.command("list")
@click.option("--repository", default="")
@paging_options
@output_option
def list_promotions(repository: str, limit: int, after: str, output: Output) -> None:
    """List promotions, newest first."""
    with connected() as client:
        page = client.get(
            "promotions", PageOf[api.PromotionLine], repository=repository, limit=limit, after=after
        )
    rows = [
        (
            each.id,
            each.state,
            each.kind,
            f"{each.repository}@{each.digest.partition(':')[2][:12]}",
            f"{each.source or 'nowhere'} to {each.target}",
            each.requester,
            each.approver,
            each.requested_at[:19],
        )
        for each in page.items
    ]
    columns = ("promotion", "state", "kind", "image", "move", "asked by", "approved by", "at")
    output.show(page, Listing(columns, rows, empty="nothing was promoted"))


@promotions.command("approve")
@click.argument("promotion_id")
@output_option
def approve(promotion_id: str, output: Output) -> int:
    """Let a promotion that waits go on; the gate is asked again."""
    with connected() as client:
        return _show(client.post(f"promotions/{promotion_id}/approve", api.PromotionResult), output)


@promotions.command("reject")
@click.argument("promotion_id")
@output_option
def reject(promotion_id: str, output: Output) -> None:
    """Say no to a promotion that waits."""
    with connected() as client:
        promotion = client.post(f"promotions/{promotion_id}/reject", api.PromotionLine)
    output.show(promotion, Line(f"promotion {promotion.id} is {promotion.state}"))


@click.group("environments", invoke_without_command=True)
@output_option
@click.pass_context
def environments(context: click.Context, output: Output) -> None:
    """List environments and what each of them has; say which platforms one runs."""
    if context.invoked_subcommand is None:
        _list_environments(output)


@environments.command("platforms")
@click.argument("environment")
@click.argument("platforms", nargs=-1)
@click.option("--any", "any_platform", is_flag=True, help="Do not say: all images are asked about as one.")
@output_option
def set_platforms(environment: str, platforms: tuple[str, ...], any_platform: bool, output: Output) -> None:
    """Say that ENVIRONMENT runs PLATFORMS, such as linux/amd64 linux/arm64.

    What enters it has to have an image for each of them, and the gate says of each whether it may pass.
    """
    listed = [name for text in platforms for name in text.split(",") if name.strip()]
    if bool(listed) == any_platform:
        raise click.UsageError("name the platforms, or say --any")
    with connected() as client:
        path = f"environments/{environment}/platforms"
        changed = client.put(path, api.EnvironmentLine, api.PlatformsAsk(platforms=listed))
    runs = ", ".join(changed.platforms) or "any platform"
    output.show(changed, Line(f"{changed.name} runs {runs}"))


def _list_environments(output: Output) -> None:
    with connected() as client:
        page = client.get("environments", PageOf[api.EnvironmentLine])
        pointers = client.get("pointers", PageOf[api.PointerLine], limit=1000)
    rows = [
        (
            each.name,
            each.after or "anywhere",
            each.needs_approval,
            each.platforms or "any",
            each.description,
        )
        for each in page.items
    ]
    held = [
        (each.environment, each.repository, each.digest, each.moved_at[:19], each.moved_by)
        for each in pointers.items
    ]
    output.show(
        {"environments": page.items, "pointers": pointers.items},
        Listing(("environment", "entered from", "second person", "platforms", "what it is"), rows, empty=""),
        Listing(
            ("environment", "repository", "digest", "since", "by"),
            held,
            empty="nothing was promoted yet",
            title="What each has",
        ),
    )


def _show(result: api.PromotionResult, output: Output) -> int:
    promotion = result.promotion
    moved = f"{promotion.repository}@{promotion.digest}"
    text = {
        "done": f"done: {promotion.target} now has {moved}",
        "waiting": f"waiting for a second person: lading promotions approve {promotion.id}",
        "denied": f"denied: {promotion.target} keeps what it has",
        "rejected": f"rejected: {promotion.target} keeps what it has",
    }[promotion.state]
    output.show(result, *(Line(line) for line in result.decision.text.splitlines()), Line(""), Line(text))
    return _EXITS.get(promotion.state, ExitCode.DONE)

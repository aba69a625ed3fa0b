"""`lading events`: tell other systems of every change."""

import click

from lading.api import events as api
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.options import output_option
from lading.cli.output import Facts, Line, Listing, Output


@click.group("events")
def command() -> None:
    """Signed CloudEvents webhooks: one event for each line of the audit log."""


@command.command("subscribe")
@click.argument("url")
@click.option("--action", "actions", multiple=True, help="manifest.push, or manifest for all of them.")
@click.option("--repositories", default="**", show_default=True, help="A name or a pattern: team/**.")
@output_option
def subscribe(url: str, actions: tuple[str, ...], repositories: str, output: Output) -> None:
    """Send what is done from now on to URL. Prints the secret that signs, this once."""
    ask = api.SubscriptionAsk(url=url, actions=list(actions), repositories=repositories)
    with connected() as client:
        made = client.post("events/subscriptions", api.SubscriptionMade, ask)
    output.show(
        made,
        Facts((("subscription", made.id), ("url", made.url), ("secret", made.secret))),
        Line("keep the secret where the receiver finds it: it is not shown again"),
    )


@command.command("list")
@output_option
def list_(output: Output) -> None:
    """List who is told of what, and how far each receiver is."""
    with connected() as client:
        page = client.get("events/subscriptions", PageOf[api.SubscriptionLine])
    rows = [
        (
            each.id,
            each.url,
            ", ".join(each.actions) or "all",
            each.repositories,
            "paused" if each.paused else "on",
            each.unread,
            each.waiting,
            each.dead,
            each.error,
        )
        for each in page.items
    ]
    columns = ("id", "url", "actions", "repositories", "state", "unread", "waiting", "dead", "error")
    output.show(page, Listing(columns, rows, empty="nobody is told: `lading events subscribe URL`"))


@command.command("pause")
@click.argument("subscription")
@output_option
def pause(subscription: str, output: Output) -> None:
    """Stop sending. Nothing is lost: the log keeps it."""
    with connected() as client:
        now = client.post(f"events/subscriptions/{subscription}/pause", api.PausedOrNot)
    output.show(now, Line(f"{now.id} is paused"))


@command.command("resume")
@click.argument("subscription")
@output_option
def resume(subscription: str, output: Output) -> None:
    """Go on where it stopped."""
    with connected() as client:
        now = client.post(f"events/subscriptions/{subscription}/resume", api.PausedOrNot)
    output.show(now, Line(f"{now.id} goes on"))


@command.command("remove")
@click.argument("subscription")
def remove(subscription: str) -> None:
    """End a subscription, with what waits for it and its dead letters."""
    with connected() as client:
        client.delete(f"events/subscriptions/{subscription}")
    click.echo(f"removed {subscription}")


@command.command("dead")
@click.argument("subscription")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@output_option
def dead(subscription: str, limit: int, output: Output) -> None:
    """List what the receiver did not take, the oldest first."""
    with connected() as client:
        page = client.get(
            f"events/subscriptions/{subscription}/dead", PageOf[api.DeadLetterLine], limit=limit
        )
    rows = [
        (each.sequence, each.at[:19], each.action, each.subject, each.attempts, each.error)
        for each in page.items
    ]
    columns = ("event", "when", "action", "subject", "tries", "error")
    output.show(page, Listing(columns, rows, empty="no dead letters"))


@command.command("replay")
@click.argument("subscription")
@click.argument("events", nargs=-1, type=click.IntRange(1))
@output_option
def replay(subscription: str, events: tuple[int, ...], output: Output) -> None:
    """Send dead letters again: EVENTS, or all of them."""
    with connected() as client:
        answer = client.post(
            f"events/subscriptions/{subscription}/replay",
            api.Replayed,
            api.ReplayAsk(sequences=list(events)),
        )
    output.show(answer, Line(f"{answer.letters} are sent again"))


@command.command("test")
@click.argument("subscription")
@output_option
def test(subscription: str, output: Output) -> None:
    """Send an event that nothing happened for, at once, and say what came of it."""
    with connected() as client:
        answer = client.post(f"events/subscriptions/{subscription}/test", api.Tested)
    output.show(answer, Line(f"the receiver took {answer.event}"))

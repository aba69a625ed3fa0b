"""`lading approvals`, `lading break-glass`: what waits for others, and everything let pass for hours."""

import json
from datetime import UTC, datetime, timedelta

import click

from lading.api import approvals as api
from lading.api.gates import WaiverLine
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.options import output_option, paging_options
from lading.cli.output import Facts, Line, Listing, Output


@click.group("approvals")
def approvals() -> None:
    """What waits for other people: waivers, promotions, policies, break-glass and its reviews."""


@approvals.command("list")
@click.option("--state", default="waiting", show_default=True, help="waiting, approved, rejected … or all.")
@click.option("--kind", default="", help="waiver, promotion, policy, break-glass, review.")
@paging_options
@output_option
def list_approvals(state: str, kind: str, limit: int, after: str, output: Output) -> None:
    """List them, newest first."""
    wanted = "" if state == "all" else state
    with connected() as client:
        page = client.get(
            "approvals", PageOf[api.ApprovalLine], state=wanted, of=kind, limit=limit, after=after
        )
    rows = [
        (
            one.id,
            one.state,
            one.kind,
            one.title,
            one.requester,
            f"{one.quorum - one.missing} of {one.quorum}",
            one.deadline[:19],
        )
        for one in page.items
    ]
    columns = ("approval", "state", "kind", "what", "asked by", "agreed", "until")
    output.show(page, Listing(columns, rows, empty="nothing waits"))


@approvals.command("show")
@click.argument("approval_id")
@output_option
def show(approval_id: str, output: Output) -> None:
    """Show one, with its votes and the evidence as it was when it was asked for."""
    with connected() as client:
        one = client.get(f"approvals/{approval_id}", api.ApprovalLine)
    facts = Facts(
        [
            ("approval", one.id),
            ("kind", one.kind),
            ("what", one.title),
            ("state", one.state),
            ("asked by", one.requester),
            ("at", one.requested_at),
            ("until", one.deadline),
            ("agreed", f"{one.quorum - one.missing} of {one.quorum}"),
            ("ticket", one.ticket),
            *((name, _shown(value)) for name, value in one.evidence.items()),
        ]
    )
    rows = [
        (vote.person, "yes" if vote.approves else "no", vote.on_behalf_of, vote.at[:19], vote.comment)
        for vote in one.votes
    ]
    votes = Listing(("who", "agrees", "for", "at", "comment"), rows, empty="nobody has voted yet")
    output.show(one, facts, votes)


@approvals.command("approve")
@click.argument("approval_id")
@click.option("--comment", default="")
@output_option
def approve(approval_id: str, comment: str, output: Output) -> None:
    """Agree. What was asked for is done when enough have."""
    _vote(approval_id, True, comment, output)


@approvals.command("reject")
@click.argument("approval_id")
@click.option("--comment", default="")
@output_option
def reject(approval_id: str, comment: str, output: Output) -> None:
    """Refuse. One refusal is enough."""
    _vote(approval_id, False, comment, output)


@approvals.command("delegate")
@click.argument("taker")
@click.option("--days", type=click.FloatRange(0.01, 60), required=True)
@click.option("--reason", required=True)
@output_option
def delegate(taker: str, days: float, reason: str, output: Output) -> None:
    """Let the user TAKER stand in for you: with your rights, in your place, for a while."""
    until = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    body = api.DelegationAsk(taker=taker, until=until, reason=reason)
    with connected() as client:
        made = client.post("delegations", api.DelegationLine, body)
    output.show(made, Line(f"{made.taker} stands in for {made.giver} until {made.until[:19]} ({made.id})"))


@approvals.command("delegations")
@output_option
def delegations(output: Output) -> None:
    """List who stands in for whom now."""
    with connected() as client:
        page = client.get("delegations", PageOf[api.DelegationLine])
    rows = [(one.id, one.giver, one.taker, one.until[:19], one.reason) for one in page.items]
    columns = ("delegation", "of", "stands in", "until", "why")
    output.show(page, Listing(columns, rows, empty="nobody stands in for anybody"))


@approvals.command("end-delegation")
@click.argument("delegation_id")
def end_delegation(delegation_id: str) -> None:
    """End a delegation that you gave or took."""
    with connected() as client:
        client.delete(f"delegations/{delegation_id}")
    click.echo("ended")


@click.command("break-glass")
@click.option("--repository", "repositories", required=True, help="Pattern, such as team/orders.")
@click.option("--env", "environment", required=True)
@click.option("--hours", type=click.FloatRange(0.1), default=4.0, show_default=True)
@click.option("--reason", required=True)
@click.option("--ticket", required=True)
@output_option
def break_glass(
    repositories: str, environment: str, hours: float, reason: str, ticket: str, output: Output
) -> None:
    """Ask for every rule to be excused for some hours. It counts when somebody else agrees.

    It ends by itself, everything that passes is recorded with its name, and it opens a review that somebody
    else has to conclude in words.
    """
    body = api.BreakGlassAsk(
        repositories=repositories, environment=environment, hours=hours, reason=reason, ticket=ticket
    )
    with connected() as client:
        made = client.post("break-glass", WaiverLine, body)
        waiting = client.get("approvals", PageOf[api.ApprovalLine], state="waiting", of="break-glass")
    approval = next((one.id for one in waiting.items if one.subject == made.id), "")
    said = f"break-glass {made.id} waits for somebody else: lading approvals approve {approval}"
    output.show(made, Line(said), Line(f"it ends at {made.expires[:19]}"))


def _vote(approval_id: str, approves: bool, comment: str, output: Output) -> None:
    body = api.VoteAsk(approves=approves, comment=comment)
    with connected() as client:
        one = client.post(f"approvals/{approval_id}/vote", api.ApprovalLine, body)
    more = f", {one.missing} more to agree" if one.state == "waiting" else ""
    output.show(one, Line(f"{one.kind} {one.title} is {one.state}{more}"))


def _shown(value: object) -> object:
    return value if isinstance(value, str | int | list) else json.dumps(value, sort_keys=True)

"""`lading gate`, `lading waiver`, `lading policy`: may it pass, by which rules, and what is excused."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from lading.api import approvals
from lading.api import gates as api
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.exit_codes import ExitCode
from lading.cli.options import output_option, paging_options
from lading.cli.output import Line, Listing, Output
from lading.cli.reports import Report, judged_answer, report_option
from lading.foundation.errors import Malformed

_MAX_POLICY = 1 << 20  # bytes


@click.command("gate")
@click.argument("reference")
@click.option("--env", "environment", default="", help="Environment that the image wants to enter.")
@click.option("--gate", "gate", default="ci", show_default=True, help="laptop, ci, promote, admission …")
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Try this policy instead of the one in force; nothing is kept.",
)
@report_option
def gate(reference: str, environment: str, gate: str, policy_file: Path | None, report: Report) -> int:
    """Ask whether REPOSITORY[:TAG][@DIGEST] may pass. The words are the same at every gate.

    Exit code 0 allowed (also with warnings), 1 denied.
    """
    policy = _content(policy_file).decode("utf-8", "replace") if policy_file else ""
    body = api.GateRequest(reference=reference, gate=gate, environment=environment, policy=policy)
    with connected() as client:
        answer = client.post("gate", api.GateAnswer, body)
    report.show(answer, answer.text.splitlines(), lambda: [judged_answer(answer)])
    return ExitCode.DENIED if answer.outcome == "deny" else ExitCode.DONE


@click.group("waiver")
def waiver() -> None:
    """Excuse a rule or a vulnerability, for a reason, for a while, by two people."""


@waiver.command("request")
@click.option("--repository", "repositories", required=True, help="Pattern, such as team/orders or team/*.")
@click.option("--rule", "rules", multiple=True, help="Rule to excuse; may be repeated.")
@click.option("--cve", "vulnerabilities", multiple=True, help="Vulnerability to excuse; may be repeated.")
@click.option("--digest", default="", help="Only this image.")
@click.option("--environment", "environments", multiple=True, help="Only in this environment.")
@click.option("--only", multiple=True, help="Only this check, package, licence, path …; may be repeated.")
@click.option("--reason", required=True)
@click.option("--ticket", required=True)
@click.option("--risk", default="", help="What may happen meanwhile.")
@click.option("--control", default="", help="What is done against it meanwhile.")
@click.option("--renews", default="", help="The waiver that this one follows.")
@click.option(
    "--days", type=click.IntRange(1, 90), default=7, show_default=True, help="Until when it counts."
)
@output_option
def request(
    repositories: str,
    rules: tuple[str, ...],
    vulnerabilities: tuple[str, ...],
    digest: str,
    environments: tuple[str, ...],
    only: tuple[str, ...],
    reason: str,
    ticket: str,
    risk: str,
    control: str,
    renews: str,
    days: int,
    output: Output,
) -> None:
    """Ask for a waiver. It counts when somebody else has approved it."""
    body = api.WaiverAsk(
        repositories=repositories,
        rules=list(rules),
        vulnerabilities=list(vulnerabilities),
        digest=digest,
        environments=list(environments),
        only=list(only),
        reason=reason,
        ticket=ticket,
        risk=risk,
        control=control,
        renews=renews,
        expires=(datetime.now(UTC) + timedelta(days=days)).isoformat(),
    )
    with connected() as client:
        made = client.post("waivers", api.WaiverLine, body)
    output.show(made, Line(f"waiver {made.id} is {made.state}; it counts until {made.expires[:19]}"))


@waiver.command("approve")
@click.argument("waiver_id")
@output_option
def approve(waiver_id: str, output: Output) -> None:
    """Let a waiver count from now on. Never by who asked for it."""
    with connected() as client:
        changed = client.post(f"waivers/{waiver_id}/approve", api.WaiverLine)
    output.show(changed, Line(f"waiver {changed.id} is {changed.state}, approved by {changed.approver}"))


@waiver.command("revoke")
@click.argument("waiver_id")
@output_option
def revoke(waiver_id: str, output: Output) -> None:
    """End a waiver at once, at every gate."""
    with connected() as client:
        changed = client.post(f"waivers/{waiver_id}/revoke", api.WaiverLine)
    output.show(changed, Line(f"waiver {changed.id} is {changed.state}"))


@waiver.command("list")
@paging_options
@output_option
def list_waivers(limit: int, after: str, output: Output) -> None:
    """List waivers, newest first."""
    with connected() as client:
        page = client.get("waivers", PageOf[api.WaiverLine], limit=limit, after=after)
    rows = [
        (
            each.id,
            each.state,
            each.repositories,
            [*each.rules, *each.vulnerabilities],
            each.expires[:19],
            each.requester,
            each.approver or "nobody yet",
        )
        for each in page.items
    ]
    columns = ("waiver", "state", "repositories", "excuses", "until", "asked by", "approved by")
    output.show(page, Listing(columns, rows, empty="no waivers"))


@click.group("policy")
def policy() -> None:
    """The policy that every gate asks."""


@policy.command("show")
@output_option
def show_policy(output: Output) -> None:
    """Print the policy in force, as it was written."""
    with connected() as client:
        found = client.get("policy", api.PolicyText)
    output.show(found, *(Line(line) for line in found.text.splitlines()))


@policy.command("profile")
@click.argument("name", type=click.Choice(["default", "small", "enterprise", "regulated"]))
@click.option("--set", "put_in_force", is_flag=True, help="Put it in force instead of printing it.")
@click.option(
    "--as-designed",
    is_flag=True,
    help="With --set: let rules that are new here act at once, not only observe.",
)
@output_option
def profile(name: str, put_in_force: bool, as_designed: bool, output: Output) -> None:
    """Print a profile of the shipped rules as a policy file, or put it in force.

    With --set, rules that are not in the policy in force are only observed at first (mode: observe), so that
    nothing is denied that passed before; `lading policy replay` tells what they would deny.
    """
    from lading.adapters.shipped_policy import profile_text  # noqa: PLC0415 - only where rules are made

    if not put_in_force:
        sys.stdout.write(profile_text(name).decode())
        return
    with connected() as client:
        known = frozenset(client.get("policy", api.PolicyText).rules)
        text = profile_text(name, None if as_designed else known)
        done = client.put_content("policy", api.PolicyCheck, text)
    new = [rule for rule in done.rule_ids if rule not in known]
    said = f"policy {done.name} ({done.rules} rules) is in force: {done.digest}"
    observed = "" if as_designed else f"; {len(new)} of them are new and only observed"
    output.show(done, Line(said + observed))


@policy.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@output_option
def check_policy(file: Path, output: Output) -> int:
    """Read a policy FILE here, without a server, and run the examples that its rules carry.

    Exit code 1 when an example does not come out as written, 8 when the file cannot be understood.
    """
    from lading.workflows.policy_in_force import check_policy as check  # noqa: PLC0415 - a heavy import

    checked = check(_content(file), str(file))
    failed = [
        f"{file}:{test.test.line}: the rule {test.rule} says {test.got}, not {test.test.expect}"
        for test in checked.failed
    ]
    message = api.PolicyCheck(
        name=checked.policy.name,
        digest=str(checked.policy.digest),
        rules=len(checked.policy.rules),
        examples=len(checked.tests),
        failed=failed,
        rule_ids=[rule.id for rule in checked.policy.rules],
    )
    summary = f"{message.rules} rules, {message.examples} examples, {len(failed)} not as written"
    output.show(message, *map(Line, failed), Line(summary))
    return ExitCode.DENIED if failed else ExitCode.DONE


@policy.command("replay")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--days", type=click.IntRange(1, 365), default=30, show_default=True)
@output_option
def replay(file: Path, days: int, output: Output) -> None:
    """Say what the policy FILE would have done to what was decided in the last days, by team."""
    with connected() as client, output.progress("asking again"):
        effect = client.post_content("policy/replay", approvals.PolicyEffect, _content(file), days=days)
    output.show(effect, *_effect_views(effect))


@policy.command("propose")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reason", required=True)
@click.option("--ticket", default="")
@output_option
def propose(file: Path, reason: str, ticket: str, output: Output) -> None:
    """Propose the policy FILE; it is put in force when somebody else agrees, who sees its effect."""
    text = _content(file).decode("utf-8", "replace")
    body = approvals.PolicyProposalAsk(policy=text, reason=reason, ticket=ticket)
    with connected() as client:
        made = client.post("policy/proposals", approvals.ApprovalLine, body)
    output.show(made, Line(f"{made.title} waits for somebody else: lading approvals approve {made.id}"))


@policy.command("hygiene")
@output_option
def hygiene(output: Output) -> None:
    """List what weakens the gates: unused exemptions, wide scopes, rules that let pass, open reviews."""
    with connected() as client:
        page = client.get("hygiene", PageOf[approvals.HygieneLine])
    rows = [(one.weakness, one.subject, one.says, one.advice) for one in page.items]
    columns = ("weakness", "what", "says", "to do")
    output.show(page, Listing(columns, rows, empty="nothing found"))


@policy.command("set")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@output_option
def set_policy(file: Path, output: Output) -> None:
    """Put the policy FILE in force at every gate."""
    with connected() as client:
        done = client.put_content("policy", api.PolicyCheck, _content(file))
    output.show(done, Line(f"policy {done.name} ({done.rules} rules) is in force: {done.digest}"))


def _effect_views(effect: approvals.PolicyEffect) -> tuple[Line | Listing, ...]:
    counted = (
        f"{effect.asked} decisions since {effect.since[:10]} asked again: {effect.newly_denied} more denied "
        f"({effect.images} images), {effect.newly_allowed} no longer, {effect.newly_warned} more warned of"
    )
    teams = Listing(
        ("team", "denied"),
        list(effect.by_team.items()),
        empty="no team would have been denied more",
        title="By team",
    )
    rules = Listing(("rule", "denied"), list(effect.by_rule.items()), empty="no rule", title="By rule")
    examples = [
        (one.team, one.environment, one.reference, ", ".join(one.rules)) for one in effect.examples[:20]
    ]
    columns = ("team", "environment", "image", "refused by")
    listed = Listing(columns, examples, empty="none", title="Newest of each team")
    return (Line(counted), teams, rules, listed) if effect.newly_denied else (Line(counted),)


def _content(file: Path) -> bytes:
    if file.stat().st_size > _MAX_POLICY:
        raise Malformed("policy-too-large", f"{file} has more than {_MAX_POLICY} bytes")
    return file.read_bytes()

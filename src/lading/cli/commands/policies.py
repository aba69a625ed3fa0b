"""`lading policy`: the rules in force, what others would do, who signed them, which gate asks which."""

import sys
from pathlib import Path

import click

from lading.api import approvals
from lading.api import gates as api
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.commands.gates import read_policy_file
from lading.cli.exit_codes import ExitCode
from lading.cli.options import output_option
from lading.cli.output import Line, Listing, Output
from lading.foundation.errors import Malformed

_SHOWN = 12  # rules named in a comparison for people


@click.group("policy")
def policy() -> None:
    """The policy that every gate asks."""


@policy.command("show")
@click.argument("digest", default="")
@output_option
def show_policy(digest: str, output: Output) -> None:
    """Print the policy in force, or the one of a DIGEST that was in force, as it was written."""
    with connected() as client:
        found = client.get(f"policy/versions/{digest}" if digest else "policy", api.PolicyText)
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

    checked = check(read_policy_file(file), str(file))
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
        effect = client.post_content(
            "policy/replay", approvals.PolicyEffect, read_policy_file(file), days=days
        )
    output.show(effect, *_effect_views(effect))


@policy.command("propose")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reason", required=True)
@click.option("--ticket", default="")
@output_option
def propose(file: Path, reason: str, ticket: str, output: Output) -> None:
    """Propose the policy FILE; it is put in force when somebody else agrees, who sees its effect."""
    text = read_policy_file(file).decode("utf-8", "replace")
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
        done = client.put_content("policy", api.PolicyCheck, read_policy_file(file))
    output.show(done, Line(f"policy {done.name} ({done.rules} rules) is in force: {done.digest}"))


@policy.command("standing")
@output_option
def standing(output: Output) -> None:
    """Say which policy is in force, since when, by whom, and who signed it."""
    with connected() as client:
        found = client.get("policy", api.PolicyText)
    since = f"set {found.set_at[:16]} by {found.set_by}" if found.number else "shipped"
    signed = f"signed by {found.signed_by}" if found.signed_by else "not signed"
    over = [Line(f"passed over: {one}") for one in found.passed_over]
    output.show(
        found.model_copy(update={"text": ""}),
        Line(f"policy {found.name}, number {found.number}, {len(found.rules)} rules, {found.digest}"),
        Line(f"{since}; {signed if found.number else 'part of the program or its settings'}"),
        *over,
    )


@policy.command("sign")
@click.argument("digest")
@output_option
def sign(digest: str, output: Output) -> None:
    """Put the policy DIGEST in force again, signed by the server: you vouch for its text.

    Look at it first: lading policy show DIGEST.
    """
    with connected() as client:
        found = client.post("policy/sign", api.PolicyText, digest=digest)
    output.show(found, Line(f"policy {found.name}, number {found.number}, is signed by {found.signed_by}"))


@policy.command("diff")
@click.argument("before")
@click.argument("after", default="")
@click.option("--days", type=click.IntRange(1, 365), default=30, show_default=True)
@output_option
def diff(before: str, after: str, days: int, output: Output) -> None:
    """Say what changes from policy BEFORE to AFTER, in writing and in what was decided lately.

    Each is a file, the digest of a policy that was in force, or `current`; AFTER is `current` when left out.
    """
    body = approvals.PolicyPair(before=_given(before), after=_given(after))
    with connected() as client, output.progress("asking both"):
        found = client.post("policy/compare", approvals.PolicyComparison, body, days=days)
    words = (("added", found.rules_added), ("removed", found.rules_removed), ("changed", found.rules_changed))
    lines = [Line(f"rules {word}: {_few(rules)}") for word, rules in words if rules]
    if found.rollout_changed:
        lines.append(Line("the rollout is another"))
    output.show(found, *(lines or [Line("the rules are the same")]), *_effect_views(found.effect))


@policy.command("gates")
@click.option("--forget", nargs=2, default=None, metavar="GATE NAME", help="Forget a gate that is no more.")
@output_option
def gates(forget: tuple[str, str] | None, output: Output) -> int:
    """List which gate asks which policy. Exit code 1 where one asks another than the one in force."""
    with connected() as client:
        if forget is not None:
            client.delete("policy/gates", gate=forget[0], name=forget[1])
        found = client.get("policy/gates", approvals.GatesBesidePolicy)
    rows = [
        (one.standing, one.gate, one.name, one.policy[:19], one.version, one.seen_at[:16])
        for one in found.gates
    ]
    columns = ("", "gate", "where", "policy", "version", "seen")
    over = [Line(f"passed over: {one}") for one in found.passed_over]
    head = Line(f"in force: {found.policy}, number {found.number}, {found.in_force}")
    output.show(found, head, *over, Listing(columns, rows, empty="no gate was heard of yet"))
    drifted = any(one.standing == "drifted" for one in found.gates)
    return ExitCode.DENIED if drifted or found.passed_over else ExitCode.DONE


def _given(what: str) -> str:
    if what in {"", "current"}:
        return ""
    if what.startswith("sha256:"):
        return what
    if not Path(what).is_file():
        raise Malformed("policy-unknown", f"there is no file {what[:200]}", hint="or a digest, or `current`")
    return read_policy_file(Path(what)).decode("utf-8", "replace")


def _few(rules: list[str]) -> str:
    more = f" and {len(rules) - _SHOWN} more" if len(rules) > _SHOWN else ""
    return ", ".join(rules[:_SHOWN]) + more


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

"""`lading gate`, `lading waiver`: may it pass, by which rules, and what is excused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from lading.api import gates as api
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.exit_codes import ExitCode
from lading.cli.options import output_option, paging_options
from lading.cli.output import Format, Line, Listing, Output
from lading.cli.reports import Report, judged_answer, report_option
from lading.foundation.errors import Malformed

_MAX_POLICY = 1 << 20  # bytes


@click.command("gate")
@click.argument("reference")
@click.option("--env", "environment", default="", help="Environment that the image wants to enter.")
@click.option("--gate", "gate", default="", help="laptop, ci, promote, admission …; ci, or laptop offline.")
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Try this policy instead of the one in force; nothing is kept.",
)
@click.option("--as", "repository", default="", help="Offline: the repository that it is meant for.")
@click.option("--platform", default="", help="Offline: linux/amd64 …; of this machine without.")
@report_option
def gate(
    reference: str,
    environment: str,
    gate: str,
    policy_file: Path | None,
    repository: str,
    platform: str,
    report: Report,
) -> int:
    """Ask whether REPOSITORY[:TAG][@DIGEST] may pass. The words are the same at every gate.

    With --policy, REFERENCE may also be what `lading scan` looks into (an OCI layout, oci:FOLDER,
    docker:NAME, docker-archive:FILE, a folder): it is looked into here and judged without a server. What only
    the server can tell is then not known, and no waiver counts.

    An environment that says which platforms it runs has a verdict for each of them;
    reports hold the strictest.

    Exit code 0 allowed (also with warnings), 1 denied, 7 where a platform is lacking.
    """
    from lading.cli.commands.scan import is_local  # noqa: PLC0415 - its imports cost more than asking does

    if is_local(reference):
        if policy_file is None:
            raise Malformed(
                "policy-missing",
                f"{reference} is judged here, and by which policy is not said",
                hint="--policy FILE; the one in force: lading policy show > policy.yaml",
            )
        answer = _judge_here(reference, policy_file, repository, environment, gate or "laptop", platform)
    else:
        policy = read_policy_file(policy_file).decode("utf-8", "replace") if policy_file else ""
        body = api.GateRequest(reference=reference, gate=gate or "ci", environment=environment, policy=policy)
        with connected() as client:
            answer = client.post("gate", api.GateAnswer, body)
    report.show(answer, answer.text.splitlines(), lambda: [judged_answer(answer)])
    return ExitCode.DENIED if answer.outcome == "deny" else ExitCode.DONE


def _judge_here(
    source: str, policy_file: Path, repository: str, environment: str, gate: str, platform: str
) -> api.GateAnswer:
    from lading.bootstrap import scanning  # noqa: PLC0415 - only where something is scanned
    from lading.cli.commands.scan import parse_platform  # noqa: PLC0415
    from lading.oci.digest import Digest  # noqa: PLC0415
    from lading.policy.evidence import Gate  # noqa: PLC0415
    from lading.policy.policy_file import parse_policy  # noqa: PLC0415
    from lading.ports.records.governance import StoredDecision  # noqa: PLC0415
    from lading.server.management.gate_lines import gate_answer  # noqa: PLC0415
    from lading.workflows.gate_offline import OfflineAsk, decide_offline  # noqa: PLC0415

    if gate not in set(Gate):
        raise Malformed("gate-unknown", f"{gate[:40]!r} is no gate", hint=f"one of {', '.join(Gate)}")
    policy = parse_policy(read_policy_file(policy_file), str(policy_file))
    progress = Output(Format.TABLE)
    with (
        scanning.open_scan_records(scanning.default_cache()) as records,
        progress.progress(f"looking into {source}"),
        scanning.open_source(source, parse_platform(platform), scanning.find_engines()) as opened,
    ):
        scanned = scanning.scan(records, opened)
        ask = OfflineAsk(repository or "local", environment, Gate(gate))
        decision = decide_offline(records, scanned, policy, ask, datetime.now(UTC))
    return gate_answer(StoredDecision("", decision, source, "", Digest.of(b"")))


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


def read_policy_file(file: Path) -> bytes:
    """Read a policy file; raise Malformed for one that is too large."""
    if file.stat().st_size > _MAX_POLICY:
        raise Malformed("policy-too-large", f"{file} has more than {_MAX_POLICY} bytes")
    return file.read_bytes()

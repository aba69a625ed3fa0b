"""What gates print: text for people, messages for programs, SARIF for code scanning, JUnit for CI."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lading import __version__
from lading.cli.output import Format, Line, Output

if TYPE_CHECKING:
    from lading.api.gates import GateAnswer
    from lading.policy.report import Judged
    from lading.policy.rule import Rule

F = TypeVar("F", bound=Callable[..., Any])


class ReportFormat(StrEnum):
    """How to print what a gate says."""

    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"


@dataclass(frozen=True, slots=True)
class Report:
    """Where a report goes, and as what."""

    format: ReportFormat
    file: Path | None = None

    def show(
        self,
        message: object,
        text: Sequence[str],
        judged: "Callable[[], Sequence[Judged]]",
        rules: "Sequence[Rule]" = (),
    ) -> None:
        """Print it. A file gets the whole; standard output then has the text for people."""
        if self.file is None:
            self._print(message, text, judged, rules)
            return
        with self.file.open("w", encoding="utf-8") as stream:
            stream.write(self._document(message, text, judged, rules))
        Output(Format.TABLE).show(message, *map(Line, text))

    def _print(
        self,
        message: object,
        text: Sequence[str],
        judged: "Callable[[], Sequence[Judged]]",
        rules: "Sequence[Rule]",
    ) -> None:
        if self.format in {ReportFormat.TABLE, ReportFormat.JSON}:
            Output(Format(self.format.value)).show(message, *map(Line, text))
        else:
            click.echo(self._document(message, text, judged, rules), nl=False)

    def _document(
        self,
        message: object,
        text: Sequence[str],
        judged: "Callable[[], Sequence[Judged]]",
        rules: "Sequence[Rule]",
    ) -> str:
        from lading.policy.report import junit, sarif  # noqa: PLC0415 - only where it is asked for

        match self.format:
            case ReportFormat.SARIF:
                return json.dumps(sarif(judged(), rules, __version__), indent=2) + "\n"
            case ReportFormat.JUNIT:
                return junit(judged())
            case ReportFormat.JSON:
                return json.dumps(_plain(message), indent=2) + "\n"
            case ReportFormat.TABLE:
                return "\n".join(text) + "\n"


def report_option(command: F) -> F:
    """``--format table|json|sarif|junit`` and ``--output FILE``; the command is given a ``report``."""

    def make(context: click.Context, _parameter: click.Parameter, value: str) -> Report:
        return Report(ReportFormat(value), context.params.pop("report_file", None))

    form = click.option(
        "--format",
        "report",
        type=click.Choice([each.value for each in ReportFormat]),
        default=ReportFormat.TABLE.value,
        show_default=True,
        callback=make,
        help="Text for people, the API's message, SARIF 2.1.0 for code scanning, JUnit for CI.",
    )
    file = click.option(
        "-o",
        "--output",
        "report_file",
        is_eager=True,
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write the report to a file, and text for people to standard output.",
    )
    return form(file(command))


def judged_answer(answer: "GateAnswer") -> "Judged":
    """Give what a server answered as the value that reports are made from."""
    from lading.advisories.advisory import Severity  # noqa: PLC0415 - only where it is asked for
    from lading.policy.decision import (  # noqa: PLC0415
        Decision,
        Fact,
        Outcome,
        RuleResult,
        Verdict,
        Violation,
    )
    from lading.policy.evidence import Gate  # noqa: PLC0415
    from lading.policy.report import Judged  # noqa: PLC0415

    results = tuple(
        RuleResult(
            rule.rule,
            rule.title,
            rule.why,
            Severity(rule.severity),
            Verdict(rule.verdict),
            Outcome(rule.effect),
            tuple(
                Violation(
                    one.message,
                    one.fix,
                    tuple(Fact(fact.path, fact.value) for fact in one.facts),
                    one.waived_by,
                )
                for one in rule.violations
            ),
            rule.standing,
            rule.waived,
            rule.reason,
        )
        for rule in answer.rules
    )
    decision = Decision(
        Outcome(answer.outcome),
        results,
        Gate(answer.gate),
        answer.environment,
        "",
        answer.repository,
        answer.digest,
        answer.policy,
        answer.policy_digest,
        answer.evidence_digest,
        datetime.fromisoformat(answer.at),
    )
    return Judged(decision)


def _plain(message: Any) -> Any:
    return message.model_dump(mode="json") if hasattr(message, "model_dump") else message

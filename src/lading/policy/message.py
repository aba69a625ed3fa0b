"""Decisions in words: the one text that every gate shows, whoever asked.

The text depends on the image, the environment and what the rules said, and on nothing else: not on the gate,
the moment or the way it was asked. So what ``kubectl`` shows is what the command line showed.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import TypeAlias

from lading.policy.decision import Decision, Outcome, RuleResult, Verdict, Violation
from lading.policy.evaluation import IMAGE_KNOWN
from lading.policy.template import printable

MAX_SHOWN = 5  # violations of one rule
MAX_MESSAGE = 16_000  # characters; what shows it (kubectl, an engine) has to carry it in one answer
MAX_WARNING = 240  # characters; an API server cuts warnings at 256 bytes or so

LineOf: TypeAlias = Callable[[Violation], int]  # where in a file a violation stands

_HEADS = {Outcome.ALLOW: "ALLOWED", Outcome.WARN: "ALLOWED WITH WARNINGS", Outcome.DENY: "DENIED"}


def headline(decision: Decision) -> str:
    """Say in one line what was decided."""
    verb = "may not" if decision.outcome is Outcome.DENY else "may"
    return f"{_HEADS[decision.outcome]}: {_image(decision)} {verb} {_aim(decision)}"


def render(decision: Decision, *, line_of: LineOf | None = None) -> str:
    """Say what was decided, by which rules, on which evidence, and what to do about it.

    Where a file was judged, ``line_of`` tells where in it a violation stands.
    """
    lines = [headline(decision)]
    denied = decision.with_effect(Outcome.DENY)
    lines.extend(_section("Refused by", denied, line_of))
    lines.extend(_section("Warnings from", decision.with_effect(Outcome.WARN), line_of))
    lines.extend(_observed(decision.with_effect(Outcome.ALLOW)))
    lines.extend(_waived(decision.results))
    lines.append("")
    lines.append(f"Policy {decision.policy} {decision.policy_digest[:19]}")
    if any(result.verdict is not Verdict.UNDETERMINED for result in denied):
        lines.append(_waiver_hint(decision, denied))
    text = "\n".join(lines)
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 20].rstrip() + "\n… (cut here)"


def iter_warnings(decision: Decision) -> Iterator[str]:
    """Give each warning as one short line, for places that take them one by one."""
    for result in decision.with_effect(Outcome.WARN):
        first = result.violations[0].message if result.violations else result.reason
        yield printable(f"{result.rule}: {first}{_more(_count(result) - 1)}", MAX_WARNING)


def _image(decision: Decision) -> str:
    if decision.subject:
        return decision.subject
    name = f"{decision.registry}/{decision.repository}" if decision.registry else decision.repository
    return printable(f"{name}@{decision.image}" if decision.image else name, 600)


def _aim(decision: Decision) -> str:
    return f"enter {decision.environment}" if decision.environment else "pass"


def _section(head: str, results: tuple[RuleResult, ...], line_of: LineOf | None) -> Iterator[str]:
    if not results:
        return
    yield ""
    yield f"{head} {len(results)} {'rule' if len(results) == 1 else 'rules'}:"
    for result in results:
        yield f"  {result.rule} ({result.severity}): {result.title}"
        if result.verdict is Verdict.UNDETERMINED:
            yield f"    - could not tell: {result.reason}"
        else:
            yield from _violations(result, line_of)


def _observed(results: Iterable[RuleResult]) -> Iterator[str]:
    """Rules that object and are not let to do anything about it yet: in short, nobody has to act."""
    found = [result for result in results if result.verdict is Verdict.FAIL]
    if found:
        yield ""
        yield "Only observed so far:"
    for result in found:
        yield f"  {result.rule}: {result.violations[0].message}{_more(result.standing - 1)}"


def _violations(result: RuleResult, line_of: LineOf | None) -> Iterator[str]:
    standing = [violation for violation in result.violations if not violation.waived_by]
    for fix, violations in groupby(standing[:MAX_SHOWN], key=lambda violation: violation.fix):
        for violation in violations:
            place = f"line {line_of(violation)}: " if line_of else ""
            yield f"    - {place}{violation.message}"
        if fix:
            yield f"      To fix: {fix}"
    rest = result.standing - min(len(standing), MAX_SHOWN)
    if rest > 0:
        yield f"    - and {rest} more"


def _waived(results: Iterable[RuleResult]) -> Iterator[str]:
    waived = [result for result in results if result.waived]
    if not waived:
        return
    yield ""
    yield "Waived:"
    for result in waived:
        names = sorted({violation.waived_by for violation in _excused(result)})
        what = result.title if result.verdict is Verdict.WAIVED else f"{result.waived} of {_count(result)}"
        by = f" by {', '.join(names)}" if names else ""
        yield f"  {result.rule}: {what}{by}"


def _excused(result: RuleResult) -> Iterator[Violation]:
    return (violation for violation in result.violations if violation.waived_by)


def _count(result: RuleResult) -> int:
    return max(result.standing + result.waived, 1)


def _more(count: int) -> str:
    return f" (and {count} more)" if count > 0 else ""


def _waiver_hint(decision: Decision, denied: Iterable[RuleResult]) -> str:
    rules = " ".join(f"--rule {result.rule}" for result in denied if result.rule != IMAGE_KNOWN)
    if not rules:
        return "No waiver can excuse this."
    if not decision.repository:
        return (
            "If it must pass all the same, ask for a waiver; give the repository it is for with --repository."
        )
    environment = f" --environment {decision.environment}" if decision.environment else ""
    return (
        "If it must pass all the same, ask for a waiver: lading waiver request "
        f"--repository {printable(decision.repository)}{environment} {rules} --reason … --ticket …"
    )

"""Decisions for other programs: SARIF 2.1.0 for code scanning, JUnit for CI, both from the same values.

Where a violation stands: on the line that the thing objected to carries; else on the line where the fact that
the rule reads was decided; else on the first line of the file.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lading.policy.decision import Decision, Outcome, RuleResult, Verdict, Violation
from lading.policy.message import headline, render
from lading.policy.rule import Rule
from lading.policy.template import printable

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Outcome.DENY: "error", Outcome.WARN: "warning", Outcome.ALLOW: "note"}
# What code-scanning services sort by, on the scale of CVSS.
_SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0", "none": "0.0"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision, and the file it is about, if any; ``lines`` are those of facts about the whole."""

    decision: Decision
    file: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, violation: Violation) -> int:
        """Give the line to look at."""
        facts = {fact.path: fact.value for fact in violation.facts}
        own = next((value for path, value in facts.items() if path.endswith(".line")), "")
        if own.isdigit() and int(own) > 0:
            return int(own)
        found = (self.lines[near] for path in sorted(facts) for near in _around(path) if near in self.lines)
        return next(found, 1)


def sarif(judged: Iterable[Judged], rules: Iterable[Rule], version: str) -> dict[str, Any]:
    """Give a SARIF log. Waived violations are in it, suppressed, with the waiver's name."""
    judged = tuple(judged)
    known = {rule.id: rule for rule in rules}
    results = [line for one in judged for line in _sarif_results(one)]
    named = {result.rule: result for one in judged for result in one.decision.results}
    ids = sorted({line["ruleId"] for line in results} | set(known))
    driver = {
        "name": "Lading",
        "version": version,
        "semanticVersion": version,
        "rules": [_sarif_rule(name, known.get(name), named.get(name)) for name in ids],
    }
    index = {name: at for at, name in enumerate(ids)}
    unique: dict[str, dict[str, Any]] = {}
    for line in results:
        line["ruleIndex"] = index[line["ruleId"]]
        unique.setdefault(line["partialFingerprints"]["lading/v1"], line)
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": list(unique.values())}
        ],
    }


def junit(judged: Iterable[Judged]) -> str:
    """Give a JUnit report: a suite for each thing judged, a case for each rule that was asked."""
    suites = [line for one in judged for line in _junit_suite(one)]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", *suites, "</testsuites>", ""])


def _sarif_results(one: Judged) -> Iterator[dict[str, Any]]:
    for result in one.decision.results:
        if result.verdict is Verdict.PASS:
            continue
        violations = result.violations or (Violation(f"could not tell: {result.reason}", ""),)
        for violation in violations:
            yield _sarif_result(one, result, violation)


def _sarif_result(one: Judged, result: RuleResult, violation: Violation) -> dict[str, Any]:
    text = f"{result.title}: {violation.message}"
    text += f". To fix: {violation.fix}" if violation.fix else ""
    line = one.line_of(violation)
    subject = one.file or one.decision.image or one.decision.repository
    place = f"{result.rule}\n{subject}\n{violation.message}"
    found: dict[str, Any] = {
        "ruleId": result.rule,
        "level": _LEVELS[result.effect],
        "message": {"text": text},
        "locations": [_location(one, line)],
        "partialFingerprints": {"lading/v1": hashlib.sha256(f"{place}\n{line}".encode()).hexdigest()[:32]},
        "properties": {"verdict": result.verdict.value, "subject": one.decision.subject or subject},
    }
    if violation.waived_by:
        found["suppressions"] = [{"kind": "external", "justification": f"waiver {violation.waived_by}"}]
    return found


def _location(one: Judged, line: int) -> dict[str, Any]:
    if one.file:
        artifact = {"uri": one.file.replace("\\", "/").removeprefix("./")}
        return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": line}}}
    decision = one.decision
    name = f"{decision.registry}/{decision.repository}@{decision.image}".strip("/@")
    return {
        "physicalLocation": {"artifactLocation": {"uri": name or "image"}, "region": {"startLine": 1}},
        "logicalLocations": [{"fullyQualifiedName": name, "kind": "module"}],
    }


def _sarif_rule(name: str, rule: Rule | None, result: RuleResult | None) -> dict[str, Any]:
    title = rule.title if rule else result.title if result else name
    reason = rule.reason if rule else result.why if result else ""
    severity = str(rule.severity if rule else result.severity if result else "unknown")
    tags = (
        [f"{catalogue}/{id_}" for catalogue, ids in sorted(rule.maps.items()) for id_ in ids] if rule else []
    )
    return {
        "id": name,
        "shortDescription": {"text": title},
        "fullDescription": {"text": reason or title},
        "help": {"text": f"{reason}\n\nTo fix: {rule.fix.text}" if rule else reason or title},
        "properties": {"security-severity": _SCORES.get(severity, "0.0"), "tags": ["security", *tags]},
    }


def _junit_suite(one: Judged) -> Iterator[str]:
    decision = one.decision
    results = decision.results
    failures = sum(result.effect is Outcome.DENY for result in results)
    skipped = sum(_is_skipped(result) for result in results)
    name = one.file or headline(decision).partition(": ")[2]
    if one.file and decision.subject and decision.subject != one.file:
        name = f"{one.file}: {decision.subject}"
    yield (
        f'  <testsuite name={_attribute(name)} tests="{len(results)}" failures="{failures}" errors="0" '
        f'skipped="{skipped}" timestamp="{decision.at:%Y-%m-%dT%H:%M:%S}">'
    )
    for result in results:
        yield from _junit_case(one, result)
    yield f"    <system-out>{_text(render(decision))}</system-out>"
    yield "  </testsuite>"


def _is_skipped(result: RuleResult) -> bool:
    return result.effect is not Outcome.DENY and result.verdict is not Verdict.PASS


def _junit_case(one: Judged, result: RuleResult) -> Iterator[str]:
    opening = f"    <testcase classname={_attribute(result.rule)} name={_attribute(result.title)}"
    if result.verdict is Verdict.PASS:
        yield opening + "/>"
        return
    lines = [f"could not tell: {result.reason}"] if result.reason else []
    for violation in result.violations:
        at = f"{one.file}:{one.line_of(violation)}: " if one.file else ""
        fix = f"\n  To fix: {violation.fix}" if violation.fix else ""
        lines.append(f"{at}{violation.message}{fix}")
    said = "\n".join(lines)
    first = lines[0].partition("\n")[0] if lines else result.title
    yield opening + ">"
    if result.effect is Outcome.DENY:
        kind = _attribute(result.severity)
        yield f"      <failure message={_attribute(first)} type={kind}>{_text(said)}</failure>"
    else:
        word = (
            "waived" if result.verdict is Verdict.WAIVED else str(result.effect).replace("allow", "observed")
        )
        yield f"      <skipped message={_attribute(f'{word}: {first}')}/>"
        yield f"      <system-out>{_text(said)}</system-out>"
    yield "    </testcase>"


def _around(path: str) -> Iterator[str]:
    """Give a path and what it is part of, nearest first."""
    while path:
        yield path
        path = path.rpartition(".")[0]


def _attribute(value: object) -> str:
    return quoteattr(printable(str(value), 500))


def _text(value: str) -> str:
    return escape("\n".join(printable(line, 2_000) for line in value.split("\n")))

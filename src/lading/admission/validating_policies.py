"""Kubernetes ValidatingAdmissionPolicy objects, as they are: CEL over the object, by an API server's rules.

1. ``matchConstraints`` choose by group and resource; ``matchConditions`` that are all true choose further.
2. ``variables`` are computed in order; one that has no value is missing, and only who uses it fails by that.
3. A validation that is false is a violation, with its ``message``, or what ``messageExpression`` gives.
4. What cannot be evaluated denies where ``failurePolicy`` is Fail, which it is where nothing is said; else
   it is undetermined and nothing follows. Parameters (``paramKind``) are not looked up.

The forms are those of admissionregistration.k8s.io/v1.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lading.admission.spec_documents import SpecDocument, spec_fault
from lading.admission.spec_values import member, objects, text, texts
from lading.advisories.advisory import Severity
from lading.policy.decision import Outcome, RuleResult, Verdict, Violation
from lading.policy.expressions.engine import cel
from lading.policy.template import printable

KIND = "ValidatingAdmissionPolicy"
MAX_EXPRESSION = 10_000  # characters
MAX_OBJECT = 200_000  # values: what an expression may go through again and again
_IRREGULAR = {"ingress": "ingresses", "networkpolicy": "networkpolicies", "endpoints": "endpoints"}
_ERRORS = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    program: cel.Program


@dataclass(frozen=True, slots=True)
class _Validation:
    expression: str
    program: cel.Program
    message: str
    message_program: cel.Program | None


@dataclass(frozen=True, slots=True)
class _Matched:
    groups: tuple[str, ...]
    resources: tuple[str, ...]

    def covers(self, group: str, resource: str) -> bool:
        return ("*" in self.groups or group in self.groups) and (
            not {"*", "*/*", resource}.isdisjoint(self.resources)
        )


@dataclass(frozen=True, slots=True)
class ValidatingPolicy:
    """One policy, compiled."""

    name: str
    fails: bool
    has_parameters: bool
    matched: tuple[_Matched, ...]
    conditions: tuple[_Named, ...]
    variables: tuple[_Named, ...]
    validations: tuple[_Validation, ...]


def is_validating_policy(value: object) -> bool:
    """Whether a document is such a policy."""
    return isinstance(value, dict) and value.get("kind") == KIND


def parse_validating_policy(document: SpecDocument, source: str) -> ValidatingPolicy:
    """Read and compile one; raise Malformed with ``source`` and the line of an expression that is wrong."""
    value = document.value
    name = text(member(value, "metadata", ()), "name", ("metadata",))
    spec = member(value, "spec", ())
    reader = _Reader(document, source)
    return ValidatingPolicy(
        name=name or "(no name)",
        fails=text(spec, "failurePolicy", ("spec",)) != "Ignore",
        has_parameters=spec.get("paramKind") is not None,
        matched=tuple(
            _Matched(texts(rule, "apiGroups", at), texts(rule, "resources", at))
            for rule, at in objects(
                member(spec, "matchConstraints", ("spec",)), "resourceRules", ("spec", "matchConstraints")
            )
        ),
        conditions=tuple(reader.named(spec, "matchConditions")),
        variables=tuple(reader.named(spec, "variables")),
        validations=tuple(reader.validations(spec)),
    )


def judge_by(
    policy: ValidatingPolicy, value: Mapping[str, Any], operation: str = "CREATE"
) -> RuleResult | None:
    """Say what the policy says of an object; None where it is not about it."""
    group, slash, _ = str(value.get("apiVersion", "")).rpartition("/")
    kind = str(value.get("kind", ""))
    resource = _resource(kind)
    # Step 1.
    if not any(rule.covers(group if slash else "", resource) for rule in policy.matched):
        return None
    if policy.has_parameters:
        return _unsure(policy, "its parameters are not looked up here")
    if _count(value) > MAX_OBJECT:
        return _unsure(policy, f"the object has more than {MAX_OBJECT} values")
    given = value.get("metadata")
    metadata: Mapping[str, Any] = given if isinstance(given, dict) else {}
    request = {
        "operation": operation,
        "kind": {"group": group if slash else "", "kind": kind},
        "resource": {"group": group if slash else "", "resource": resource},
        "name": metadata.get("name", ""),
        "namespace": metadata.get("namespace", ""),
        "dryRun": False,
    }
    known: dict[str, Any] = {"object": value, "oldObject": None, "request": request}
    try:
        if not all(one.program.execute(cel.Context(known)) is True for one in policy.conditions):
            return None
        # Step 2.
        known["variables"] = _variables(policy, known)
        # Step 3.
        violations = tuple(_violations(policy, known))
    except _ERRORS as error:
        return _unsure(policy, str(error))
    verdict = Verdict.FAIL if violations else Verdict.PASS
    effect = Outcome.DENY if violations else Outcome.ALLOW
    return _result(policy, verdict, effect, violations)


class _Reader:
    def __init__(self, document: SpecDocument, source: str) -> None:
        self._document = document
        self._source = source

    def named(self, spec: Mapping[str, Any], part: str) -> Iterator[_Named]:
        for one, at in objects(spec, part, ("spec", part)):
            yield _Named(text(one, "name", at), self._compile(text(one, "expression", at), at))

    def validations(self, spec: Mapping[str, Any]) -> Iterator[_Validation]:
        for one, at in objects(spec, "validations", ("spec", "validations")):
            expression = text(one, "expression", at)
            computed = text(one, "messageExpression", at)
            yield _Validation(
                " ".join(expression.split()),
                self._compile(expression, at),
                text(one, "message", at),
                self._compile(computed, at) if computed else None,
            )

    def _compile(self, expression: str, at: tuple[str | int, ...]) -> cel.Program:
        line = self._document.line_of(*at, "expression")
        if not expression.strip() or len(expression) > MAX_EXPRESSION:
            raise spec_fault(self._source, line, f"an expression has 1 to {MAX_EXPRESSION} characters")
        try:
            return cel.compile(expression)
        except ValueError as error:
            raise spec_fault(self._source, line, f"the expression cannot be read: {error}") from error


def _variables(policy: ValidatingPolicy, known: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in policy.variables:
        try:
            found[one.name] = one.program.execute(cel.Context({**known, "variables": found}))
        except _ERRORS:
            continue
    return found


def _violations(policy: ValidatingPolicy, known: Mapping[str, Any]) -> Iterator[Violation]:
    for one in policy.validations:
        if one.program.execute(cel.Context(dict(known))) is True:
            continue
        said = one.message or f"failed expression: {one.expression}"
        if one.message_program is not None:
            computed = one.message_program.execute(cel.Context(dict(known)))
            said = computed if isinstance(computed, str) and computed.strip() else said
        yield Violation(printable(said), "")


def _unsure(policy: ValidatingPolicy, reason: str) -> RuleResult:
    """Step 4."""
    effect = Outcome.DENY if policy.fails else Outcome.ALLOW
    return _result(policy, Verdict.UNDETERMINED, effect, (), reason)


def _result(
    policy: ValidatingPolicy,
    verdict: Verdict,
    effect: Outcome,
    violations: tuple[Violation, ...],
    reason: str = "",
) -> RuleResult:
    return RuleResult(
        rule=f"vap:{printable(policy.name)}",
        title=f"ValidatingAdmissionPolicy {printable(policy.name)}",
        why="An API server that has this policy refuses what breaks it.",
        severity=Severity.HIGH,
        verdict=verdict,
        effect=effect,
        violations=violations,
        standing=len(violations),
        reason=printable(reason),
    )


def _resource(kind: str) -> str:
    name = kind.lower()
    return _IRREGULAR.get(name, name + "s")


def _count(value: Any) -> int:
    waiting, count = [value], 0
    while waiting:
        count += 1
        one = waiting.pop()
        if isinstance(one, Mapping):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return count

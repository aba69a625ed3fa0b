"""Policy and evidence to decision: the one evaluator that every gate asks.

For each rule that applies to the gate, environment and repository:

1. A fact that its condition (``when``) reads is not known: undetermined. The condition is false: no result.
2. A fact that its test (``violated_if``) reads is not known: undetermined. A default is never judged.
3. Evaluating could take more steps than are left, or has no value on this evidence: undetermined.
4. The test finds nothing: pass. It finds violations: each is waived or stands; any that stands is a fail.
5. A fail has the effect of the rule in that environment, as far as its rollout lets it. Undetermined has the
   effect that the rule names for it, and never a stricter one than a fail has there. Waived and pass allow.
6. An image that is not where Lading can know it (missing here, or in a registry that is not allowed) is
   denied, whatever the policy says. Rules about what cannot be known of it are not asked.

The outcome is the strictest effect.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from lading.advisories.advisory import Severity
from lading.oci.digest import Digest
from lading.policy.decision import Decision, Fact, Outcome, RuleResult, Verdict, Violation, strictest
from lading.policy.evidence import Evidence, ImageFacts, Presence, Subject
from lading.policy.evidence_facts import encode_facts, facts
from lading.policy.excuses import Excuse, Excuses
from lading.policy.expressions.expression import Member, NotEvaluable
from lading.policy.fact_table import FactTable
from lading.policy.rule import Policy, Rule
from lading.policy.template import printable, show_value
from lading.policy.waiver import Waiver, WaiverBounds

IMAGE_KNOWN = "image-known"  # the built-in rule of step 6
MAX_STEPS = 20_000_000  # of all rules together: some two seconds of the engine
MAX_SHOWN = 20  # violations kept in a result
_NO_WAIVERS: tuple[Waiver, ...] = ()


def evaluate(
    policy: Policy,
    evidence: Evidence,
    waivers: Iterable[Waiver] = _NO_WAIVERS,
    *,
    now: datetime,
    bounds: WaiverBounds | None = None,
    max_steps: int = MAX_STEPS,
) -> Decision:
    """Ask every rule that applies; the same arguments always give the same decision."""
    plain = facts(evidence)
    excuses = Excuses(waivers, evidence, now, bounds or WaiverBounds())
    table = FactTable(plain, evidence.unanswered(), now, max_steps)
    asking = _Asking(table, excuses, lambda rule: policy.effect_of(rule, evidence, now))
    results = [result for rule in policy.iter_applicable(evidence) if (result := asking.ask(rule))]
    if evidence.image.presence in {Presence.MISSING, Presence.FOREIGN}:
        results = _keep_unknown_out(evidence.image, results)
    return Decision(
        outcome=strictest(*(result.effect for result in results)),
        results=tuple(results),
        gate=evidence.gate,
        environment=evidence.environment,
        registry=evidence.image.registry,
        repository=evidence.image.repository,
        image=evidence.image.digest,
        policy=policy.name,
        policy_digest=str(policy.digest),
        evidence_digest=str(Digest.of(encode_facts(plain))),
        at=now,
        valid_until=excuses.first_end,
        subject=_subject(evidence),
    )


def _subject(evidence: Evidence) -> str:
    """Name what is judged where that is no image."""
    if Subject.IMAGE in evidence.about:
        return ""
    if Subject.DOCKERFILE in evidence.about:
        return printable(evidence.build.file)
    workload = evidence.workload
    name = f"{workload.kind} {workload.namespace_name}/{workload.name}".replace(" /", " ")
    return printable(f"{name}, container {workload.container}" if workload.container else name)


class _Asking:
    """One evaluation under way."""

    def __init__(self, table: FactTable, excuses: Excuses, effect_of: Callable[[Rule], Outcome]) -> None:
        self._table = table
        self._excuses = excuses
        self._effect_of = effect_of

    def ask(self, rule: Rule) -> RuleResult | None:
        try:
            # Step 1.
            if rule.when is not None and not self._table.value(rule.when):
                return None
            # Steps 2 and 3.
            if rule.each is not None:
                found = self._table.matching(rule.each, rule.violated_if)
                return self._judge_members(rule, rule.each, found)
            violated = self._table.value(rule.violated_if)
        except NotEvaluable as unknown:
            return self._undetermined(rule, str(unknown))
        # Step 4.
        return self._judge_image(rule) if violated else _passed(rule)

    def _undetermined(self, rule: Rule, reason: str) -> RuleResult:
        excuse = self._excuses.find(rule.id, rule.severity)
        if excuse is not None:
            return self._conclude(rule, [], [Violation(f"could not tell: {reason}", "", (), excuse.waiver)])
        # Step 5.
        in_force = self._effect_of(rule)
        effect = min(rule.on_undetermined, in_force, key=lambda outcome: outcome.weight)
        return _result(rule, Verdict.UNDETERMINED, effect, reason=reason)

    def _judge_image(self, rule: Rule) -> RuleResult:
        excuse = self._excuses.find(rule.id, rule.severity)
        violation = self._violation(rule, self._table.shown(rule.violated_if.reads), excuse)
        return self._conclude(rule, [] if excuse else [violation], [violation] if excuse else [])

    def _judge_members(self, rule: Rule, each: Member, members: Sequence[Any]) -> RuleResult:
        if not members:
            return _passed(rule)
        if self._excuses.none_apply:
            shown = [
                self._violation(rule, _facts_of(each.name, member), None, member)
                for member in members[:MAX_SHOWN]
            ]
            return self._conclude(rule, shown, [], (len(members), 0))
        standing: list[Violation] = []
        waived: list[Violation] = []
        waived_count = 0
        for member in members:
            excuse = self._excuses.find(
                rule.id, _severity(member, rule), _vulnerabilities(member), _names(member)
            )
            waived_count += excuse is not None
            kept = standing if excuse is None else waived
            if len(kept) < MAX_SHOWN:
                kept.append(self._violation(rule, _facts_of(each.name, member), excuse, member))
        return self._conclude(rule, standing, waived, (len(members) - waived_count, waived_count))

    def _violation(
        self,
        rule: Rule,
        shown: tuple[Fact, ...],
        excuse: Excuse | None,
        member: object = None,
    ) -> Violation:
        return Violation(
            message=self._table.render(rule.message, rule.each, member) + _platforms(member),
            fix=self._table.render(rule.fix, rule.each, member),
            facts=shown,
            waived_by=excuse.waiver if excuse else "",
        )

    def _conclude(
        self,
        rule: Rule,
        standing: list[Violation],
        waived: list[Violation],
        counts: tuple[int, int] | None = None,
    ) -> RuleResult:
        standing_count, waived_count = counts or (len(standing), len(waived))
        return _result(
            rule,
            Verdict.FAIL if standing_count else Verdict.WAIVED,
            self._effect_of(rule) if standing_count else Outcome.ALLOW,
            tuple((standing + waived)[:MAX_SHOWN]),
            standing=standing_count,
            waived=waived_count,
        )


def _keep_unknown_out(image: ImageFacts, results: list[RuleResult]) -> list[RuleResult]:
    """Step 6: keep what the rules could judge, and add the built-in refusal unless one of them refuses."""
    judged = [result for result in results if result.verdict is not Verdict.UNDETERMINED]
    if any(result.effect is Outcome.DENY for result in judged):
        return judged
    name = f"{image.registry}/{image.repository}" if image.registry else image.repository
    if image.presence is Presence.MISSING:
        message = f"there is no image {name}{f':{image.tag}' if image.tag else ''} in this registry"
        fix = "push it first, or correct the name"
    else:
        message = f"{name} is in a registry that is not allowed"
        fix = "push the image to this registry and name it by that address"
    refusal = RuleResult(
        rule=IMAGE_KNOWN,
        title="The image is known",
        why="What Lading does not hold was not analysed, so nothing can be said for it.",
        severity=Severity.HIGH,
        verdict=Verdict.FAIL,
        effect=Outcome.DENY,
        violations=(Violation(printable(message), fix),),
        standing=1,
    )
    return [*judged, refusal]


def _severity(member: Any, rule: Rule) -> Severity:
    """A finding has its own severity; anything else has that of the rule."""
    return (
        Severity(member["severity"])
        if isinstance(member, Mapping) and "severity" in member
        else rule.severity
    )


def _vulnerabilities(member: Any) -> tuple[str, ...]:
    """Give all ids of a finding; other members of lists have none."""
    if not isinstance(member, Mapping) or "aliases" not in member:
        return ()
    return (member["id"], *member["aliases"])


_NAMES = ("check", "name", "kind", "source", "path", "program", "predicate_type", "role")


def _names(member: Any) -> tuple[str, ...]:
    """Give what a member of a list is called, so that a waiver can excuse it and nothing beside it."""
    if not isinstance(member, Mapping):
        return (str(member),)
    listed = [text for key in ("licenses", "resources", "verbs") for text in member.get(key, ())]
    return (*(str(member[name]) for name in _NAMES if member.get(name)), *listed)


def _facts_of(name: str, member: Any) -> tuple[Fact, ...]:
    if not isinstance(member, Mapping):
        return (Fact(name, show_value(member)),)
    said = ((field, value) for field, value in sorted(member.items()) if value not in ("", (), None))
    return tuple(Fact(f"{name}.{field}", show_value(value)) for field, value in said)


def _platforms(member: Any) -> str:
    """Of an index, say which of its images is to be mended."""
    named = member.get("platforms", ()) if isinstance(member, Mapping) else ()
    return printable(f" [{', '.join(named)}]") if named else ""


def _passed(rule: Rule) -> RuleResult:
    return _result(rule, Verdict.PASS, Outcome.ALLOW)


def _result(
    rule: Rule,
    verdict: Verdict,
    effect: Outcome,
    violations: tuple[Violation, ...] = (),
    *,
    standing: int = 0,
    waived: int = 0,
    reason: str = "",
) -> RuleResult:
    return RuleResult(
        rule.id, rule.title, rule.reason, rule.severity, verdict, effect, violations, standing, waived, reason
    )

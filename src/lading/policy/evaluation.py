"""Policy and evidence to decision: the one evaluator that every gate asks.

For each rule that applies to the gate, environment and repository:

1. What it finds is found as ``inquiry`` says: nothing, members that violate it, the whole, or that it cannot
   be told.
2. Each violation is waived or stands; any that stands is a fail.
3. A fail has the effect of the rule in that environment, as far as its rollout lets it. Undetermined has the
   effect that the rule names for it, and never a stricter one than a fail has there; at pull it only warns,
   for refusing what runs already would be an outage. Waived and pass allow.
4. An image that is not where Lading can know it (missing here, or in a registry that is not allowed) is
   denied, whatever the policy says. Rules about what cannot be known of it are not asked.

The outcome is the strictest effect.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from lading.advisories.advisory import Severity
from lading.policy.decision import Decision, Fact, Outcome, RuleResult, Verdict, Violation, mildest, strictest
from lading.policy.evidence import Evidence, Gate, ImageFacts, Presence, Subject
from lading.policy.evidence_facts import WrittenEvidence, write
from lading.policy.excuses import Excuse, Excuses, waivers_concerning
from lading.policy.fact_table import FactTable
from lading.policy.inquiry import Found, Inquiry
from lading.policy.rule import Policy, Rule
from lading.policy.template import printable, show_value
from lading.policy.waiver import Waiver, WaiverBounds

IMAGE_KNOWN = "image-known"  # the built-in rule of step 4
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
    return Case(policy, write(evidence), waivers, bounds=bounds, max_steps=max_steps).decide(now)


class Case:
    """One piece of evidence before one policy, under these waivers, at whatever moment."""

    def __init__(
        self,
        policy: Policy,
        written: WrittenEvidence,
        waivers: Iterable[Waiver] = _NO_WAIVERS,
        *,
        bounds: WaiverBounds | None = None,
        max_steps: int = MAX_STEPS,
    ) -> None:
        self._policy = policy
        self._written = written
        self._waivers = waivers_concerning(waivers, written.evidence)
        self._bounds = bounds or WaiverBounds()
        self._inquiry = Inquiry(policy, written, max_steps)
        self._kept_out = written.evidence.image.presence in {Presence.MISSING, Presence.FOREIGN}

    def decide(self, now: datetime) -> Decision:
        """Say what follows, in words."""
        found, table = self._inquiry.at(now)
        excuses = Excuses(self._waivers, now, self._bounds)
        wording = _Wording(
            table, excuses, lambda rule: self._effect_of(rule, now), self._written.evidence.gate
        )
        results = [wording.result(one) for one in found]
        evidence = self._written.evidence
        if self._kept_out:
            results = _keep_unknown_out(evidence.image, results)
        return Decision(
            outcome=strictest(*(result.effect for result in results)),
            results=tuple(results),
            gate=evidence.gate,
            environment=evidence.environment,
            registry=evidence.image.registry,
            repository=evidence.image.repository,
            image=evidence.image.digest,
            policy=self._policy.name,
            policy_digest=str(self._policy.digest),
            evidence_digest=str(self._written.digest),
            at=now,
            valid_until=excuses.first_end,
            subject=_subject(evidence),
        )

    def effects(self, now: datetime) -> dict[str, Outcome]:
        """Say which rules object and with what effect, as ``decide`` does, without finding words for it."""
        if self._kept_out:
            return {result.rule: result.effect for result in self.decide(now).results if _objects(result)}
        excuses = Excuses(self._waivers, now, self._bounds)
        return {
            one.rule.id: _effect(one, self._effect_of(one.rule, now), self._written.evidence.gate)
            for one in self._inquiry.objections(now)
            if not _is_excused(one, excuses)
        }

    def _effect_of(self, rule: Rule, now: datetime) -> Outcome:
        return self._policy.effect_of(rule, self._written.evidence, now)


def _objects(result: RuleResult) -> bool:
    return result.verdict in {Verdict.FAIL, Verdict.UNDETERMINED}


def _effect(found: Found, in_force: Outcome, gate: Gate) -> Outcome:
    """Step 3."""
    if not found.unknown:
        return in_force
    strictest_here = Outcome.WARN if gate is Gate.PULL else Outcome.DENY
    return mildest(found.rule.on_undetermined, in_force, strictest_here)


def _is_excused(found: Found, excuses: Excuses) -> bool:
    """Step 2, without saying what each is excused by."""
    if excuses.none_apply:
        return False
    if found.rule.each is None or found.unknown:
        return excuses.find(found.rule.id, found.rule.severity) is not None
    return all(_excuse(excuses, found.rule, member) for member in found.members)


def _excuse(excuses: Excuses, rule: Rule, member: Any) -> Excuse | None:
    return excuses.find(rule.id, _severity(member, rule), _vulnerabilities(member), _names(member))


def _subject(evidence: Evidence) -> str:
    """Name what is judged where that is no image."""
    if Subject.IMAGE in evidence.about:
        return ""
    if Subject.DOCKERFILE in evidence.about:
        return printable(evidence.build.file)
    workload = evidence.workload
    name = f"{workload.kind} {workload.namespace_name}/{workload.name}".replace(" /", " ")
    return printable(f"{name}, container {workload.container}" if workload.container else name)


class _Wording:
    """Turns what rules find into results that people can read."""

    def __init__(
        self, table: FactTable, excuses: Excuses, effect_of: Callable[[Rule], Outcome], gate: Gate
    ) -> None:
        self._table = table
        self._excuses = excuses
        self._effect_of = effect_of
        self._gate = gate

    def result(self, found: Found) -> RuleResult:
        if found.unknown:
            return self._undetermined(found)
        if not found.violated:
            return _result(found.rule, Verdict.PASS, Outcome.ALLOW)
        return self._of_whole(found.rule) if found.rule.each is None else self._of_members(found)

    def _undetermined(self, found: Found) -> RuleResult:
        rule = found.rule
        excuse = self._excuses.find(rule.id, rule.severity)
        if excuse is not None:
            return self._conclude(
                rule, [], [Violation(f"could not tell: {found.unknown}", "", (), excuse.waiver)]
            )
        effect = _effect(found, self._effect_of(rule), self._gate)
        return _result(rule, Verdict.UNDETERMINED, effect, reason=found.unknown)

    def _of_whole(self, rule: Rule) -> RuleResult:
        excuse = self._excuses.find(rule.id, rule.severity)
        violation = self._violation(rule, self._table.shown(rule.violated_if.reads), excuse)
        return self._conclude(rule, [] if excuse else [violation], [violation] if excuse else [])

    def _of_members(self, found: Found) -> RuleResult:
        rule, members = found.rule, found.members
        if self._excuses.none_apply:
            shown = [self._of_member(rule, member, None) for member in members[:MAX_SHOWN]]
            return self._conclude(rule, shown, [], (len(members), 0))
        standing: list[Violation] = []
        waived: list[Violation] = []
        waived_count = 0
        for member in members:
            excuse = _excuse(self._excuses, rule, member)
            waived_count += excuse is not None
            kept = standing if excuse is None else waived
            if len(kept) < MAX_SHOWN:
                kept.append(self._of_member(rule, member, excuse))
        return self._conclude(rule, standing, waived, (len(members) - waived_count, waived_count))

    def _of_member(self, rule: Rule, member: Any, excuse: Excuse | None) -> Violation:
        assert rule.each is not None
        return self._violation(rule, _facts_of(rule.each.name, member), excuse, member)

    def _violation(
        self, rule: Rule, shown: tuple[Fact, ...], excuse: Excuse | None, member: object = None
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
    """Step 4: keep what the rules could judge, and add the built-in refusal unless one of them refuses."""
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

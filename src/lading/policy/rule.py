"""Rules and policies, once they have been read and checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lading.access.repository_pattern import RepositoryPattern
from lading.advisories.advisory import Severity
from lading.oci.digest import Digest
from lading.policy.decision import Outcome
from lading.policy.evidence import Evidence, Gate, Subject
from lading.policy.expressions.expression import Expression, Member
from lading.policy.rollout import Mode, RolloutStep, capped, mode_of
from lading.policy.template import Template


@dataclass(frozen=True, slots=True)
class Applies:
    """What a rule is about and where it is asked; an empty set of gates and so on means everywhere.

    But for pulls: refusing one can keep what runs from starting again, so a rule is asked there by name only.
    """

    subjects: frozenset[Subject] = frozenset((Subject.IMAGE,))
    gates: frozenset[Gate] = frozenset()
    environments: frozenset[str] = frozenset()
    repositories: tuple[RepositoryPattern, ...] = ()

    def to(self, evidence: Evidence) -> bool:
        """Whether the rule is asked about this evidence."""
        return (
            not self.subjects.isdisjoint(evidence.about)
            and (evidence.gate in self.gates if self.gates else evidence.gate is not Gate.PULL)
            and (not self.environments or evidence.environment in self.environments)
            and (
                not self.repositories
                or any(pattern.matches(evidence.image.repository) for pattern in self.repositories)
            )
        )


@dataclass(frozen=True, slots=True)
class Effects:
    """What a violation leads to, by environment."""

    default: Outcome
    by_environment: Mapping[str, Outcome] = field(default_factory=dict)

    def in_environment(self, environment: str) -> Outcome:
        """Give the effect there."""
        return self.by_environment.get(environment, self.default)


@dataclass(frozen=True, slots=True)
class RuleTest:
    """An example that a rule carries: evidence, and what the rule says of it."""

    evidence: Evidence
    expect: str  # a Verdict, or "skip" where the rule does not apply
    line: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    In a rule with ``each``, every member of a list is judged, reported and perhaps waived by itself. In one
    without, the image is.
    """

    id: str
    title: str
    reason: str
    severity: Severity
    applies: Applies
    effects: Effects
    when: Expression | None
    each: Member | None
    violated_if: Expression
    message: Template
    fix: Template
    on_undetermined: Outcome
    tests: tuple[RuleTest, ...]
    line: int
    maps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # ids of other catalogues, by catalogue
    mode: Mode = Mode.ENFORCE

    @property
    def asks_the_time(self) -> bool:
        """Whether what it finds in the same evidence can be another thing later."""
        read = self.violated_if.reads | (self.when.reads if self.when is not None else frozenset())
        return "now" in read


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules in the order of the file. ``digest`` is that of the file's bytes."""

    name: str
    rules: tuple[Rule, ...]
    digest: Digest
    rollout: tuple[RolloutStep, ...] = ()

    def effect_of(self, rule: Rule, evidence: Evidence, now: datetime) -> Outcome:
        """Give what a violation of the rule leads to for this evidence at ``now``."""
        mode = mode_of(self.rollout, rule.id, rule.mode, evidence.owner.team, now)
        return capped(rule.effects.in_environment(evidence.environment), mode)

    def iter_applicable(self, evidence: Evidence) -> Iterator[Rule]:
        """Iterate over the rules that are asked about this evidence."""
        return (rule for rule in self.rules if rule.applies.to(evidence))

"""Policy files: YAML to checked rules, or an error that names the file, the line and the nearest known name.

    policy: shop
    rules:
      - id: no-fixable-critical
        title: No critical vulnerability that has a fix
        reason: It is public, and the fixed package is one rebuild away.
        severity: critical
        maps: {nist-800-190: ["4.1.1"]}
        applies: {gates: [promote, admission], environments: [prod], repositories: ["shop/**"]}
        when: scan.state == "done"
        each: finding in findings
        violated_if: finding.severity == "critical" && finding.fix != ""
        effect: {default: deny, dev: warn}
        on_undetermined: deny
        message: "{{ finding.id }} in {{ finding.package_name }} {{ finding.package_version }}"
        fix: upgrade {{ finding.package_name }} to {{ finding.fix }}
        tests:
          - given: {scan.state: done, findings: [{severity: critical, fix: "2"}]}
            expect: fail

What is left out of ``applies`` means everywhere, but for ``subjects`` (image, dockerfile, workload): a rule
is about images unless it says otherwise; and at pull only rules are asked that name ``pull``. ``maps`` names
what other catalogues call it. ``when`` decides whether the rule is asked at all, ``mode`` how far it goes,
which ``rollout`` beside the rules moves on.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from lading.access.repository_pattern import RepositoryPattern
from lading.advisories.advisory import Severity
from lading.foundation.errors import LadingError, Malformed
from lading.oci.digest import Digest
from lading.policy.decision import Outcome, Verdict
from lading.policy.evidence import Gate, Subject
from lading.policy.evidence_types import BOOL, ListOf, evidence_record, show_type
from lading.policy.example import ImpossibleExample, example_with
from lading.policy.expressions.checking import nearest
from lading.policy.expressions.expression import Expression, Member, compile_expression
from lading.policy.expressions.tree import ExpressionError
from lading.policy.rollout import Mode, RolloutStep
from lading.policy.rule import Applies, Effects, Policy, Rule, RuleTest
from lading.policy.template import Template, compile_template
from lading.policy.yaml_tree import Fields, Items, Text, Tree, fault, parse_yaml

MAX_RULES = 500
SKIP = "skip"  # what a rule test expects of a rule that does not apply

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_EACH = re.compile(r"\s*([a-z][a-z0-9_]*)\s+in\s+([a-z_.]+)\s*\Z")
_POLICY_FIELDS = ("policy", "rules", "rollout")
_ROLLOUT_FIELDS = ("rules", "teams", "warn", "enforce", "step_back_at")
_RULE_FIELDS = (
    *("id", "title", "reason", "severity", "applies", "when", "each", "violated_if"),
    *("effect", "on_undetermined", "message", "fix", "tests", "maps", "mode"),
)
_REQUIRED = ("id", "title", "reason", "severity", "violated_if", "message", "fix")
_APPLIES_FIELDS = ("subjects", "gates", "environments", "repositories")
_Word = TypeVar("_Word", bound=StrEnum)


def parse_policy(content: bytes, source: str) -> Policy:
    """Read a policy file; raise Malformed ``policy-invalid`` or OverLimit. Errors call it ``source``."""
    reader = _PolicyReader(source)
    tree = parse_yaml(content, source)
    top = reader.fields(tree, "a policy", _POLICY_FIELDS, required=("policy", "rules"))
    rules = reader.items(top.members["rules"], "rules")
    if not rules or len(rules) > MAX_RULES:
        # An empty policy would allow everything, which nobody writes down on purpose.
        raise fault(source, top.key_lines["rules"], f"a policy has 1 to {MAX_RULES} rules")
    read = tuple(reader.rule(rule) for rule in rules)
    seen: dict[str, int] = {}
    for rule in read:
        if rule.id in seen:
            raise fault(
                source, rule.line, f"the rule {rule.id!r} stands twice", f"first on line {seen[rule.id]}"
            )
        seen[rule.id] = rule.line
    name = reader.identifier(top.members["policy"], "the policy's name")
    steps = reader.items(top.members["rollout"], "rollout") if "rollout" in top.members else ()
    return Policy(name, read, Digest.of(content), tuple(reader.rollout_step(step, seen) for step in steps))


class _PolicyReader:
    def __init__(self, source: str) -> None:
        self._source = source

    # Shapes.

    def fields(self, tree: Tree, what: str, known: tuple[str, ...], required: tuple[str, ...] = ()) -> Fields:
        if not isinstance(tree, Fields):
            raise fault(self._source, tree.line, f"{what} is a mapping of {', '.join(known)}")
        for name in tree.members:
            if name not in known:
                raise fault(
                    self._source, tree.key_lines[name], f"{what} has no {name!r}", nearest(name, known)
                )
        for name in required:
            if name not in tree.members:
                raise fault(self._source, tree.line, f"{what} needs {name!r}")
        return tree

    def items(self, tree: Tree, what: str) -> tuple[Tree, ...]:
        if not isinstance(tree, Items):
            raise fault(self._source, tree.line, f"{what} is a list")
        return tree.members

    def text(self, tree: Tree, what: str) -> Text:
        if not isinstance(tree, Text) or not tree.value.strip():
            raise fault(self._source, tree.line, f"{what} is a text", "put it in quotes")
        return tree

    def identifier(self, tree: Tree, what: str) -> str:
        text = self.text(tree, what)
        if not _ID.match(text.value) or len(text.value) > 80:
            raise fault(
                self._source, text.line, f"{what} {text.value[:80]!r} is not in lower-case-words form"
            )
        return text.value

    def word(self, tree: Tree, what: str, words: type[_Word]) -> _Word:
        text = self.text(tree, what)
        try:
            return words(text.value)
        except ValueError as error:
            known = [str(word.value) for word in words]
            raise fault(
                self._source, text.line, f"{text.value!r} is not {what}", nearest(text.value, known)
            ) from error

    # Rules.

    def rule(self, tree: Tree) -> Rule:
        rule = self.fields(tree, "a rule", _RULE_FIELDS, _REQUIRED)
        of = rule.members
        each = self._each(of["each"]) if "each" in of else None
        effects = self._effects(of["effect"]) if "effect" in of else Effects(Outcome.DENY)
        applies = self._applies(of["applies"]) if "applies" in of else Applies()
        return Rule(
            id=self.identifier(of["id"], "the id"),
            title=" ".join(self.text(of["title"], "the title").value.split()),
            reason=" ".join(self.text(of["reason"], "the reason").value.split()),
            severity=self.word(of["severity"], "a severity", Severity),
            applies=applies,
            effects=effects,
            when=self._condition(of["when"]) if "when" in of else None,
            each=each,
            violated_if=self._condition(of["violated_if"], each),
            message=self._template(of["message"], "the message", each),
            fix=self._template(of["fix"], "the fix", each),
            on_undetermined=(
                self.word(of["on_undetermined"], "an effect", Outcome)
                if "on_undetermined" in of
                else Outcome.DENY
            ),
            tests=tuple(self._rule_test(test, applies) for test in self.items(of["tests"], "tests"))
            if "tests" in of
            else (),
            line=rule.line,
            maps=self._maps(of["maps"]) if "maps" in of else {},
            mode=self.word(of["mode"], "a mode", Mode) if "mode" in of else Mode.ENFORCE,
        )

    def rollout_step(self, tree: Tree, rules: Mapping[str, int]) -> RolloutStep:
        step = self.fields(tree, "a step of the rollout", _ROLLOUT_FIELDS)
        named = [self.text(rule, "a rule") for rule in self._listed(step.members, "rules")]
        for rule in named:
            if rule.value not in rules:
                raise fault(
                    self._source, rule.line, f"there is no rule {rule.value!r}", nearest(rule.value, rules)
                )
        dates = {name: self._date(step.members[name]) for name in ("warn", "enforce") if name in step.members}
        return RolloutStep(
            rules=frozenset(rule.value for rule in named),
            teams=frozenset(self.text(team, "a team").value for team in self._listed(step.members, "teams")),
            warn=dates.get("warn"),
            enforce=dates.get("enforce"),
            step_back_at=self._count(step.members),
        )

    def _count(self, of: Mapping[str, Tree]) -> int | None:
        if "step_back_at" not in of:
            return None
        text = self.text(of["step_back_at"], "step_back_at")
        if not re.fullmatch(r"[0-9]{1,6}", text.value):
            raise fault(self._source, text.line, "step_back_at is a number of repositories")
        return int(text.value)

    def _date(self, tree: Tree) -> datetime:
        text = self.text(tree, "a date")
        try:
            moment = datetime.fromisoformat(text.value)
        except ValueError as error:
            raise fault(self._source, text.line, "a date is written 2026-12-31") from error
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def _maps(self, tree: Tree) -> dict[str, tuple[str, ...]]:
        if not isinstance(tree, Fields):
            raise fault(self._source, tree.line, "maps is a mapping of catalogues to lists of their ids")
        return {
            name: tuple(self.text(member, "an id").value for member in self.items(ids, name))
            for name, ids in tree.members.items()
        }

    def _applies(self, tree: Tree) -> Applies:
        of = self.fields(tree, "applies", _APPLIES_FIELDS).members
        subjects = frozenset(self.word(one, "a subject", Subject) for one in self._listed(of, "subjects"))
        return Applies(
            subjects=subjects or Applies().subjects,
            gates=frozenset(self.word(gate, "a gate", Gate) for gate in self._listed(of, "gates")),
            environments=frozenset(
                self.identifier(name, "the environment") for name in self._listed(of, "environments")
            ),
            repositories=tuple(self._pattern(text) for text in self._listed(of, "repositories")),
        )

    def _listed(self, of: Mapping[str, Tree], name: str) -> tuple[Tree, ...]:
        if name not in of:
            return ()
        members = self.items(of[name], name)
        if not members:
            # It would read as "nowhere" and mean "everywhere".
            raise fault(self._source, of[name].line, f"{name} is empty", "leave it out to mean all")
        return members

    def _pattern(self, tree: Tree) -> RepositoryPattern:
        text = self.text(tree, "a repository pattern")
        try:
            return RepositoryPattern.parse(text.value)
        except Malformed as error:
            raise fault(self._source, text.line, error.message, error.hint) from error

    def _effects(self, tree: Tree) -> Effects:
        if isinstance(tree, Text):
            return Effects(self.word(tree, "an effect", Outcome))
        if not isinstance(tree, Fields) or "default" not in tree.members:
            raise fault(
                self._source,
                tree.line,
                "effect is deny, warn or allow, or a mapping of environments and default",
            )
        words = {name: self.word(word, "an effect", Outcome) for name, word in tree.members.items()}
        return Effects(words.pop("default"), words)

    def _rule_test(self, tree: Tree, applies: Applies) -> RuleTest:
        test = self.fields(tree, "a test", ("given", "expect"), ("given", "expect"))
        expected = self.text(test.members["expect"], "expect")
        verdicts = [verdict.value for verdict in Verdict] + [SKIP]
        if expected.value not in verdicts:
            raise fault(
                self._source,
                expected.line,
                f"{expected.value!r} is not a verdict",
                nearest(expected.value, verdicts),
            )
        given = test.members["given"]
        try:
            evidence = example_with(plain(given))
        except ImpossibleExample as error:
            raise fault(self._source, given.line, str(error), error.hint) from error
        if not (isinstance(given, Fields) and "about" in given.members):
            # What a rule is about need not be said in each of its tests.
            evidence = replace(evidence, about=tuple(sorted(applies.subjects)))
        return RuleTest(evidence, expected.value, test.line)

    # Expressions.

    def _each(self, tree: Tree) -> Member:
        text = self.text(tree, "each")
        shape = _EACH.match(text.value)
        if shape is None:
            raise fault(self._source, text.line, "each is written: finding in findings")
        name, path = shape.groups()
        members = self._expression(text, path)
        if not isinstance(members.type, ListOf):
            raise fault(self._source, text.line, f"each needs a list, not {show_type(members.type)}")
        if name in evidence_record().fields:
            raise fault(self._source, text.line, f"the variable {name!r} is taken", "choose another name")
        return Member(name, path, members.type.element)

    def _condition(self, tree: Tree, each: Member | None = None) -> Expression:
        text = self.text(tree, "a condition")
        expression = self._expression(text, text.value, each)
        if expression.type is not BOOL:
            raise fault(
                self._source, text.line, f"a condition is true or false, not {show_type(expression.type)}"
            )
        return expression

    def _expression(self, text: Text, written: str, each: Member | None = None) -> Expression:
        try:
            return compile_expression(written, each)
        except ExpressionError as error:
            raise self._misplaced(text, error) from error

    def _template(self, tree: Tree, what: str, each: Member | None) -> Template:
        text = self.text(tree, what)
        try:
            return compile_template(text.value.strip(), each)
        except ExpressionError as error:
            raise self._misplaced(text, error) from error

    def _misplaced(self, text: Text, error: ExpressionError) -> LadingError:
        return fault(self._source, text.line_at(error.at), error.message, error.hint)


def plain(tree: Tree) -> object:
    """Give a tree as plain values; words that were not quoted mean what YAML 1.2 (core schema) says."""
    match tree:
        case Fields(members=fields):
            return {name: plain(value) for name, value in fields.items()}
        case Items(members=members):
            return [plain(member) for member in members]
        case Text(value=value, plain=True) if value in _CONSTANTS:
            return _CONSTANTS[value]
        case Text(value=value, plain=True) if re.fullmatch(r"-?[0-9]{1,18}", value):
            return int(value)
        case Text(value=value):
            return value


_CONSTANTS: Mapping[str, object] = {"true": True, "false": False, "null": None, "": None, "~": None}

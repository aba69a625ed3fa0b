"""The facts of one evaluation, as expressions are asked about them: what is known, and within a budget."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Any

from lading.policy.decision import Fact
from lading.policy.expressions.cost import Sizes, steps_on
from lading.policy.expressions.engine import cel
from lading.policy.expressions.expression import Expression, Member, NotEvaluable
from lading.policy.expressions.native import UNSURE
from lading.policy.template import Template, covers, printable, show_value


class FactTable:
    """Facts, which of them are not known, and how many steps may still be taken.

    Facts are handed to the engine when an expression first reads them: converting them is the dear part.
    """

    def __init__(self, facts: dict[str, Any], unanswered: Mapping[str, str], max_steps: int) -> None:
        self._facts = facts
        self._unanswered = {path: unanswered[path] for path in sorted(unanswered)}
        self._steps_left = max_steps
        self._sizes = Sizes(facts)
        self._context: cel.Context | None = None
        self._handed: set[str] = set()

    def at(self, now: datetime) -> "FactTable":
        """Give the same facts at a moment; the steps that were taken here are taken there too."""
        there = copy(self)
        there._facts = {**self._facts, "now": now}
        there._context = None
        there._handed = set()
        return there

    def value(self, expression: Expression) -> Any:
        """Evaluate; raise NotEvaluable where a fact is not known, has no value, or the budget is spent."""
        self._refuse_unknown(expression.reads)
        self._spend(steps_on(expression.cost, self._sizes))
        if expression.native is not None:
            with contextlib.suppress(*UNSURE):
                return expression.native(self._facts, None)
        return expression.evaluate(self._context_with(expression.variables))

    def matching(self, members: Member, condition: Expression) -> list[Mapping[str, Any] | Any]:
        """Give the members for which ``condition`` holds, in order; raises as ``value`` does."""
        self._refuse_unknown(condition.reads | {members.path})
        everything = self._members(members.path)
        self._spend(len(everything) * (1 + steps_on(condition.cost, self._sizes)))
        if condition.native_filter is not None:
            with contextlib.suppress(*UNSURE):
                return condition.native_filter(self._facts, everything)
        read = _fields_read(members, condition)
        context = self._context_of(condition.variables)
        matching = []
        for member in everything:
            # One context and one program for all: the engine's own filter() takes quadratic time.
            slim = {name: member[name] for name in read} if isinstance(member, dict) else member
            context.add_variable(members.name, slim)
            if condition.evaluate(context):
                matching.append(member)
        return matching

    def render(self, text: Template, members: Member | None = None, member: object = None) -> str:
        """Fill a text, of one member where it is about members; what is not known in it says so."""
        if members is None:
            return text.render(self.value)

        def value_of(slot: Expression) -> Any:
            self._refuse_unknown(slot.reads)
            self._spend(steps_on(slot.cost, self._sizes))
            if slot.native is not None:
                with contextlib.suppress(*UNSURE):
                    return slot.native(self._facts, member)
            context = self._context_of(slot.variables)
            context.add_variable(members.name, member)
            return slot.evaluate(context)

        return text.render(value_of)

    def shown(self, paths: Iterable[str]) -> tuple[Fact, ...]:
        """Give the facts at these paths, as far as they are single values or lists of such."""
        found = ((path, self._at(path)) for path in sorted(paths) if path != "now")
        return tuple(Fact(path, show_value(value)) for path, value in found if not _is_record(value))

    def _refuse_unknown(self, reads: Iterable[str]) -> None:
        for path in self._unanswered:  # most often there are none
            if any(covers(path, read) for read in reads):
                raise NotEvaluable(f"{path} is not known: {printable(self._unanswered[path])}")

    def _spend(self, steps: int) -> None:
        if steps > self._steps_left:
            raise NotEvaluable("the evidence is too large for this rule to be evaluated within the limit")
        self._steps_left -= steps

    def _context_with(self, names: frozenset[str]) -> cel.Context:
        if self._context is None:
            self._context = cel.Context({})
        for name in names - self._handed:
            self._context.add_variable(name, self._facts[name])
        self._handed |= names
        return self._context

    def _context_of(self, names: frozenset[str]) -> cel.Context:
        return cel.Context({name: self._facts[name] for name in names})

    def _members(self, path: str) -> Sequence[Any]:
        members: Sequence[Any] = self._at(path)
        return members

    def _at(self, path: str) -> Any:
        value: Any = self._facts
        for name in path.split("."):
            if not isinstance(value, Mapping) or name not in value:
                return None
            value = value[name]
        return value


def _fields_read(members: Member, condition: Expression) -> tuple[str, ...]:
    start = members.path + "."
    below = {read[len(start) :].partition(".")[0] for read in condition.reads if read.startswith(start)}
    return tuple(sorted(below))


def _is_record(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(isinstance(member, dict) for member in value)
    return isinstance(value, dict)

"""An expression that has been read, checked and compiled."""

from dataclasses import dataclass, field
from typing import Any

from lading.policy.evidence_types import BOOL, CelType, evidence_record
from lading.policy.expressions import checking
from lading.policy.expressions.cost import Cost, compile_cost, paths_read, variables_of
from lading.policy.expressions.engine import cel
from lading.policy.expressions.native import Native, NativeFilter, compile_filter, compile_native
from lading.policy.expressions.parsing import parse
from lading.policy.expressions.tree import ExpressionError, Node


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression. ``reads`` are paths of facts, ``variables`` the names of those needed.

    ``cost`` says how many steps it can take, ``native`` answers where that is certain.
    """

    text: str
    tree: Node = field(repr=False)
    type: CelType
    reads: frozenset[str]
    variables: frozenset[str]
    program: cel.Program = field(repr=False, compare=False)
    cost: Cost = field(repr=False, compare=False)
    native: Native | None = field(default=None, repr=False, compare=False)
    native_filter: NativeFilter | None = field(default=None, repr=False, compare=False)

    def evaluate(self, context: cel.Context) -> Any:
        """Give the value; raise NotEvaluable where it has none (a missing label, null in arithmetic)."""
        try:
            return self.program.execute(context)
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            raise NotEvaluable(str(error).strip("'\"") or type(error).__name__) from error


class NotEvaluable(Exception):
    """An expression that has no value on this evidence; the verdict is undetermined."""


@dataclass(frozen=True, slots=True)
class Member:
    """A variable that stands for each member of a list of facts in turn: ``finding in findings``."""

    name: str
    path: str
    type: CelType


def compile_expression(text: str, member: Member | None = None) -> Expression:
    """Read, check and compile; raise ExpressionError with the offset of what is wrong.

    ``member`` is a further variable beside those of the evidence.
    """
    whole = evidence_record()
    tree = parse(text)
    scope = {**whole.fields, member.name: member.type} if member else whole.fields
    of = checking.check(tree, scope, whole)
    try:
        program = cel.compile(text)
    except ValueError as error:
        # The reader above accepts a part of what the engine accepts; this is its safety net.
        raise ExpressionError(f"the engine cannot read it: {error}", 0) from error
    bound = {member.name: member.path} if member else None
    reads = paths_read(tree, bound)
    variables = variables_of(tree) - ({member.name} if member else set())
    name = member.name if member else ""
    return Expression(
        text,
        tree,
        of,
        reads,
        variables,
        program,
        compile_cost(tree, bound),
        compile_native(tree, name),
        compile_filter(tree, name) if member and of is BOOL else None,
    )

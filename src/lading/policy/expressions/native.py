"""Checked expressions as Python functions: the answers of the engine, without handing it every fact.

Handing a list of findings to the engine costs more than judging them. So an expression is also written as a
Python expression and compiled when the policy is read. What could come out otherwise than in the engine is
not decided here: where the function raises, the engine is asked, and its word counts. Nothing of a policy's
text gets into the source but as a literal that ``repr`` wrote; names are looked up in the facts, never in
Python.

A property test holds both, and a second engine, to the same answers.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from lading.policy.expressions.tree import (
    Call,
    Comprehension,
    Field,
    Index,
    ListLiteral,
    Literal,
    Name,
    Node,
)

Native: TypeAlias = Callable[[Mapping[str, Any], Any], Any]  # facts, and the member that is judged
NativeFilter: TypeAlias = Callable[[Mapping[str, Any], Sequence[Any]], list[Any]]

# What a function raises where the engine has to decide.
UNSURE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1  # of CEL
_DURATION_PART = re.compile(r"([0-9]+)([hms])")
_SECONDS = {"h": 3600, "m": 60, "s": 1}
_PLAIN = {"&&": "and", "||": "or", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "in": "in"}
_SHAPES = {
    "!": "(not {0})",
    "?:": "({1} if {0} else {2})",
    "-_": "_sub(0, {0})",
    "size": "len({0})",
    "contains": "({1} in {0})",
    "startsWith": "{0}.startswith({1})",
    "endsWith": "{0}.endswith({1})",
}
_CHECKED = {"+": "_add", "-": "_sub", "*": "_mul", "/": "_div", "%": "_mod"}


class NotNative(Exception):
    """An expression that only the engine can be trusted with."""


def compile_native(tree: Node, member: str = "") -> Native | None:
    """Write an expression as a function of the facts and one member; None where the engine is asked."""
    try:
        writer = _Writer(member)
        source = f"lambda f, m: {writer.write(tree)}"
    except NotNative:
        return None
    made: Native = _evaluate(source, writer.constants)
    return made


def compile_filter(tree: Node, member: str) -> NativeFilter | None:
    """Write a condition on members as a function that gives those for which it holds."""
    try:
        writer = _Writer(member)
        source = f"lambda f, members: [m for m in members if {writer.write(tree)}]"
    except NotNative:
        return None
    made: NativeFilter = _evaluate(source, writer.constants)
    return made


def _evaluate(source: str, constants: list[Any]) -> Any:
    names = {"c": constants, "__builtins__": {}, **_HELPERS}
    return eval(source, names)  # noqa: S307 - the source is ours: see the head of this file


class _Writer:
    def __init__(self, member: str) -> None:
        self._bound: dict[str, str] = {member: "m"} if member else {}
        self.constants: list[Any] = []

    def write(self, tree: Node) -> str:
        match tree:
            case Literal(value=value):
                return f"({value!r})"
            case Name(name=name):
                return self._bound.get(name) or f"f[{name!r}]"
            case Field(of=of, name=name, tested=True):
                return f"({name!r} in {self.write(of)})"
            case Field(of=of, name=name):
                return f"{self.write(of)}[{name!r}]"
            case Index(of=of, key=key):
                return f"_at({self.write(of)}, {self.write(key)})"
            case ListLiteral(members=members):
                return "(" + "".join(f"{self.write(one)}, " for one in members) + ")"
            case Comprehension():
                return self._comprehension(tree)
            case Call():
                return self._call(tree)

    def _comprehension(self, tree: Comprehension) -> str:
        source = self.write(tree.source)
        variable = f"v{len(self._bound)}"
        self._bound[tree.variable] = variable
        body = [self.write(part) for part in tree.body]
        del self._bound[tree.variable]
        each = f"for {variable} in {source}"
        match tree.macro:
            case "all":
                return f"all({body[0]} {each})"
            case "exists":
                return f"any({body[0]} {each})"
            case "exists_one":
                return f"(sum(1 {each} if {body[0]}) == 1)"
            case "filter":
                return f"tuple({variable} {each} if {body[0]})"
            case "map":
                return f"tuple({body[-1]} {each}{f' if {body[0]}' if len(body) > 1 else ''})"
            case _:
                raise NotNative

    def _call(self, tree: Call) -> str:
        if tree.function in {"duration", "timestamp", "matches"}:
            return self._written_out(tree)
        given = [self.write(argument) for argument in tree.arguments]
        if tree.function in {"==", "!="}:
            return self._equal(tree, given)
        if tree.function in _SHAPES:
            return _SHAPES[tree.function].format(*given)
        if tree.function in _PLAIN:
            return f"({given[0]} {_PLAIN[tree.function]} {given[1]})"
        if tree.function in _CHECKED:
            return f"{_CHECKED[tree.function]}({given[0]}, {given[1]})"
        raise NotNative

    def _equal(self, tree: Call, given: list[str]) -> str:
        literals = [one.value for one in tree.arguments if isinstance(one, Literal)]
        if None in literals:
            other = given[0 if isinstance(tree.arguments[1], Literal) else 1]
            return f"({other} is {'' if tree.function == '==' else 'not '}None)"
        if literals:  # whatever may be null is never compared with one of these
            return f"({given[0]} {tree.function} {given[1]})"
        return f"({'' if tree.function == '==' else 'not '}_equal({given[0]}, {given[1]}))"

    def _written_out(self, tree: Call) -> str:
        literal = tree.arguments[-1]
        assert isinstance(literal, Literal)
        text = str(literal.value)
        match tree.function:
            case "duration":
                self.constants.append(_duration(text))
                return f"c[{len(self.constants) - 1}]"
            case "timestamp":
                self.constants.append(datetime.fromisoformat(text))
                return f"c[{len(self.constants) - 1}]"
            case _:
                searched = self.write(tree.arguments[0])
                self.constants.append(_pattern(text))
                return f"(c[{len(self.constants) - 1}].search({searched}) is not None)"


def _duration(text: str) -> timedelta:
    seconds = sum(int(count) * _SECONDS[unit] for count, unit in _DURATION_PART.findall(text))
    return timedelta(seconds=-seconds if text.startswith("-") else seconds)


def _pattern(text: str) -> re.Pattern[str]:
    """Give the pattern as Python reads it: its ``$`` would also stand before a line break at the end."""
    if "[[" in text or "[^[" in text or "&&" in text or "--" in text or "~~" in text:
        raise NotNative  # classes within classes are written otherwise
    parts: list[str] = []
    inside = False
    at = 0
    while at < len(text):
        if text[at] == "\\":
            parts.append(text[at : at + 2])
            at += 2
            continue
        inside = (text[at] == "[" or inside) and text[at] != "]"
        parts.append(r"\Z" if text[at] == "$" and not inside else text[at])
        at += 1
    return re.compile("".join(parts))


def _checked(value: Any) -> Any:
    if type(value) is int and not _INT_MIN <= value <= _INT_MAX:
        raise OverflowError
    return value


def _divide(left: int, right: int) -> int:
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) is (right < 0) else -quotient


def _equal(left: Any, right: Any) -> bool:
    if (left is None) is not (right is None):
        raise TypeError
    return bool(left == right)


def _at(of: Any, key: Any) -> Any:
    if isinstance(key, int) and not 0 <= key < len(of):
        raise IndexError
    return of[key]


_HELPERS: Mapping[str, Any] = {
    "_add": lambda left, right: _checked(left + right),
    "_sub": lambda left, right: _checked(left - right),
    "_mul": lambda left, right: _checked(left * right),
    "_div": lambda left, right: _checked(_divide(left, right)),
    "_mod": lambda left, right: left - right * _divide(left, right),
    "_equal": _equal,
    "_at": _at,
    **{one.__name__: one for one in (all, any, len, sum, tuple)},
}

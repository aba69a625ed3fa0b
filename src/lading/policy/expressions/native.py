"""Checked expressions as Python functions: the answers of the engine, without handing it every fact.

Handing a list of findings to the engine costs more than judging them. So an expression is also made into a
Python function when the policy is read. What could come out otherwise than in the engine is not decided here:
where the function raises, the engine is asked, and its word counts.

There is no Python text in between that a policy could reach into. The function is built as a syntax tree:

1. Every text and number of a policy is the value of a ``Constant``, which is never parsed.
2. Every name is one of ours: the arguments, ``v0``, ``v1``… for variables, and the functions below. What a
   policy calls its variables and fields is looked up as a constant in the facts, never as an attribute.
3. Before it is compiled, a tree that holds any other kind of node, name or attribute is refused.

A property test holds both, and a second engine, to the same answers.
"""

import ast
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
_ASKED_OF_ALL = {"all": "all", "exists": "any"}


class NotNative(Exception):
    """An expression that only the engine can be trusted with."""


def compile_native(tree: Node, member: str = "") -> Native | None:
    """Make an expression a function of the facts and one member; None where the engine is asked."""
    writer = _Writer(member)
    try:
        body = writer.write(tree)
    except NotNative:
        return None
    made: Native = _function(("f", "m"), body, writer.constants)
    return made


def compile_filter(tree: Node, member: str) -> NativeFilter | None:
    """Make a condition on members a function that gives those for which it holds."""
    writer = _Writer(member)
    try:
        condition = writer.write(tree)
    except NotNative:
        return None
    kept = ast.ListComp(_read("m"), [_each("m", _read("members"), condition)])
    made: NativeFilter = _function(("f", "members"), kept, writer.constants)
    return made


def _function(arguments: tuple[str, ...], body: ast.expr, constants: list[Any]) -> Any:
    """Compile ``lambda arguments: body``, after step 3 of the head of this file."""
    _refuse_strangers(body)
    given = ast.arguments([], [ast.arg(name) for name in arguments], None, [], [], None, [])
    whole = ast.fix_missing_locations(ast.Expression(ast.Lambda(given, body)))
    names = {"c": constants, "__builtins__": {}, **_HELPERS}
    return eval(compile(whole, "<policy>", "eval"), names)  # noqa: S307 - a tree of ours, never a text


def _refuse_strangers(body: ast.expr) -> None:
    for node in ast.walk(body):
        known = isinstance(node, _KNOWN_NODES)
        if isinstance(node, ast.Name):
            known = known and (node.id in _KNOWN_NAMES or _VARIABLE.match(node.id) is not None)
        elif isinstance(node, ast.Attribute):
            known = known and node.attr in _KNOWN_ATTRIBUTES
        elif isinstance(node, ast.Constant):
            known = known and isinstance(node.value, bool | int | str | None)
        if not known:
            raise AssertionError(f"an expression became {ast.dump(node)[:200]}, which is not ours")


def _read(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(_read(name), list(arguments), [])


def _method(of: ast.expr, name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Attribute(of, name, ast.Load()), list(arguments), [])


def _item(of: ast.expr, key: str | int) -> ast.expr:
    return ast.Subscript(of, ast.Constant(key), ast.Load())


def _compare(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.expr:
    return ast.Compare(left, [operator], [right])


def _not(of: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), of)


def _each(variable: str, source: ast.expr, *conditions: ast.expr) -> ast.comprehension:
    return ast.comprehension(ast.Name(variable, ast.Store()), source, list(conditions), 0)


_SHAPES: Mapping[str, Callable[..., ast.expr]] = {
    "!": _not,
    "?:": ast.IfExp,
    "-_": lambda of: _call("_sub", ast.Constant(0), of),
    "size": lambda of: _call("len", of),
    "contains": lambda of, part: _compare(part, ast.In(), of),
    "startsWith": lambda of, part: _method(of, "startswith", part),
    "endsWith": lambda of, part: _method(of, "endswith", part),
    "&&": lambda left, right: ast.BoolOp(ast.And(), [left, right]),
    "||": lambda left, right: ast.BoolOp(ast.Or(), [left, right]),
    "<": lambda left, right: _compare(left, ast.Lt(), right),
    "<=": lambda left, right: _compare(left, ast.LtE(), right),
    ">": lambda left, right: _compare(left, ast.Gt(), right),
    ">=": lambda left, right: _compare(left, ast.GtE(), right),
    "in": lambda member, of: _compare(member, ast.In(), of),
    "+": lambda left, right: _call("_add", left, right),
    "-": lambda left, right: _call("_sub", left, right),
    "*": lambda left, right: _call("_mul", left, right),
    "/": lambda left, right: _call("_div", left, right),
    "%": lambda left, right: _call("_mod", left, right),
}


class _Writer:
    def __init__(self, member: str) -> None:
        self._bound: dict[str, str] = {member: "m"} if member else {}
        self.constants: list[Any] = []

    def write(self, tree: Node) -> ast.expr:
        match tree:
            case Literal(value=value):
                return ast.Constant(value)
            case Name(name=name):
                bound = self._bound.get(name)
                return _read(bound) if bound else _item(_read("f"), name)
            case Field(of=of, name=name, tested=True):
                return _compare(ast.Constant(name), ast.In(), self.write(of))
            case Field(of=of, name=name):
                return _item(self.write(of), name)
            case Index(of=of, key=key):
                return _call("_at", self.write(of), self.write(key))
            case ListLiteral(members=members):
                return ast.Tuple([self.write(one) for one in members], ast.Load())
            case Comprehension():
                return self._comprehension(tree)
            case Call():
                return self._call(tree)

    def _comprehension(self, tree: Comprehension) -> ast.expr:
        source = self.write(tree.source)
        variable = f"v{len(self._bound)}"
        self._bound[tree.variable] = variable
        body = [self.write(part) for part in tree.body]
        del self._bound[tree.variable]
        if tree.macro in _ASKED_OF_ALL:
            return _call(_ASKED_OF_ALL[tree.macro], ast.GeneratorExp(body[0], [_each(variable, source)]))
        given, conditions = {
            "exists_one": (ast.Constant(1), body),
            "filter": (_read(variable), body),
            "map": (body[-1], body[:-1]),
        }[tree.macro]
        made = ast.GeneratorExp(given, [_each(variable, source, *conditions)])
        if tree.macro == "exists_one":
            return _compare(_call("sum", made), ast.Eq(), ast.Constant(1))
        return _call("tuple", made)

    def _call(self, tree: Call) -> ast.expr:
        if tree.function in {"duration", "timestamp", "matches"}:
            return self._written_out(tree)
        given = [self.write(argument) for argument in tree.arguments]
        if tree.function in {"==", "!="}:
            return self._equal(tree, given)
        if tree.function not in _SHAPES:
            raise NotNative
        return _SHAPES[tree.function](*given)

    def _equal(self, tree: Call, given: list[ast.expr]) -> ast.expr:
        literals = [one.value for one in tree.arguments if isinstance(one, Literal)]
        same = tree.function == "=="
        if None in literals:
            other = given[0 if isinstance(tree.arguments[1], Literal) else 1]
            return _compare(other, ast.Is() if same else ast.IsNot(), ast.Constant(None))
        if literals:  # whatever may be null is never compared with one of these
            return _compare(given[0], ast.Eq() if same else ast.NotEq(), given[1])
        asked = _call("_equal", *given)
        return asked if same else _not(asked)

    def _written_out(self, tree: Call) -> ast.expr:
        literal = tree.arguments[-1]
        assert isinstance(literal, Literal)
        text = str(literal.value)
        match tree.function:
            case "duration":
                return self._keep(_duration(text))
            case "timestamp":
                return self._keep(datetime.fromisoformat(text))
            case _:
                searched = self.write(tree.arguments[0])
                found = _method(self._keep(_pattern(text)), "search", searched)
                return _compare(found, ast.IsNot(), ast.Constant(None))

    def _keep(self, value: Any) -> ast.expr:
        self.constants.append(value)
        return _item(_read("c"), len(self.constants) - 1)


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

# Step 3: what a tree of ours is made of, and nothing else.
_KNOWN_NODES = (
    *(ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.Tuple, ast.Call, ast.Load, ast.Store),
    *(ast.Compare, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.In, ast.Is, ast.IsNot),
    *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.IfExp),
    *(ast.GeneratorExp, ast.ListComp, ast.comprehension),
)
_KNOWN_NAMES = frozenset({"f", "m", "members", "c", *_HELPERS})
_KNOWN_ATTRIBUTES = frozenset({"startswith", "endswith", "search"})
_VARIABLE = re.compile(r"v[0-9]{1,3}\Z")

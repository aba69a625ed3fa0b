"""The most steps that an evaluation can take, known before it starts.

A step is one operation of the engine on one value, about a tenth of a microsecond. Sizes of lists are those
of the evidence at hand; comprehensions multiply, and nothing else in the language repeats.
"""

from collections.abc import Callable, Iterable, Mapping
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
    children,
)

_TEXT_STEP = 256  # characters that one step searches
_PATTERN_STEPS = 100  # compiling a regular expression
# filter() and map() copy the list that they have made so far for every member that they add to it; copying a
# member that is a record was measured at some 15 steps.
_RECORD_STEPS = 15


_SIZED = frozenset((list, tuple, dict))


class Sizes:
    """How large some facts are; measured when asked, for most expressions never ask."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self._facts = facts
        self._sizes: dict[str, int] = {}
        self._texts: dict[str, int] = {}
        self._values: dict[str, list[Any]] = {}
        self._members: dict[str, list[Any]] = {}
        self._everything: tuple[int, int] | None = None

    def size_of(self, path: str) -> int:
        """Give the most members that a list or map at ``path`` has (``findings``, ``findings.aliases``).

        An empty path is one that could not be told: the answer is the size of the largest of all.
        """
        if not path:
            return self._measure_everything()[0]
        if path not in self._sizes:
            sized = [value for value in self._at(path) if type(value) in _SIZED]
            self._sizes[path] = max(map(len, sized), default=0)
        return self._sizes[path]

    def longest_text(self, path: str = "") -> int:
        """Give the length of the longest text at ``path``, in lists there too; of all texts without one."""
        if not path:
            return self._measure_everything()[1]
        if path not in self._texts:
            values = self._at(path)
            length = len if values and all(type(value) is str for value in values) else _text_length
            self._texts[path] = max(map(length, values), default=0)
        return self._texts[path]

    def _at(self, path: str) -> list[Any]:
        """Give every value at a path; what is in lists on the way is gone through."""
        if path not in self._values:
            above, _, name = path.rpartition(".")
            parts = self._parts(above) if above else [self._facts]
            self._values[path] = [part[name] for part in parts if isinstance(part, dict) and name in part]
        return self._values[path]

    def _parts(self, path: str) -> list[Any]:
        """Give every value at a path, of lists their members."""
        if path not in self._members:
            self._members[path] = [part for value in self._at(path) for part in _members(value)]
        return self._members[path]

    def _measure_everything(self) -> tuple[int, int]:
        if self._everything is None:
            size, text = 0, 1
            waiting: list[Any] = list(self._facts.values())
            while waiting:
                value = waiting.pop()
                if isinstance(value, str):
                    text = max(text, len(value))
                elif isinstance(value, list | tuple):
                    size = max(size, len(value))
                    waiting.extend(value)
                elif isinstance(value, dict):
                    size = max(size, len(value))
                    waiting.extend(value.values())
            self._everything = (size, text)
        return self._everything


def _members(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else (value,)


def _text_length(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list | tuple):
        return max((len(one) for one in value if isinstance(one, str)), default=0)
    if isinstance(value, dict):
        return max((_text_length(one) for pair in value.items() for one in pair), default=0)
    return 0


Cost: TypeAlias = int | Callable[[Sizes], int]  # steps: a number, or one that depends on the evidence


def most_steps(tree: Node, sizes: Sizes, bound: Mapping[str, str] | None = None) -> int:
    """Bound the steps that evaluating ``tree`` once takes on evidence of these sizes.

    ``bound`` maps variables that stand for members of a list to the path of that list.
    """
    return steps_on(compile_cost(tree, bound), sizes)


def compile_cost(tree: Node, bound: Mapping[str, str] | None = None) -> Cost:
    """Give what ``most_steps`` works out of the tree alone, once, to be asked about evidence of any size."""
    return _Meter().steps(tree, bound or {})


def steps_on(cost: Cost, sizes: Sizes) -> int:
    """Say how many steps that is on evidence of these sizes."""
    return cost if isinstance(cost, int) else cost(sizes)


def paths_read(tree: Node, bound: Mapping[str, str] | None = None) -> frozenset[str]:
    """Give the paths of the facts that ``tree`` reads: ``image.user``, ``findings.severity``."""
    found: set[str] = set()
    _collect(tree, bound or {}, found)
    return frozenset(found)


def variables_of(tree: Node) -> frozenset[str]:
    """Give the variables that have to be there for ``tree`` to be evaluated."""
    match tree:
        case Name(name=name):
            return frozenset((name,))
        case Comprehension(source=source, variable=variable, body=body):
            inner = frozenset().union(*(variables_of(part) for part in body)) - {variable}
            return variables_of(source) | inner
        case _:
            return frozenset().union(*(variables_of(child) for child in children(tree)))


_Bound: TypeAlias = Mapping[str, str]  # variable of a comprehension -> path of the elements it stands for


def _path(tree: Node, bound: _Bound) -> str:
    """Give the path that a node names, or nothing where it is computed."""
    match tree:
        case Name(name=name):
            return bound.get(name, name)
        case Field(of=of, name=name):
            path = _path(of, bound)
            return f"{path}.{name}" if path else ""
        case Index(of=of):
            return _path(of, bound)
        case Comprehension(macro="filter", source=source):
            return _path(source, bound)
        case Comprehension(macro="map", source=source, variable=variable, body=body):
            return _path(body[-1], {**bound, variable: _path(source, bound)})
        case _:
            return ""


def _collect(tree: Node, bound: _Bound, found: set[str]) -> None:
    match tree:
        case Comprehension(source=source, variable=variable, body=body):
            _collect(source, bound, found)
            for part in body:
                _collect(part, {**bound, variable: _path(source, bound)}, found)
        case Name() | Field():
            path = _path(tree, bound)
            if path:
                found.add(path)
            start: Node = tree
            while isinstance(start, Field):
                start = start.of
            if not isinstance(start, Name):  # findings[size(packages)].severity
                _collect(start, bound, found)
        case _:
            for child in children(tree):
                _collect(child, bound, found)


class _Meter:
    """Builds costs; what does not depend on sizes is worked out at once."""

    def steps(self, tree: Node, bound: _Bound) -> Cost:
        if isinstance(tree, Comprehension):
            return self._comprehension_steps(tree, bound)
        own = self._call_steps(tree, bound) if isinstance(tree, Call) else 1
        return _sum(own, *(self.steps(child, bound) for child in children(tree)))

    def _comprehension_steps(self, tree: Comprehension, bound: _Bound) -> Cost:
        inner = {**bound, tree.variable: _path(tree.source, bound)}
        each = _sum(1, *(self.steps(part, inner) for part in tree.body))
        members = self._members(tree.source, bound)
        made: Cost = 0
        if tree.macro == "filter" or (tree.macro == "map" and isinstance(tree.body[-1], Name)):
            made = _each(members, lambda count: count * count * _RECORD_STEPS // 2)
        elif tree.macro == "map":
            made = _each(members, lambda count: count * count // 2)
        return _sum(self.steps(tree.source, bound), _product(members, each), made)

    def _call_steps(self, tree: Call, bound: _Bound) -> Cost:
        match tree.function:
            case "matches":
                return _sum(_PATTERN_STEPS, self._text_steps(tree, bound))
            case "contains" | "startsWith" | "endsWith" | "+":
                members = (self._members(part, bound) for part in tree.arguments)
                return _sum(self._text_steps(tree, bound), *members)
            case "==" | "!=" | "in":
                return _sum(1, *(self._members(part, bound) for part in tree.arguments))
            case _:
                return 1

    def _text_steps(self, tree: Call, bound: _Bound) -> Cost:
        longest = _most(*(self._text_length(part, bound) for part in tree.arguments))
        return _each(longest, lambda length: 1 + length // _TEXT_STEP)

    def _text_length(self, tree: Node, bound: _Bound) -> Cost:
        """Bound the length of a text; of what is computed, by that of all texts."""
        match tree:
            case Literal(value=value):
                return len(value) if isinstance(value, str) else 0
            case Name() | Field():
                path = _path(tree, bound)
                return lambda sizes: sizes.longest_text(path)
            case _:
                return Sizes.longest_text

    def _members(self, tree: Node, bound: _Bound) -> Cost:
        """Bound how many members a list-valued node has; 0 for what is no list."""
        match tree:
            case ListLiteral(members=members):
                return len(members)
            case Comprehension(source=source):
                return self._members(source, bound)
            case Call(function="+", arguments=arguments):
                return _sum(*(self._members(argument, bound) for argument in arguments))
            case Call(function="?:", arguments=(_, yes, no)):
                return _most(self._members(yes, bound), self._members(no, bound))
            case Name() | Field() | Index():
                path = _path(tree, bound)
                return lambda sizes: sizes.size_of(path)
            case _:
                return 0


def _sum(*costs: Cost) -> Cost:
    fixed = sum(cost for cost in costs if isinstance(cost, int))
    varying = [cost for cost in costs if not isinstance(cost, int)]
    match varying:
        case []:
            return fixed
        case [only]:
            return only if not fixed else lambda sizes: fixed + only(sizes)
        case [one, other]:
            return lambda sizes: fixed + one(sizes) + other(sizes)
        case _:
            return lambda sizes: fixed + sum([cost(sizes) for cost in varying])


def _product(left: Cost, right: Cost) -> Cost:
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    return lambda sizes: steps_on(left, sizes) * steps_on(right, sizes)


def _most(*costs: Cost) -> Cost:
    fixed = max((cost for cost in costs if isinstance(cost, int)), default=0)
    varying = [cost for cost in costs if not isinstance(cost, int)]
    return (lambda sizes: max(fixed, *(cost(sizes) for cost in varying))) if varying else fixed


def _each(cost: Cost, of: Callable[[int], int]) -> Cost:
    return of(cost) if isinstance(cost, int) else lambda sizes: of(cost(sizes))

"""Types of expressions: what each part gives, and why it cannot stand where it does."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from lading.policy.evidence_types import (
    BOOL,
    DURATION,
    DYN,
    INT,
    NULL,
    STRING,
    TIMESTAMP,
    CelType,
    ListOf,
    MapOf,
    Nullable,
    Record,
    Scalar,
    show_type,
)
from lading.policy.expressions.tree import (
    Call,
    Comprehension,
    ExpressionError,
    Field,
    Index,
    ListLiteral,
    Literal,
    Name,
    Node,
)

Scope: TypeAlias = Mapping[str, CelType]

MAX_PATTERN = 200  # characters of a regular expression
MAX_REPEATS = 100  # all counted repetitions of a pattern multiplied: they are unrolled by the engine
_DURATION = re.compile(r"-?(?:[0-9]{1,7}(?:h|m|s))+\Z")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")
_COUNTED = re.compile(r"\{([0-9]*),?([0-9]*)\}")
_TEXT_TESTS = frozenset(("contains", "startsWith", "endsWith", "matches"))


def check(tree: Node, scope: Scope, words: Record) -> CelType:
    """Give the type of ``tree``, whose variables are ``scope``; raise ExpressionError where it has none.

    ``words`` is the record whose fields the outermost variables are, so that texts that a field can never
    hold are refused.
    """
    return _Checker(words).of(tree, scope)


def nearest(name: str, known: Iterable[str]) -> str:
    """Give a hint that names the closest of the known names, or all of them where there are few."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known are {', '.join(names)}" if 0 < len(names) <= 20 else ""


class _Checker:
    def __init__(self, whole: Record) -> None:
        self._whole = whole

    def of(self, tree: Node, scope: Scope) -> CelType:
        match tree:
            case Literal(value=value):
                return _literal(value)
            case Name(name=name, at=at):
                if name not in scope:
                    raise ExpressionError(f"there is no variable {name!r}", at, nearest(name, scope))
                return scope[name]
            case Field():
                return self._field(tree, scope)
            case Index():
                return self._index(tree, scope)
            case ListLiteral(members=members, at=at):
                return ListOf(self._common([self.of(member, scope) for member in members], at))
            case Comprehension():
                return self._comprehension(tree, scope)
            case Call():
                return self._call(tree, scope)

    def _field(self, tree: Field, scope: Scope) -> CelType:
        of = self.of(tree.of, scope)
        if isinstance(of, MapOf):
            return BOOL if tree.tested else of.value
        if not isinstance(of, Record):
            hint = (
                "go through its elements with exists(), all() or filter()" if isinstance(of, ListOf) else ""
            )
            raise ExpressionError(f"{show_type(of)} has no field {tree.name!r}", tree.at, hint)
        if tree.name not in of.fields:
            raise ExpressionError(
                f"{of.name} has no field {tree.name!r}", tree.at, nearest(tree.name, of.fields)
            )
        return BOOL if tree.tested else of.fields[tree.name]

    def _index(self, tree: Index, scope: Scope) -> CelType:
        of, key = self.of(tree.of, scope), self.of(tree.key, scope)
        if isinstance(of, MapOf) and key is STRING:
            return of.value
        if isinstance(of, ListOf) and key is INT:
            return of.element
        raise ExpressionError(f"{show_type(of)} cannot be asked for the member {show_type(key)}", tree.at)

    def _common(self, members: list[CelType], at: int) -> CelType:
        if not members:
            return DYN
        if any(member != members[0] for member in members):
            raise ExpressionError("the members of a list have one type", at)
        return members[0]

    def _comprehension(self, tree: Comprehension, scope: Scope) -> CelType:
        source = self.of(tree.source, scope)
        if isinstance(source, MapOf) and tree.macro in {"all", "exists", "exists_one"}:
            element: CelType = STRING  # lists made from a map would have no certain order
        elif isinstance(source, ListOf):
            element = source.element
        else:
            raise ExpressionError(f"{tree.macro}() needs a list, not {show_type(source)}", tree.at)
        if tree.variable in scope:
            raise ExpressionError(f"the variable {tree.variable!r} is taken", tree.at, "choose another name")
        results = [self.of(part, {**scope, tree.variable: element}) for part in tree.body]
        conditions = results[:-1] if tree.macro == "map" else results
        for condition in conditions:
            if condition is not BOOL:
                raise ExpressionError(
                    f"{tree.macro}() needs a condition, not {show_type(condition)}", tree.at
                )
        match tree.macro:
            case "filter":
                return ListOf(element)
            case "map":
                return ListOf(results[-1])
            case _:
                return BOOL

    def _call(self, tree: Call, scope: Scope) -> CelType:
        given = [self.of(argument, scope) for argument in tree.arguments]
        rule = _FUNCTIONS.get((tree.function, tree.method))
        if rule is None:
            known = [name for name, method in _FUNCTIONS if method == tree.method and name.isidentifier()]
            kind = "method" if tree.method else "function"
            raise ExpressionError(
                f"there is no {kind} {tree.function!r}", tree.at, nearest(tree.function, known)
            )
        if tree.function in {"==", "!=", "in"}:
            self._refuse_impossible_words(tree, scope)
        if tree.function in {"matches", "duration", "timestamp"}:
            _check_written_out(tree)
        result = rule(given)
        if result is None:
            shown = ", ".join(show_type(of) for of in given)
            raise ExpressionError(f"{tree.function!r} does not take {shown or 'nothing'}", tree.at)
        return result

    def _refuse_impossible_words(self, tree: Call, scope: Scope) -> None:
        """Refuse ``f.severity == "hihg"``: it would be false for ever."""
        for field, others in (
            (tree.arguments[0], tree.arguments[1:]),
            (tree.arguments[1], tree.arguments[:1]),
        ):
            words = self._words_of(field, scope)
            if not words:
                continue
            for other in others:
                literals = other.members if isinstance(other, ListLiteral) else (other,)
                for literal in literals:
                    if isinstance(literal, Literal) and literal.value not in words:
                        raise ExpressionError(
                            f"it is never {literal.value!r}", literal.at, nearest(str(literal.value), words)
                        )

    def _words_of(self, tree: Node, scope: Scope) -> tuple[str, ...]:
        if isinstance(tree, Name) and scope.get(tree.name) == self._whole.fields.get(tree.name):
            return self._whole.words.get(tree.name, ())
        if isinstance(tree, Field) and not tree.tested:
            of = self.of(tree.of, scope)
            return of.words.get(tree.name, ()) if isinstance(of, Record) else ()
        return ()


def _literal(value: bool | int | str | None) -> CelType:
    match value:
        case None:
            return NULL
        case bool():
            return BOOL
        case int():
            return INT
        case str():
            return STRING


def _check_written_out(tree: Call) -> None:
    """Patterns and moments are written out, so that they can be checked and bounded when a policy is read."""
    written = tree.arguments[-1] if tree.arguments else None
    if not isinstance(written, Literal) or not isinstance(written.value, str):
        raise ExpressionError(f"{tree.function}() takes a text that is written out", tree.at)
    match tree.function:
        case "duration":
            if not _DURATION.match(written.value):
                raise ExpressionError("a duration is written 36h, 90m or 1h30m", written.at)
        case "timestamp":
            if not _MOMENT.match(written.value):
                raise ExpressionError("a moment is written 2026-01-31T00:00:00Z", written.at)
        case _:
            _check_pattern(written.value, written.at)


def _check_pattern(pattern: str, at: int) -> None:
    """Accept what RE2 and Python's engine read alike, and what the engine can unroll cheaply."""
    if len(pattern) > MAX_PATTERN:
        raise ExpressionError(f"a pattern has at most {MAX_PATTERN} characters", at)
    if re.search(r"\(\?[^:i]|\\[1-9AbBZpPkg]", pattern):
        raise ExpressionError("look-around, back-references and \\p classes are not in the language", at)
    repeats = 1
    for low, high in _COUNTED.findall(pattern):
        repeats *= max(int(low or 0), int(high or 0), 1)
    if repeats > MAX_REPEATS:
        raise ExpressionError(f"counted repetitions multiply to more than {MAX_REPEATS}", at)
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ExpressionError(f"the pattern cannot be read: {error}", at) from error


def _plain(of: CelType) -> CelType:
    """A value that may be null stands where its type may: null there makes the verdict undetermined."""
    return of.of if isinstance(of, Nullable) else of


def _joined(left: CelType, right: CelType) -> CelType | None:
    """Give the type that both have; an empty list is a list of anything."""
    left, right = _plain(left), _plain(right)
    if isinstance(left, ListOf) and isinstance(right, ListOf) and DYN in (left.element, right.element):
        return right if left.element is DYN else left
    return left if left == right else None


def _equal(given: list[CelType]) -> CelType | None:
    left, right = given
    if NULL in given:
        other = left if right is NULL else right
        return BOOL if other is NULL or isinstance(other, Nullable) else None
    comparable = isinstance(_plain(left), Scalar) or isinstance(left, ListOf)
    return BOOL if comparable and _joined(left, right) is not None else None


def _ordered(given: list[CelType]) -> CelType | None:
    left, right = map(_plain, given)
    return BOOL if left == right and left in {INT, STRING, TIMESTAMP, DURATION} else None


def _in(given: list[CelType]) -> CelType | None:
    member, of = given
    if isinstance(of, MapOf):
        return BOOL if member is STRING else None
    return BOOL if isinstance(of, ListOf) and of.element in (member, DYN) else None


def _add(given: list[CelType]) -> CelType | None:
    left, right = map(_plain, given)
    if isinstance(left, ListOf) or left in {INT, STRING, DURATION}:
        if (both := _joined(left, right)) is not None:
            return both
        return TIMESTAMP if (left, right) == (DURATION, TIMESTAMP) else None
    return TIMESTAMP if (left, right) == (TIMESTAMP, DURATION) else None


def _subtract(given: list[CelType]) -> CelType | None:
    results: dict[tuple[CelType, ...], CelType] = {
        (INT, INT): INT,
        (TIMESTAMP, TIMESTAMP): DURATION,
        (TIMESTAMP, DURATION): TIMESTAMP,
        (DURATION, DURATION): DURATION,
    }
    return results.get(tuple(map(_plain, given)))


def _choose(given: list[CelType]) -> CelType | None:
    condition, yes, no = given
    return _joined(yes, no) if condition is BOOL else None


def _takes(wanted: tuple[CelType, ...], result: CelType) -> Callable[[list[CelType]], CelType | None]:
    return lambda given: result if tuple(map(_plain, given)) == wanted else None


def _size(given: list[CelType]) -> CelType | None:
    # Not of texts: engines count bytes, UTF-16 units or code points.
    return INT if len(given) == 1 and isinstance(given[0], ListOf | MapOf) else None


_FUNCTIONS: Mapping[tuple[str, bool], Callable[[list[CelType]], CelType | None]] = {
    ("&&", False): _takes((BOOL, BOOL), BOOL),
    ("||", False): _takes((BOOL, BOOL), BOOL),
    ("!", False): _takes((BOOL,), BOOL),
    ("?:", False): _choose,
    ("==", False): _equal,
    ("!=", False): _equal,
    ("<", False): _ordered,
    ("<=", False): _ordered,
    (">", False): _ordered,
    (">=", False): _ordered,
    ("in", False): _in,
    ("+", False): _add,
    ("-", False): _subtract,
    ("-_", False): _takes((INT,), INT),
    ("*", False): _takes((INT, INT), INT),
    ("/", False): _takes((INT, INT), INT),
    ("%", False): _takes((INT, INT), INT),
    ("size", False): _size,
    ("size", True): _size,
    ("duration", False): _takes((STRING,), DURATION),
    ("timestamp", False): _takes((STRING,), TIMESTAMP),
    **{(name, True): _takes((STRING, STRING), BOOL) for name in sorted(_TEXT_TESTS)},
}

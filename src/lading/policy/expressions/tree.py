"""The syntax tree of an expression. ``at`` is the offset of a node's first character in its text."""

from dataclasses import dataclass
from typing import TypeAlias


class ExpressionError(Exception):
    """An expression that cannot be accepted: what is wrong, and the offset where.

    It never leaves this package's callers: a policy file turns it into Malformed with its file and line.
    """

    def __init__(self, message: str, at: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written out."""

    value: bool | int | str | None
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Field:
    """``of.name``; ``tested`` inside ``has(of.name)``."""

    of: "Node"
    name: str
    at: int
    tested: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """``of[key]``."""

    of: "Node"
    key: "Node"
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """An operator (``&&``, ``?:``), a function or a method; the target of a method is the first argument."""

    function: str
    arguments: tuple["Node", ...]
    at: int
    method: bool = False


@dataclass(frozen=True, slots=True)
class ListLiteral:
    """``[a, b]``."""

    members: tuple["Node", ...]
    at: int


@dataclass(frozen=True, slots=True)
class Comprehension:
    """``source.macro(variable, body)``; ``body`` has two parts for the three-argument map."""

    macro: str
    source: "Node"
    variable: str
    body: tuple["Node", ...]
    at: int


Node: TypeAlias = Literal | Name | Field | Index | Call | ListLiteral | Comprehension


def children(node: Node) -> tuple[Node, ...]:
    """Give the nodes directly below."""
    match node:
        case Literal() | Name():
            return ()
        case Field(of=of):
            return (of,)
        case Index(of=of, key=key):
            return (of, key)
        case Call(arguments=arguments):
            return arguments
        case ListLiteral(members=members):
            return members
        case Comprehension(source=source, body=body):
            return (source, *body)

"""The types of evidence, read off the evidence value: what policy files are checked against.

Types are those of CEL as far as evidence has them. ``DYN`` is a value whose type is not known before it is
there, ``NULL`` the type of null; both are only met inside expressions.
"""

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeAlias

from lading.policy.evidence import Evidence


class Scalar(Enum):
    """A type without parts."""

    BOOL = "bool"
    INT = "int"
    STRING = "string"
    TIMESTAMP = "timestamp"
    DURATION = "duration"
    NULL = "null"
    DYN = "dyn"


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; every element has the same type."""

    element: "CelType"


@dataclass(frozen=True, slots=True)
class MapOf:
    """A map from text."""

    value: "CelType"


@dataclass(frozen=True, slots=True)
class Nullable:
    """A value that may be null."""

    of: Scalar


@dataclass(frozen=True, slots=True)
class Record:
    """A value with named fields; ``words`` lists, by field, the only texts that it can hold."""

    name: str
    fields: Mapping[str, "CelType"]
    words: Mapping[str, tuple[str, ...]]
    docs: Mapping[str, str]

    def __hash__(self) -> int:
        return hash(self.name)


CelType: TypeAlias = Scalar | ListOf | MapOf | Nullable | Record

BOOL, INT, STRING = Scalar.BOOL, Scalar.INT, Scalar.STRING
TIMESTAMP, DURATION, NULL, DYN = Scalar.TIMESTAMP, Scalar.DURATION, Scalar.NULL, Scalar.DYN

_SCALARS: Mapping[type, Scalar] = {bool: BOOL, int: INT, str: STRING, datetime: TIMESTAMP}


@cache
def evidence_record() -> Record:
    """Give the type of the whole evidence: its fields are the variables of a rule."""
    whole = _record(Evidence)
    fields = {**whole.fields, "undetermined": MapOf(STRING), "now": TIMESTAMP}
    docs = {**whole.docs, "now": "The moment of asking."}
    return Record("evidence", fields, whole.words, docs)


def show_type(of: CelType) -> str:
    """Write a type for people."""
    match of:
        case Scalar():
            return of.value
        case ListOf(element):
            return f"list of {show_type(element)}"
        case MapOf(value):
            return f"map from string to {show_type(value)}"
        case Nullable(inner):
            return f"{inner.value} or null"
        case Record(name=name):
            return name


def _record(source: type) -> Record:
    hints = typing.get_type_hints(source, include_extras=True)
    fields: dict[str, CelType] = {}
    words: dict[str, tuple[str, ...]] = {}
    docs: dict[str, str] = {}
    for member in dataclasses.fields(source):
        hint = hints[member.name]
        if typing.get_origin(hint) is typing.Annotated:
            hint, docs[member.name] = typing.get_args(hint)[:2]
        fields[member.name] = _type(hint)
        if isinstance(hint, type) and issubclass(hint, Enum):
            words[member.name] = tuple(str(word.value) for word in hint)
    return Record(source.__name__, fields, words, docs)


def _type(hint: Any) -> CelType:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return ListOf(_type(arguments[0]))
    if origin is Mapping:
        return MapOf(_type(arguments[1]))
    if origin in (typing.Union, types.UnionType):
        return Nullable(_SCALARS[next(part for part in arguments if part is not types.NoneType)])
    if dataclasses.is_dataclass(hint):
        return _record(typing.cast("type", hint))
    if issubclass(hint, Enum):
        return STRING
    return _SCALARS[hint]

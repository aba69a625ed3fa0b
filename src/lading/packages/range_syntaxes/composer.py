"""Constraints of Composer (getcomposer.org, "Versions and constraints"): ``^1.2 || 2.0 - 2.3, !=2.2``."""

import re
from functools import partial
from typing import NamedTuple

from lading.packages.version_range import Contains, RangeSyntax
from lading.packages.version_schemes.composer import COMPOSER

_WILDCARD = re.compile(r"v?(?P<numbers>[0-9]+(?:\.[0-9]+)*)?\.?(?:[xX*](?:\.[xX*])*)")
_CLAUSE = re.compile(r"(?P<operator>\^|~|<=|>=|<>|!=|==|<|>|=)?\s*(?P<version>v?[0-9][^\s,|]*)")
_NUMBERS = re.compile(r"v?(?P<numbers>[0-9]+(?:\.[0-9]+){0,3})(?P<rest>.*)")
_HYPHEN = re.compile(r"(?P<low>\S+)\s+-\s+(?P<high>\S+)")
_SPLIT = re.compile(r"\s*\|\|?\s*")


class _Interval(NamedTuple):
    """Keys from ``low`` to ``high``; None is without end. Each end is in it or not."""

    low: bytes
    high: bytes | None
    with_low: bool = True
    with_high: bool = False


_ALL = _Interval(b"", None)


def parse(text: str) -> Contains | None:
    """Read a constraint. A "version" with wildcards is in it where the two have a version in common."""
    alternatives = [_conjunction(part.strip()) for part in _SPLIT.split(text.strip())]
    known = [each for each in alternatives if each is not None]
    return partial(_contains, known) if len(known) == len(alternatives) else None


COMPOSER_CONSTRAINTS = RangeSyntax(name="composer", rules="Composer constraints", parse=parse)


def _contains(alternatives: list[list[list[_Interval]]], version: str) -> bool | None:
    wildcard = _WILDCARD.fullmatch(version.strip())
    key = COMPOSER.key(version)
    if wildcard:
        wanted = _of_wildcard(wildcard)
    elif key is None:
        return None
    else:
        wanted = _Interval(key, key, with_high=True)
    return any(
        all(any(_meet(wanted, interval) for interval in clause) for clause in alternative)
        for alternative in alternatives
    )


def _meet(one: _Interval, other: _Interval) -> bool:
    return _begins_before_end(one, other) and _begins_before_end(other, one)


def _begins_before_end(one: _Interval, other: _Interval) -> bool:
    if other.high is None or one.low < other.high:
        return True
    return one.low == other.high and one.with_low and other.with_high


def _conjunction(text: str) -> list[list[_Interval]] | None:
    """Each clause as the intervals it stands for; all must hold."""
    clauses: list[list[_Interval]] = []
    for part in text.split(","):
        found = _clauses(part.strip())
        if found is None:
            return None
        clauses += found
    return clauses


def _clauses(text: str) -> list[list[_Interval]] | None:
    hyphen = _HYPHEN.fullmatch(text)
    if hyphen:
        low, high = _key(hyphen["low"], least=True), _upper(hyphen["high"])
        return [[_Interval(low, None)], [high]] if low is not None and high else None
    clauses: list[list[_Interval]] = []
    at = 0
    while at < len(text):
        wildcard = _WILDCARD.match(text, at)
        clause = None if wildcard else _CLAUSE.match(text, at)
        found = wildcard or clause
        if found is None:
            return None
        intervals = (
            [_of_wildcard(wildcard)] if wildcard else _of_clause(found["operator"] or "=", found["version"])
        )
        if intervals is None:
            return None
        clauses.append(intervals)
        at = found.end()
        while at < len(text) and text[at] in " \t":
            at += 1
    return clauses


def _of_wildcard(found: re.Match[str]) -> _Interval:
    numbers = found["numbers"]
    return _between(numbers, _bump(numbers.split("."), -1)) if numbers else _ALL


def _between(low: str, high: str) -> _Interval:
    """From the first development version of the one to before that of the other."""
    return _Interval(_key(low, least=True) or b"", _key(high, least=True))


def _of_clause(operator: str, version: str) -> list[_Interval] | None:
    found = _NUMBERS.fullmatch(version)
    key, least = _key(version), _key(version, least=True)
    if found is None or key is None or least is None:
        return None
    numbers = found["numbers"].split(".")
    match operator:
        case "^":
            first = next((at for at, number in enumerate(numbers) if number.strip("0")), len(numbers) - 1)
            return [_Interval(least, _key(_bump(numbers, first), least=True))]
        case "~":
            return [_Interval(least, _key(_bump(numbers, max(len(numbers) - 2, 0)), least=True))]
        case ">=":
            return [_Interval(least, None)]
        case ">":
            return [_Interval(key, None, with_low=False)]
        case "<":
            return [_Interval(b"", least)]
        case "<=":
            return [_Interval(b"", key, with_high=True)]
        case "!=" | "<>":
            return [_Interval(b"", key), _Interval(key, None, with_low=False)]
        case _:
            return [_Interval(key, key, with_high=True)]


def _upper(version: str) -> _Interval | None:
    """The end of "1.0 - 2.0": a partial version is all that begins with it."""
    found = _NUMBERS.fullmatch(version)
    if found and not found["rest"] and found["numbers"].count(".") < 2:
        return _Interval(b"", _key(_bump(found["numbers"].split("."), -1), least=True))
    key = _key(version)
    return None if key is None else _Interval(b"", key, with_high=True)


def _bump(numbers: list[str], at: int) -> str:
    """Raise one of the numbers by one, and leave out what comes after it."""
    end = len(numbers) + at if at < 0 else at
    return ".".join([*numbers[:end], str(int(numbers[end]) + 1)])


def _key(version: str, *, least: bool = False) -> bytes | None:
    """The key; of a version that names no stability, that of its first development version."""
    found = _NUMBERS.fullmatch(version.partition("+")[0])
    return COMPOSER.key(f"{found['numbers']}-dev" if found and least and not found["rest"] else version)

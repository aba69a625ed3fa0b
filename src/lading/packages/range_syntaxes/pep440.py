"""Version specifiers of Python (PEP 440, "Version specifiers"): ``>=2.0, !=2.5.*, <3``."""

import re
from collections.abc import Callable
from functools import partial

from lading.packages.version_range import Contains, RangeSyntax
from lading.packages.version_schemes.pep440 import PEP440

_CLAUSE = re.compile(r"\s*(?P<operator>===|~=|==|!=|<=|>=|<|>)\s*(?P<version>[^\s,]+)\s*")
_BASE = re.compile(r"\s*v?(?:(?P<epoch>[0-9]+)!)?(?P<release>[0-9]+(?:\.[0-9]+)*)(?P<rest>.*)", re.IGNORECASE)
_POST = re.compile(r"(?:-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)", re.IGNORECASE)
_PRE = re.compile(
    r"[-_.]?(?:alpha|a|beta|b|preview|pre|c|rc)[-_.]?[0-9]*|[-_.]?dev[-_.]?[0-9]*", re.IGNORECASE
)


def parse(text: str) -> Contains | None:
    """Read a set of clauses that must all hold; pre-releases are compared like any other version."""
    tests: list[Callable[[str], bool]] = []
    for clause in text.split(","):
        found = _CLAUSE.fullmatch(clause)
        test = _test(found["operator"], found["version"]) if found else None
        if test is None:
            return None
        tests.append(test)
    return partial(_contains, tests)


PEP440_SPECIFIERS = RangeSyntax(name="pep440", rules="PEP 440", parse=parse)


def _contains(tests: list[Callable[[str], bool]], version: str) -> bool | None:
    return None if PEP440.key(version) is None else all(test(version) for test in tests)


def _test(operator: str, bound: str) -> Callable[[str], bool] | None:
    if operator == "===":
        return lambda version: version.strip().lower() == bound.lower()
    if operator in ("==", "!=") and bound.endswith(".*"):
        prefix = _base(bound.removesuffix(".*"))
        if prefix is None:
            return None
        wanted = operator == "=="
        return lambda version: _begins_with(version, prefix) is wanted
    key = PEP440.key(bound)
    if key is None:
        return None
    if operator == "~=":
        epoch, release = _base(bound) or (0, [])
        if len(release) < 2:
            return None
        return lambda version: _key(_public(version)) >= key and _begins_with(version, (epoch, release[:-1]))
    return partial(_holds, operator, bound, key)


def _holds(operator: str, bound: str, key: bytes, version: str) -> bool:
    public = _key(_public(version))
    exact = _key(version) if "+" in bound else public
    match operator:
        case "==":
            return exact == key
        case "!=":
            return exact != key
        case "<=":
            return public <= key
        case ">=":
            return public >= key
        case "<":
            # What comes before 2 is not 2's own release candidate.
            return public < key and not (
                _is_before_release(version) and _same_base(version, bound) and not _is_before_release(bound)
            )
        case _:
            # What comes after 2 is neither 2's own post-release nor its local build.
            return public > key and not (
                _is_post(version) and _same_base(version, bound) and not _is_post(bound)
            )


def _key(version: str) -> bytes:
    return PEP440.key(version) or b""


def _public(version: str) -> str:
    return version.partition("+")[0]


def _base(version: str) -> tuple[int, list[int]] | None:
    found = _BASE.fullmatch(version)
    if found is None:
        return None
    return int(found["epoch"] or 0), [int(part) for part in found["release"].split(".")]


def _begins_with(version: str, prefix: tuple[int, list[int]]) -> bool:
    epoch, release = _base(version) or (-1, [])
    padded = release + [0] * (len(prefix[1]) - len(release))
    return epoch == prefix[0] and padded[: len(prefix[1])] == prefix[1]


def _same_base(one: str, other: str) -> bool:
    def trimmed(version: str) -> tuple[int, list[int]]:
        epoch, release = _base(version) or (-1, [])
        while len(release) > 1 and release[-1] == 0:
            release = release[:-1]
        return epoch, release

    return trimmed(one) == trimmed(other)


def _rest(version: str) -> str:
    found = _BASE.fullmatch(_public(version).strip())
    return found["rest"] if found else ""


def _is_post(version: str) -> bool:
    rest = _PRE.sub("", _rest(version), count=1) if not _POST.match(_rest(version)) else _rest(version)
    return bool(_POST.match(rest))


def _is_before_release(version: str) -> bool:
    return bool(_PRE.search(_rest(version)))

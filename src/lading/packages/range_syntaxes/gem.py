"""Requirements of RubyGems (Gem::Requirement): ``~> 1.4, != 1.4.7``."""

import re
from functools import partial

from lading.packages.version_range import Contains, RangeSyntax
from lading.packages.version_schemes.gem import GEM

_CLAUSE = re.compile(r"\s*(?P<operator>~>|!=|<=|>=|<|>|=)?\s*(?P<version>[0-9][0-9A-Za-z.-]*)\s*")
_LETTERS = re.compile(r"[A-Za-z]")


def parse(text: str) -> Contains | None:
    """Read clauses that must all hold."""
    clauses = [_CLAUSE.fullmatch(clause) for clause in text.split(",")]
    known = [(found["operator"] or "=", found["version"]) for found in clauses if found]
    if len(known) != len(clauses) or any(_key(version) is None for _, version in known):
        return None
    return partial(_contains, known)


GEM_REQUIREMENTS = RangeSyntax(name="gem", rules="Gem::Requirement", parse=parse)


def _contains(clauses: list[tuple[str, str]], version: str) -> bool | None:
    key = _key(version.strip())
    if key is None:
        return None
    return all(_holds(operator, key, version.strip(), bound) for operator, bound in clauses)


def _holds(operator: str, key: bytes, version: str, bound: str) -> bool:
    other = _key(bound) or b""
    match operator:
        case "=":
            return key == other
        case "!=":
            return key != other
        case "<":
            return key < other
        case "<=":
            return key <= other
        case ">":
            return key > other
        case ">=":
            return key >= other
        case _:
            return key >= other and _order(_release(version)) < _order(_bump(bound))


def _key(version: str) -> bytes | None:
    return GEM.key(version) if version else GEM.order_key("")  # no version at all is 0


def _order(version: str) -> bytes:
    return _key(version) or b""


def _release(version: str) -> str:
    """The version without its pre-release."""
    parts = version.replace("-", ".pre.").split(".")
    first = next((at for at, part in enumerate(parts) if _LETTERS.search(part)), len(parts))
    return ".".join(parts[:first])


def _bump(version: str) -> str:
    """The next version of one number less: 1.4.4 → 1.5."""
    numbers = [int(part) for part in _release(version).split(".") if part.isdigit()]
    if len(numbers) > 1:
        numbers.pop()
    numbers[-1] += 1
    return ".".join(map(str, numbers))

"""Every way to write sets of versions, and which one the packages of a type follow."""

import re
from functools import partial

from lading.packages.all_version_schemes import SCHEME_OF_TYPE
from lading.packages.range_syntaxes.composer import COMPOSER_CONSTRAINTS
from lading.packages.range_syntaxes.gem import GEM_REQUIREMENTS
from lading.packages.range_syntaxes.npm import NPM
from lading.packages.range_syntaxes.pep440 import PEP440_SPECIFIERS
from lading.packages.version_range import MAX_RANGE, Contains, RangeSyntax
from lading.packages.version_scheme import VersionScheme

ALL_RANGE_SYNTAXES: tuple[RangeSyntax, ...] = (
    COMPOSER_CONSTRAINTS,
    GEM_REQUIREMENTS,
    NPM,
    PEP440_SPECIFIERS,
)
_OF_TYPE = {
    "cargo": NPM,
    "composer": COMPOSER_CONSTRAINTS,
    "gem": GEM_REQUIREMENTS,
    "npm": NPM,
    "pypi": PEP440_SPECIFIERS,
}
_CLAUSE = re.compile(r"\s*(?P<operator><=|>=|!=|==?|<|>)\s*(?P<version>[^\s,<>=|]+)\s*,?")


def parse_range(package_type: str, text: str) -> Contains | None:
    """Read a set of versions as packages of a type have it; None for what is no set of versions.

    Types without a syntax of their own have comparisons that must all hold (">= 1.1, < 2"), and alternatives
    between ``|``, as in the VERS specification.
    """
    if len(text) > MAX_RANGE:
        return None
    syntax = _OF_TYPE.get(package_type)
    if syntax is not None and (found := syntax.parse(text)):
        return found
    scheme = SCHEME_OF_TYPE.get(package_type)
    return _comparisons(text, scheme) if scheme else None


def _comparisons(text: str, scheme: VersionScheme) -> Contains | None:
    clauses: list[tuple[str, bytes]] = []
    at = 0
    while at < len(text):
        found = _CLAUSE.match(text, at)
        bound = scheme.key(found["version"]) if found else None
        if found is None or bound is None:
            return None
        clauses.append((found["operator"], bound))
        at = found.end()
    return partial(_holds, scheme, clauses) if clauses else None


def _holds(scheme: VersionScheme, clauses: list[tuple[str, bytes]], version: str) -> bool | None:
    key = scheme.key(version)
    if key is None:
        return None
    tests = {
        "<": lambda bound: key < bound,
        "<=": lambda bound: key <= bound,
        ">": lambda bound: key > bound,
        ">=": lambda bound: key >= bound,
        "!=": lambda bound: key != bound,
    }
    return all(tests.get(operator, key.__eq__)(bound) for operator, bound in clauses)

"""Ranges of npm (node-semver, "Ranges"): ``^1.2.3 || 2.x || >=3.0.0 <3.2``."""

import re
from functools import partial

from lading.packages.version_range import Contains, RangeSyntax
from lading.packages.version_schemes.semver import SEMVER

_PART = r"(?:0|[1-9][0-9]*|[xX*])"
_PARTIAL = re.compile(
    rf"[v=\s]*(?P<major>{_PART})(?:\.(?P<minor>{_PART})(?:\.(?P<patch>{_PART})"
    r"(?:-?(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]*)?)?)?"
)
_SIMPLE = re.compile(rf"(?P<operator>[<>]=?|=|\^|~>?)?\s*(?P<partial>{_PARTIAL.pattern})")
_HYPHEN = re.compile(r"(?P<low>\S+)\s+-\s+(?P<high>\S+)")
_VERSION = re.compile(r"[v=\s]*(?P<core>[0-9]+\.[0-9]+\.[0-9]+)(?:-?(?P<pre>[0-9A-Za-z-][0-9A-Za-z.-]*))?.*")

_Comparator = tuple[str, str]  # an operator, and a whole version
_NOTHING: _Comparator = ("<", "0.0.0-0")


def parse(text: str, *, pre_releases: bool = False) -> Contains | None:
    """Read a range. Pre-releases are in it only by the rule below, unless all of them are wanted.

    The rule: of a version that is named with a pre-release tag, later ones of the same version are in it.
    """
    alternatives = [_comparators(part.strip(), pre_releases) for part in text.split("||")]
    known = [each for each in alternatives if each is not None]
    if len(known) != len(alternatives):
        return None
    return partial(_contains, known, pre_releases=pre_releases)


NPM = RangeSyntax(name="npm", rules="node-semver", parse=parse)


def _contains(alternatives: list[list[_Comparator]], text: str, *, pre_releases: bool) -> bool | None:
    version = _VERSION.fullmatch(text)
    if version is None:
        return None
    whole = f"{version['core']}-{version['pre']}" if version["pre"] else version["core"]
    key = SEMVER.key(whole)
    if key is None:
        return None
    for comparators in alternatives:
        if not all(_holds(key, each) for each in comparators):
            continue
        named = any(
            bound.startswith(f"{version['core']}-") and not bound.endswith("-0") for _, bound in comparators
        )
        if pre_releases or not version["pre"] or named:
            return True
    return False


def _holds(key: bytes, comparator: _Comparator) -> bool:
    operator, version = comparator
    bound = SEMVER.key(version) or b""
    match operator:
        case ">":
            return key > bound
        case ">=":
            return key >= bound
        case "<":
            return key < bound
        case "<=":
            return key <= bound
        case _:
            return key == bound


def _comparators(text: str, pre_releases: bool) -> list[_Comparator] | None:
    hyphen = _HYPHEN.fullmatch(text)
    if hyphen:
        low, high = _PARTIAL.fullmatch(hyphen["low"]), _PARTIAL.fullmatch(hyphen["high"])
        return [*_from(low, pre_releases), *_up_to(high, pre_releases)] if low and high else None
    found: list[_Comparator] = []
    at = 0
    while at < len(text):
        simple = _SIMPLE.match(text, at)
        if simple is None or (simple.end() < len(text) and not text[simple.end()].isspace()):
            return None
        bounds = _PARTIAL.fullmatch(simple["partial"])
        assert bounds is not None  # it is the same expression
        found += _desugar(simple["operator"] or "", bounds, pre_releases)
        at = simple.end() + len(text[simple.end() :]) - len(text[simple.end() :].lstrip())
    return found


def _is_open(part: str | None) -> bool:
    return part is None or part in "xX*"


def _next(bounds: re.Match[str], *, minor: bool) -> str:
    """The first version after those that a partial one stands for."""
    if minor:
        return f"{bounds['major']}.{int(bounds['minor']) + 1}.0-0"
    return f"{int(bounds['major']) + 1}.0.0-0"


def _whole(bounds: re.Match[str]) -> str:
    pre = f"-{bounds['pre']}" if bounds["pre"] else ""
    return f"{bounds['major']}.{bounds['minor']}.{bounds['patch']}{pre}"


def _from(bounds: re.Match[str], pre_releases: bool) -> list[_Comparator]:
    """``>=`` of a version that may be partial."""
    zero = "-0" if pre_releases else ""
    if _is_open(bounds["major"]):
        return []
    if _is_open(bounds["minor"]):
        return [(">=", f"{bounds['major']}.0.0{zero}")]
    if _is_open(bounds["patch"]):
        return [(">=", f"{bounds['major']}.{bounds['minor']}.0{zero}")]
    return [(">=", _whole(bounds))]


def _up_to(bounds: re.Match[str], pre_releases: bool) -> list[_Comparator]:
    """``<=`` of a version that may be partial: up to the last that it stands for."""
    if _is_open(bounds["major"]):
        return []
    if _is_open(bounds["minor"]) or _is_open(bounds["patch"]):
        return [("<", _next(bounds, minor=not _is_open(bounds["minor"])))]
    if pre_releases and not bounds["pre"]:
        return [("<", f"{bounds['major']}.{bounds['minor']}.{int(bounds['patch']) + 1}-0")]
    return [("<=", _whole(bounds))]


def _desugar(operator: str, bounds: re.Match[str], pre_releases: bool) -> list[_Comparator]:
    partial_ = _is_open(bounds["minor"]) or _is_open(bounds["patch"])
    if _is_open(bounds["major"]):
        return [_NOTHING] if operator in ("<", ">") else []
    match operator:
        case "^":
            return [*_from(bounds, pre_releases), ("<", _after_caret(bounds))]
        case "~" | "~>":
            return [*_from(bounds, pre_releases), ("<", _next(bounds, minor=not _is_open(bounds["minor"])))]
        case ">=":
            return _from(bounds, pre_releases)
        case ">" if partial_:
            after = _next(bounds, minor=not _is_open(bounds["minor"]))
            return [(">=", after if pre_releases else after.removesuffix("-0"))]
        case "<" if partial_:
            minor = "0" if _is_open(bounds["minor"]) else bounds["minor"]
            return [("<", f"{bounds['major']}.{minor}.0-0")]
        case "<=" if partial_:
            return [("<", _next(bounds, minor=not _is_open(bounds["minor"])))]
        case "" | "=" if partial_:
            return [
                *_from(bounds, pre_releases),
                ("<", _next(bounds, minor=not _is_open(bounds["minor"]))),
            ]
        case _:
            return [(operator or "=", _whole(bounds))]


def _after_caret(bounds: re.Match[str]) -> str:
    """Up to the next change of the left-most number that is not zero."""
    if bounds["major"] != "0" or _is_open(bounds["minor"]):
        return _next(bounds, minor=False)
    if bounds["minor"] != "0" or _is_open(bounds["patch"]):
        return _next(bounds, minor=True)
    return f"0.0.{int(bounds['patch']) + 1}-0"

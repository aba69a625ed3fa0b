"""Patterns on tags, as naming rules, protections and retention write them.

``*`` stands for any characters, also none. A word in braces stands for what it names:

    {semver}    a semantic version, with or without a leading v: 1.4.0, v2.0.0-rc.1
    {release}   a semantic version that is no pre-release: 1.4.0, v2.0.0
    {commit}    a Git commit: 7 to 40 hexadecimal digits
    {number}    digits
    {date}      a day: 2026-03-01 or 20260301

Several patterns with commas between them match what any of them matches: ``{semver}, pr-{number}``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from lading.foundation.errors import Malformed

MAX_PATTERN = 500  # characters, all alternatives together
_MAX_ALTERNATIVES = 20
# Each further one multiplies the places that are tried in a hostile tag by its length, 128 at most.
_MAX_WILDCARDS = 3
_VERSION = r"v?(?:0|[1-9][0-9]{0,8})\.(?:0|[1-9][0-9]{0,8})\.(?:0|[1-9][0-9]{0,8})"
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "semver": rf"{_VERSION}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?",
        "release": _VERSION,
        "commit": r"[0-9a-f]{7,40}",
        "number": r"[0-9]+",
        "date": r"[0-9]{4}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12][0-9]|3[01])",
    }
)
_PIECE = re.compile(r"\*|\{[^{}]*\}|[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class TagPattern:
    """A pattern that has been read; make one by ``parse``."""

    text: str
    _matcher: re.Pattern[str] = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> "TagPattern":
        """Read a pattern, or raise Malformed ``tag-pattern-invalid`` with what is wrong."""
        alternatives = [part.strip() for part in text.split(",")]
        if len(text) > MAX_PATTERN or len(alternatives) > _MAX_ALTERNATIVES:
            raise _invalid(
                f"a tag pattern has at most {_MAX_ALTERNATIVES} parts and {MAX_PATTERN} characters"
            )
        expression = "|".join(_expression(part) for part in alternatives)
        return cls(", ".join(alternatives), re.compile(rf"(?:{expression})\Z"))

    def matches(self, tag: str) -> bool:
        """Whether the pattern covers this tag."""
        return self._matcher.match(tag) is not None


def _expression(part: str) -> str:
    if part.count("*") > _MAX_WILDCARDS:
        raise _invalid(f"{part[:80]!r} has more than {_MAX_WILDCARDS} wildcards")
    found, at = [], 0
    while at < len(part):
        piece = _PIECE.match(part, at)
        if piece is None:
            raise _invalid(f"{part[at : at + 20]!r} cannot stand in a tag")
        found.append(_piece_expression(piece[0]))
        at = piece.end()
    if not found:
        raise _invalid("an empty pattern matches no tag")
    return "".join(found)


def _piece_expression(piece: str) -> str:
    if piece == "*":
        return "[A-Za-z0-9_.-]*"
    if not piece.startswith("{"):
        return re.escape(piece)
    word = WORDS.get(piece[1:-1])
    if word is None:
        raise _invalid(
            f"{piece[:40]!r} names nothing; known are {', '.join(f'{{{name}}}' for name in WORDS)}"
        )
    return f"(?:{word})"


def _invalid(message: str) -> Malformed:
    return Malformed(
        "tag-pattern-invalid", message, hint="write it like {semver} or pr-*; separate several with commas"
    )


EVERY_TAG = TagPattern.parse("*")

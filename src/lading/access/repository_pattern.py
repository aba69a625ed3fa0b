"""Patterns on repository names, as bindings, ownership and trust policy write them.

``*`` stands for any characters within one part of the name, ``**`` alone between slashes for any number of
parts (at the end: one or more). ``payments/*`` is every repository directly in payments, ``payments/**``
every one below it, ``**`` every repository there is.
"""

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from lading.foundation.errors import Malformed

MAX_PATTERN = 255  # characters, as a repository name has
_PART = re.compile(r"(?:\*\*|[a-z0-9._*-]+)\Z")

Specificity: TypeAlias = tuple[int, int, int, int, str]


@dataclass(frozen=True, slots=True, order=True)
class RepositoryPattern:
    """A pattern that has been read; make one by ``parse``."""

    text: str
    _matcher: re.Pattern[str] = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> "RepositoryPattern":
        """Read a pattern, or raise Malformed with what is wrong."""
        if not 0 < len(text) <= MAX_PATTERN:
            raise Malformed(
                "repository-pattern-invalid", f"a repository pattern has 1 to {MAX_PATTERN} characters"
            )
        for part in text.split("/"):
            if not _PART.match(part) or ("**" in part and part != "**"):
                raise Malformed(
                    "repository-pattern-invalid",
                    f"{part!r} in the repository pattern {text!r} cannot match any name",
                    hint="use lower-case letters, digits, . _ - and *; ** stands alone between slashes",
                )
        return cls(text, re.compile(_regular_expression(text)))

    def matches(self, repository: str) -> bool:
        """Whether the pattern covers this repository name."""
        return self._matcher.match(repository) is not None

    def covers(self, other: "RepositoryPattern") -> bool:
        """Whether every repository that ``other`` matches is surely matched by this pattern too.

        It answers no where it cannot be sure: what is asked is who may speak for a whole pattern.
        """
        if "*" not in other.text:
            return self.matches(other.text)
        if self.covers_everything or self.text == other.text:
            return True
        prefix, deep, rest = self.text.partition("/**")
        return bool(deep) and not rest and "*" not in prefix and other.text.startswith(prefix + "/")

    @property
    def covers_everything(self) -> bool:
        """Whether this is ``**``, the pattern of every repository."""
        return self.text == "**"

    @property
    def specificity(self) -> Specificity:
        """A key that is greater for the more specific pattern.

        An exact name beats any wildcard; then the longer text before the first wildcard wins, then the more
        fixed characters, then the fewer wildcards; the text itself settles what is left, so that the answer
        never depends on the order of the rules.
        """
        first = self.text.find("*")
        stars = self.text.count("*")
        prefix = len(self.text) if first < 0 else first
        return (int(first < 0), prefix, len(self.text) - stars, -stars, self.text)


def _regular_expression(text: str) -> str:
    """Translate so that matching never takes exponential time.

    Between wildcards the leftmost match is always good enough, so each stretch is an atomic group and the
    engine never comes back to it.
    """
    sections: list[list[str]] = [[]]
    for part in text.split("/"):
        if part == "**":
            sections.append([])
        else:
            sections[-1].append(_part_expression(part))
    if len(sections) == 1:
        return "/".join(sections[0]) + r"\Z"
    first, *middle, last = ("/".join(section) for section in sections)
    expression = first + "/" if first else ""
    for section in middle:
        if section:
            expression += rf"(?>(?:[^/]+/)*?{section}/)"
    if last:
        return expression + rf"(?:[^/]+/)*{last}\Z"
    return expression + r"[^/]+(?:/[^/]+)*\Z"


def _part_expression(part: str) -> str:
    first, *rest = (re.escape(piece) for piece in part.split("*"))
    if not rest:
        return first
    *inner, last = rest
    atoms = "".join(f"(?>[^/]*?{piece})" for piece in inner if piece)
    # The look-ahead keeps "*" alone from matching an empty part.
    return f"(?=[^/]){first}{atoms}[^/]*{last}"

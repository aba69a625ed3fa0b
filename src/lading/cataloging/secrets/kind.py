"""What a kind of credential is, and what was found of one."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from lading.cataloging.secrets.checks import Check

Find: TypeAlias = Callable[["Window"], "FoundSecret | None"]

NAMED_SECRET = "named-secret"  # noqa: S105 - a kind: a value whose name says what it is
MANY_SECRETS = "many-secrets"
_MOST_FOLLOWING = 12  # longer ones take long to compile and hardly keep more away
_FOLLOWS = re.compile(rb"(\[[^\]]+\])\{(\d+)")
BEFORE, AFTER = 256, 4096  # bytes around a mark that a kind may look at


@dataclass(frozen=True, slots=True)
class Mark:
    """What the first pass looks for: a literal and then ``count`` bytes of a class, or an ``expression``.

    The mark is where the literal begins, or the last byte that an expression matches.
    """

    literal: bytes = b""
    follows: bytes = b""  # as in a regular expression: [a-z0-9]
    count: int = 0
    expression: bytes = b""
    any_case: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """A mark with what stands around it. ``mark`` is where it begins in ``content``."""

    content: bytes
    mark: int
    path: str

    @property
    def after(self) -> bytes:
        """From the mark on."""
        return self.content[self.mark :]


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """A credential: where it stands in the window, and what may be shown of it, which is never itself."""

    kind: str
    start: int
    end: int
    excerpt: str
    example: str = ""  # why everybody has it


@dataclass(frozen=True, slots=True, eq=False)
class SecretKind:
    """A kind of credential.

    ``marks`` are texts of which one stands in or right before each credential of the kind: nothing else is
    looked at. ``in_programs`` says whether it is sought in files that are not text, too: only where its form
    is so narrow that machine code cannot look like it. A ``weak`` kind has a form that documents and test
    data share, and is not sought in what packages brought. One with ``paths`` is sought only in files of such
    names, and where there is no file (a history, an environment).
    """

    name: str  # "github-token"
    title: str
    rotate: str  # what to do about it, in words
    marks: tuple[Mark, ...]
    find: Find
    in_programs: bool = False
    weak: bool = False
    paths: re.Pattern[str] | None = None
    pattern: bytes = b""  # of kinds that a pattern recognises


def by_pattern(
    name: str,
    title: str,
    rotate: str,
    marks: tuple[bytes, ...],
    pattern: bytes,
    *,
    check: Check | None = None,
    shown: int = 0,
    in_programs: bool = False,
    weak: bool = False,
    any_case: bool = False,
    paths: re.Pattern[str] | None = None,
    expression: bytes = b"",
    back: int = 0,
) -> SecretKind:
    """A kind whose credential a pattern recognises: its group ``secret``, or else all of it.

    ``check`` gets the credential and says whether its checksum, structure or randomness fits. ``shown`` is
    how many characters of it are the same in every credential of the kind, and may be shown. ``back`` is how
    many bytes before the mark a match may begin; with an ``expression``, as many as are at hand.
    """
    group = "secret" if b"(?P<secret>" in pattern else 0

    def find(window: Window) -> FoundSecret | None:
        compiled = _compiled(pattern, any_case=any_case)
        for match in _matches(compiled, window, BEFORE if expression else back):
            value = match[group]
            if check is None or check(value):
                return FoundSecret(
                    name,
                    match.start(group),
                    match.end(group),
                    _excerpt(title, value, shown),
                    _why_example(value),
                )
        return None

    literals = tuple(_mark(mark, pattern, any_case=any_case) for mark in marks)
    expressions = (Mark(expression=expression, any_case=any_case),) if expression else ()
    return SecretKind(
        name, title, rotate, literals + expressions, find, in_programs, weak, paths, pattern=pattern
    )


@cache
def _compiled(pattern: bytes, *, any_case: bool) -> re.Pattern[bytes]:
    """Compile a pattern when its mark is first seen: most are never."""
    return re.compile(pattern, re.DOTALL | (re.IGNORECASE if any_case else 0))


def literal_marks(*texts: bytes, any_case: bool = False) -> tuple[Mark, ...]:
    """Marks that are texts."""
    return tuple(Mark(text, any_case=any_case) for text in texts)


def _mark(literal: bytes, pattern: bytes, *, any_case: bool) -> Mark:
    """A mark with what the pattern wants to follow it at the least: the fewer are looked at, the faster."""
    escaped = re.escape(literal)
    at = pattern.find(escaped)
    while at >= 0:
        following = _FOLLOWS.match(pattern, at + len(escaped))
        if following is not None:
            return Mark(literal, following[1], min(int(following[2]), _MOST_FOLLOWING), any_case=any_case)
        at = pattern.find(escaped, at + 1)
    return Mark(literal, any_case=any_case)


def _matches(pattern: re.Pattern[bytes], window: Window, back: int) -> Iterator[re.Match[bytes]]:
    """The match at the mark, or else those that begin before it and reach over it."""
    exact = pattern.match(window.content, window.mark)
    if exact:
        yield exact
    if exact or not back:
        return
    for found in pattern.finditer(window.content, max(0, window.mark - back)):
        if found.start() > window.mark:
            return
        if found.end() > window.mark:
            yield found


def _excerpt(title: str, value: bytes, shown: int) -> str:
    begins = value[:shown].decode("ascii", "replace")
    return f"{title}: {begins}… ({len(value)} characters)" if begins else f"{title} ({len(value)} characters)"


def _why_example(value: bytes) -> str:
    if b"EXAMPLE" in value.upper():
        return "it calls itself an example"
    return ""

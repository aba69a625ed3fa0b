"""Variables in a Dockerfile: ``$NAME``, ``${NAME}``, ``${NAME:-word}`` and the rest of the forms.

What has no value that is written in the file (an ARG without default, a build argument of the platform) stays
as it is written and is named as unknown: a base called ``app:$VERSION`` is not called ``app:``.
"""

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BRACED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+?]|##?|%%?|//?)(.*))?\Z", re.DOTALL)
MAX_LENGTH = 64 << 10  # characters of one result: ${A}${A} twice over grows without end
MAX_DEPTH = 8  # of words within words


@dataclass(frozen=True, slots=True)
class Substituted:
    """Text with its variables filled in, and the names of those that have no known value."""

    text: str
    unknown: frozenset[str] = frozenset()


def substitute(text: str, values: Mapping[str, str | None], escape: str = "\\") -> Substituted:
    """Fill in variables and take quotes away, as the builder does; a value None is not known."""
    filler = _Filler(values, escape)
    result = filler.fill(text, 0)
    return Substituted(result[:MAX_LENGTH], frozenset(filler.unknown))


class _Filler:
    def __init__(self, values: Mapping[str, str | None], escape: str) -> None:
        self._values = values
        self._escape = escape
        self.unknown: set[str] = set()

    def fill(self, text: str, depth: int) -> str:
        parts: list[str] = []
        at = 0
        length = 0
        quote = ""
        closings = _closings(text)
        while at < len(text) and length < MAX_LENGTH:
            character = text[at]
            if character == self._escape and quote != "'" and at + 1 < len(text):
                part, at = text[at + 1], at + 2
            elif character in "\"'" and quote in {"", character}:
                quote, part, at = ("" if quote else character), "", at + 1
            elif character == "$" and quote != "'":
                part, at = self._variable(text, at, depth, closings)
            else:
                part, at = character, at + 1
            parts.append(part)
            length += len(part)
        return "".join(parts)

    def _variable(self, text: str, at: int, depth: int, closings: Mapping[int, int]) -> tuple[str, int]:
        if text.startswith("${", at):
            end = closings.get(at)
            inner = _BRACED.match(text[at + 2 : end]) if end is not None and depth < MAX_DEPTH else None
            if inner is None or end is None:
                return text[at], at + 1
            return self._braced(text[at : end + 1], inner, depth), end + 1
        name = _NAME.match(text, at + 1)
        if name is None:
            return text[at], at + 1
        return self._value(name.group(), text[at : name.end()]), name.end()

    def _value(self, name: str, written: str) -> str:
        value = self._values.get(name)
        if value is None:
            self.unknown.add(name)
            return written
        return value

    def _braced(self, written: str, inner: re.Match[str], depth: int) -> str:
        name, operator, word = inner.group(1), inner.group(2) or "", inner.group(3) or ""
        value = self._values.get(name)
        present = value is not None and (value != "" or not operator.startswith(":"))
        match operator.lstrip(":"):
            case "-":
                return value if present and value is not None else self.fill(word, depth + 1)
            case "+":
                return self.fill(word, depth + 1) if present else ""
            case "" | "?":
                return self._value(name, written)
            case _:
                known = self._value(name, "")
                return _trimmed(known, operator, self.fill(word, depth + 1)) if value is not None else written


def _closings(text: str) -> dict[int, int]:
    """Map the offset of each ``${`` to that of the brace that closes it; one that nothing closes is left out.

    Looked for once, because a text of openings alone would otherwise be read again from each of them.
    """
    found: dict[int, int] = {}
    opened: list[int] = []
    at = 0
    while at < len(text):
        if text.startswith("${", at):
            opened.append(at)
            at += 1
        elif text[at] == "}" and opened:
            found[opened.pop()] = at
        at += 1
    return found


def _trimmed(value: str, operator: str, pattern: str) -> str:
    if operator.startswith("/"):
        wanted, _, other = pattern.partition("/")
        return value.replace(wanted, other, -1 if operator == "//" else 1) if wanted else value
    shape = re.compile(fnmatch.translate(pattern))
    cuts = range(len(value) + 1)
    if operator.startswith("#"):
        found = [cut for cut in cuts if shape.match(value[:cut])]
        return value[(max(found) if operator == "##" else min(found)) :] if found else value
    found = [cut for cut in cuts if shape.match(value[cut:])]
    return value[: (min(found) if operator == "%%" else max(found))] if found else value

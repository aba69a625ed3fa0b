"""A Dockerfile's text as logical lines: directives, comments, continuations and here-documents.

Rules, in the order in which BuildKit's parser applies them (moby/buildkit, frontend/dockerfile/parser):

1. Lines ``# name=value`` at the very top are directives; ``escape`` chooses the continuation character.
2. A line that begins with ``#`` is a comment, also inside a continued instruction, where it is left out.
3. A line that ends with the escape character, and not with two of them, goes on in the next line.
4. In RUN, COPY and ADD a word ``<<NAME`` takes the lines below up to one that is NAME as its document;
   ``<<-NAME`` strips leading tabs, and a quoted NAME keeps variables as they are written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lading.foundation.errors import LadingError, Malformed, OverLimit

MAX_BYTES = 1 << 20
MAX_LINES = 20_000
MAX_HEREDOCS = 50  # of one instruction

_DIRECTIVE = re.compile(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*\Z")
_HEREDOC = re.compile(r"\d*<<(-?)(['\"]?)([^<'\"\s]+)\2\Z")
_TAKES_HEREDOC = re.compile(r"\s*(?:ONBUILD\s+)?(?:RUN|COPY|ADD)\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A document inside an instruction. ``line`` is that of its first line; ``literal`` has no variables."""

    name: str
    text: str
    line: int
    literal: bool


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """One instruction as written, without its line breaks.

    ``starts`` says from which offset of ``text`` on which physical line stands, 1 is the first.
    """

    text: str
    starts: tuple[tuple[int, int], ...]
    heredocs: tuple[Heredoc, ...] = ()

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.starts[0][1]

    def line_at(self, offset: int) -> int:
        """Give the physical line of the character at ``offset``."""
        return next((line for start, line in reversed(self.starts) if start <= offset), self.line)


@dataclass(frozen=True, slots=True)
class DockerfileLines:
    """The whole file, taken apart."""

    lines: tuple[LogicalLine, ...]
    escape: str
    directives: dict[str, str]


def split_lines(content: bytes, source: str) -> DockerfileLines:
    """Take a Dockerfile apart; raise Malformed or OverLimit. Errors call it ``source``."""
    if len(content) > MAX_BYTES:
        raise OverLimit("dockerfile-too-large", f"{source} has more than {MAX_BYTES} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise dockerfile_fault(source, line, "the file is not UTF-8") from error
    if "\0" in text:
        raise dockerfile_fault(source, text.count("\n", 0, text.index("\0")) + 1, "the file is not text")
    physical = [line.removesuffix("\r") for line in text.split("\n")]
    if len(physical) > MAX_LINES:
        raise OverLimit("dockerfile-too-large", f"{source} has more than {MAX_LINES} lines")
    directives, first = _directives(physical, source)
    escape = directives.get("escape", "\\")
    return DockerfileLines(tuple(_Joiner(physical, escape, source).lines(first)), escape, directives)


def dockerfile_fault(source: str, line: int, message: str, hint: str = "") -> LadingError:
    """Give the error for something wrong at a place in a Dockerfile."""
    return Malformed(
        "dockerfile-invalid", f"{source}:{line}: {message}", hint=hint, details={"file": source, "line": line}
    )


def _directives(physical: list[str], source: str) -> tuple[dict[str, str], int]:
    """Rule 1."""
    found: dict[str, str] = {}
    for index, line in enumerate(physical):
        match = _DIRECTIVE.match(line.strip())
        if match is None or (name := match.group(1).lower()) not in {"escape", "syntax", "check"}:
            return found, index
        if name in found:
            raise dockerfile_fault(source, index + 1, f"the directive {name} stands twice")
        if name == "escape" and match.group(2) not in {"\\", "`"}:
            raise dockerfile_fault(source, index + 1, "escape is \\ or `")
        found[name] = match.group(2)
    return found, len(physical)


class _Joiner:
    def __init__(self, physical: list[str], escape: str, source: str) -> None:
        self._physical = physical
        self._source = source
        self._continues = re.compile(rf"(?<!{re.escape(escape)}){re.escape(escape)}[ \t]*\Z")
        self._escape = escape
        self._at = 0

    def lines(self, first: int) -> Iterator[LogicalLine]:
        self._at = first
        while self._at < len(self._physical):
            joined = self._join()
            if joined is None:
                continue
            text, starts = joined
            heredocs = tuple(self._heredocs(text)) if _TAKES_HEREDOC.match(text) else ()
            yield LogicalLine(text, tuple(starts), heredocs)

    def _join(self) -> tuple[str, list[tuple[int, int]]] | None:
        """Rules 2 and 3: give the next instruction, or None where nothing but comments came."""
        parts: list[str] = []
        starts: list[tuple[int, int]] = []
        length = 0
        while self._at < len(self._physical):
            line = self._physical[self._at]
            self._at += 1
            if line.lstrip().startswith("#") or not line.strip():
                if not parts:
                    return None
                continue  # within an instruction, both are left out
            part = line if parts else line.lstrip()
            ended = self._continues.search(part)
            part = part[: ended.start()] if ended else part
            starts.append((length, self._at))
            parts.append(part)
            length += len(part)
            if not ended:
                break
        text = "".join(parts).rstrip()
        return (text, starts) if text.strip() else None

    def _heredocs(self, text: str) -> Iterator[Heredoc]:
        """Rule 4."""
        opened = [match for word in words_of(text, self._escape) if (match := _HEREDOC.match(word))]
        if len(opened) > MAX_HEREDOCS:
            raise dockerfile_fault(self._source, self._at, f"more than {MAX_HEREDOCS} here-documents")
        for match in opened:
            strip, quote, name = match.groups()
            first = self._at
            body: list[str] = []
            while True:
                if self._at >= len(self._physical):
                    raise dockerfile_fault(self._source, first, f"the here-document {name} does not end")
                line = self._physical[self._at]
                self._at += 1
                line = line.lstrip("\t") if strip else line
                if line == name:
                    break
                body.append(line)
            yield Heredoc(name, "\n".join(body), first + 1, literal=bool(quote))


def words_of(text: str, escape: str = "\\") -> list[str]:
    """Split at white space outside quotes; quotes and escapes stay in the words."""
    words: list[str] = []
    word = ""
    quote = ""
    at = 0
    while at < len(text):
        character = text[at]
        if character == escape and quote != "'" and at + 1 < len(text):
            word += text[at : at + 2]
            at += 2
            continue
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character.isspace():
            if word:
                words.append(word)
            word = ""
            at += 1
            continue
        word += character
        at += 1
    return [*words, word] if word else words

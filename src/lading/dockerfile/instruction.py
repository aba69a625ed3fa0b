"""One instruction: its keyword, flags and arguments.

The forms are those of the Dockerfile reference: a JSON array of texts is the exec form, anything else the
shell form; ENV and LABEL take ``name=value`` pairs or, as they once did, one name and the rest of the line.
"""

import difflib
import json
import re
from dataclasses import dataclass

from lading.dockerfile.lines import Heredoc, LogicalLine, dockerfile_fault, words_of

KEYWORDS = (
    *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL"),
    *("MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
)
_EXEC_FORM = frozenset(("ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"))
_FLAGS = {
    "ADD": ("chmod", "chown", "checksum", "exclude", "keep-git-dir", "link", "unpack"),
    "COPY": ("chmod", "chown", "exclude", "from", "link", "parents"),
    "FROM": ("platform",),
    "HEALTHCHECK": ("interval", "retries", "start-interval", "start-period", "timeout"),
    "RUN": ("device", "mount", "network", "security"),
}
_OPTIONAL_ARGUMENTS = frozenset(("CMD", "ENTRYPOINT", "RUN"))
_FLAG = re.compile(r"--([a-z][a-z-]*)(?:=(.*))?\Z", re.DOTALL)
_PAIR = re.compile(r"([^=]+)=(.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Flag:
    """``--name=value`` before the arguments."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction as written, before variables are filled in.

    ``arguments`` are the words, or the members of the exec form; ``text`` is everything after keyword and
    flags, ``text_at`` its offset in the logical line. ``wrapped`` is what an ONBUILD holds.
    """

    keyword: str
    flags: tuple[Flag, ...]
    arguments: tuple[str, ...]
    exec_form: bool
    text: str
    text_at: int
    source: LogicalLine
    wrapped: "Instruction | None" = None

    @property
    def line(self) -> int:
        """Where it begins, 1 is the first line."""
        return self.source.line

    @property
    def heredocs(self) -> tuple[Heredoc, ...]:
        """The documents that it holds."""
        return self.source.heredocs

    def flag(self, name: str) -> str | None:
        """Give the value of a flag; None where it is not there."""
        return next((flag.value for flag in self.flags if flag.name == name), None)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Give the names and values of ENV, LABEL and ARG, as written."""
        if self.keyword == "ARG":
            return tuple((name, value) for name, _, value in (word.partition("=") for word in self.arguments))
        if self.arguments and "=" not in self.arguments[0]:
            return ((self.arguments[0], self.text.strip()[len(self.arguments[0]) :].strip()),)
        found = (_PAIR.match(word) for word in self.arguments)
        return tuple((pair.group(1), pair.group(2)) for pair in found if pair is not None)


def parse_instruction(line: LogicalLine, escape: str, source: str) -> Instruction:
    """Read one logical line; raise Malformed with ``source`` and the line."""
    return _parse(line, 0, escape, source, nested=False)


def _parse(line: LogicalLine, at: int, escape: str, source: str, *, nested: bool) -> Instruction:
    written = line.text[at:]
    keyword = written.split(maxsplit=1)[0] if written.strip() else ""
    upper = keyword.upper()
    place = line.line_at(at)
    if upper not in KEYWORDS:
        near = difflib.get_close_matches(upper, KEYWORDS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(KEYWORDS)}"
        raise dockerfile_fault(source, place, f"{keyword[:40]!r} is no instruction", hint)
    if nested and upper in {"ONBUILD", "FROM", "MAINTAINER"}:
        raise dockerfile_fault(source, place, f"ONBUILD cannot hold {upper}")
    rest_at = at + len(written) - len(written.lstrip()) + len(keyword)
    flags, text_at = _flags(upper, line, rest_at, source)
    text = line.text[text_at:]
    wrapped = _parse(line, text_at, escape, source, nested=True) if upper == "ONBUILD" else None
    listed = _exec_form(upper, text)
    arguments = listed if listed is not None else tuple(words_of(text, escape))
    if not arguments and upper not in _OPTIONAL_ARGUMENTS:
        raise dockerfile_fault(source, place, f"{upper} needs an argument")
    return Instruction(upper, flags, arguments, listed is not None, text, text_at, line, wrapped)


def _flags(keyword: str, line: LogicalLine, at: int, source: str) -> tuple[tuple[Flag, ...], int]:
    known = _FLAGS.get(keyword, ())
    found: list[Flag] = []
    while True:
        rest = line.text[at:]
        start = at + len(rest) - len(rest.lstrip())
        word = rest.split(maxsplit=1)[0] if rest.strip() else ""
        flag = _FLAG.match(word) if known else None
        if flag is None:
            return tuple(found), start
        name, value = flag.groups()
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean --{near[0]}?" if near else f"{keyword} has --{', --'.join(known)}"
            raise dockerfile_fault(source, line.line_at(start), f"{keyword} has no flag --{name}", hint)
        found.append(Flag(name, value if value is not None else "true"))
        at = start + len(word)


def _exec_form(keyword: str, text: str) -> tuple[str, ...] | None:
    if keyword not in _EXEC_FORM or not text.lstrip().startswith("["):
        return None
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError):
        return None  # the builder, too, takes what is no JSON for the shell form
    if isinstance(listed, list) and all(isinstance(member, str) for member in listed):
        return tuple(listed)
    return None

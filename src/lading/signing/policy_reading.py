"""Reading tables of a TOML file so that every refusal names the line."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn, TypeVar

from lading.access.repository_pattern import RepositoryPattern
from lading.foundation.errors import Malformed
from lading.signing.text_pattern import TextPattern

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._@ -]{0,62}[A-Za-z0-9._@-])?\Z")
_Named = TypeVar("_Named")


@dataclass(frozen=True, slots=True)
class Place:
    """The table of this name that is the ``at``-th of its kind; an empty name is the top of the file."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class PolicyText:
    """The text under way, to name lines in it."""

    text: str
    file_name: str

    def tables(self, document: Mapping[str, Any], name: str, known: Sequence[str]) -> "list[Table]":
        """All tables written ``[[name]]``, with no other members than those known."""
        value = document.get(name, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.refuse(Place(name, 0), f"write each as [[{name}]]")
        before = 0
        tables = []
        for at, content in enumerate(value):
            table = Table(self, Place(name, at), content, before)
            self.refuse_unknown(content, known, table.place)
            inner = content.get("attestations", [])
            before += len(inner) if isinstance(inner, list) else 0
            tables.append(table)
        return tables

    def refuse_unknown(self, table: Mapping[str, Any], known: Sequence[str], place: Place) -> None:
        """Refuse a member that is not known, with the one that was meant."""
        for member in table:
            if member not in known:
                close = get_close_matches(member, known, 1)
                hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
                self.refuse(place, f"{member!r} is not known here", hint, member=member)

    def refuse(self, place: Place, message: str, hint: str = "", *, member: str = "") -> NoReturn:
        """Raise Malformed with file and line."""
        raise Malformed(
            "trust-policy-invalid", f"{self.file_name}:{self.line(place, member)}: {message}", hint=hint
        )

    def line(self, place: Place, member: str = "") -> int:
        """The line (1 is the first) where a table begins, or where a member of it stands."""
        lines = self._lines()
        heads = [
            number
            for number, line in lines
            if re.match(rf"\s*\[\[?\s*{re.escape(place.name)}\s*\]", line) and place.name
        ]
        start = heads[place.at] if place.at < len(heads) else 0
        for number, line in lines:
            if number > start and member:
                if re.match(rf"\s*[\"']?{re.escape(member)}[\"']?\s*[=.]", line) or (
                    not place.name and re.match(rf"\s*\[\[?\s*[\"']?{re.escape(member)}[\"']?\s*\]", line)
                ):
                    return number
                if place.name and re.match(r"\s*\[\[?[^\[]", line):
                    break
        return start or 1

    def _lines(self) -> list[tuple[int, str]]:
        """Lines with their numbers, without those in texts of several lines, which may look like heads."""
        found: list[tuple[int, str]] = []
        within = ""
        for number, line in enumerate(self.text.splitlines(), start=1):
            if not within:
                found.append((number, line))
            for quotes in re.findall(r'"""|' + "'''", line):
                within = "" if within == quotes else within or quotes
        return found


@dataclass(frozen=True, slots=True)
class Table:
    """One table; ``inner_before`` is how many inner tables the ones before it have."""

    whole: PolicyText
    place: Place
    content: Mapping[str, Any]
    inner_before: int = 0

    def refuse(self, message: str, hint: str = "", *, member: str = "") -> NoReturn:
        """Raise Malformed with file and line."""
        self.whole.refuse(self.place, message, hint, member=member)

    def has(self, member: str) -> bool:
        """Whether the member is written at all."""
        return member in self.content

    def raw(self, member: str) -> Any:
        """The member as TOML has it, None where it is not written."""
        return self.content.get(member)

    def name(self) -> str:
        """The table's name, by which others mean it."""
        value = self.content.get("name")
        if not isinstance(value, str) or not _NAME.match(value):
            self.refuse(
                f"each of the {self.place.name} needs a name of letters, digits and . _ @ - between them",
                member="name",
            )
        return value

    def text(self, member: str) -> str:
        """A text that must be there and not be empty."""
        value = self.content.get(member)
        if not isinstance(value, str) or not value.strip():
            self.refuse(f"{member} must be a text", member=member)
        return value

    def flag(self, member: str) -> bool:
        """True or false; false where it is not written."""
        value = self.content.get(member, False)
        if not isinstance(value, bool):
            self.refuse(f"{member} must be true or false", member=member)
        return value

    def number(self, member: str, default: int, *, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self.content.get(member, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.refuse(f"{member} must be a number from {least} to {most}", member=member)
        return value

    def texts(self, member: str) -> list[str]:
        """A list of texts; empty where it is not written. One text alone is a list of one."""
        value = self.content.get(member, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(entry, str) and entry for entry in value):
            self.refuse(f"{member} must be a list of texts", member=member)
        return value

    def pattern(self, member: str) -> TextPattern:
        """A pattern that must be there."""
        return self._pattern(self.text(member), member)

    def patterns(self, member: str) -> tuple[TextPattern, ...]:
        """Patterns, of which one must match; none where it is not written."""
        return tuple(self._pattern(text, member) for text in self.texts(member))

    def pattern_map(self, member: str) -> Mapping[str, TextPattern] | None:
        """A table of patterns by name."""
        value = self.content.get(member)
        if value is None:
            return None
        if not isinstance(value, dict) or not all(isinstance(entry, str) for entry in value.values()):
            self.refuse(f"{member} must be a table of texts", member=member)
        return {name: self._pattern(text, member) for name, text in value.items()}

    def repositories(self, member: str) -> tuple[RepositoryPattern, ...]:
        """Patterns on names of repositories."""
        try:
            return tuple(RepositoryPattern.parse(text) for text in self.texts(member))
        except Malformed as error:
            self.refuse(error.message, error.hint, member=member)

    def one_of(self, member: str, known: Mapping[str, _Named]) -> _Named:
        """What a member names."""
        return self.named(self.text(member), known, member)

    def named(self, name: str, known: Mapping[str, _Named], member: str) -> _Named:
        """What a name stands for."""
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]!r}?" if close else ""
            self.refuse(f"{member}: there is no {name!r}", hint, member=member)
        return known[name]

    def inner_tables(self, member: str, known: Sequence[str]) -> "list[Table]":
        """The tables written ``[[outer.member]]`` within this one."""
        value = self.content.get(member, [])
        name = f"{self.place.name}.{member}"
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.refuse(f"write each as [[{name}]]", member=member)
        tables = [
            Table(self.whole, Place(name, self.inner_before + at), entry) for at, entry in enumerate(value)
        ]
        for table in tables:
            self.whole.refuse_unknown(table.content, known, table.place)
        return tables

    def _pattern(self, text: str, member: str) -> TextPattern:
        try:
            return TextPattern.parse(text)
        except Malformed as error:
            self.refuse(f"{member}: {error.message}", error.hint, member=member)

"""The part of YAML that programs write into lock files: blocks by indentation, one value to a line.

A whole YAML parser builds a tree of a hundred times the size, in minutes for what package managers write.
What is outside of this part (anchors, tags, block texts, flow values over several lines) is kept as the text
that it is, or left out; it does not stand where package managers put names and versions.
"""

import re
from collections.abc import Iterator
from typing import Any

from lading.cataloging.documents import NotUnderstood, read_text

_MAX_DEPTH = 32
# A key in quotes or without, a colon, and what follows it.
_ENTRY = re.compile(
    r"""(?P<key>"(?:[^"\\]|\\.)*+"|'(?:[^']|'')*+'|[^\s#"'\[\]{}][^\n]*?)\s*:(?:\s+(?P<value>.*))?\Z""",
)
_PLAIN_KEY_END = re.compile(r":(?:\s|\Z)")
_COMMENT = re.compile(r"\s+#.*\Z")


def read_block_yaml(content: bytes) -> Any:
    """Read a document of mappings and lists; scalars are all text. Raises NotUnderstood."""
    lines = [
        (len(line) - len(line.lstrip(" ")), line.strip())
        for line in read_text(content).split("\n")
        if line.strip() and not line.lstrip().startswith(("#", "---", "%"))
    ]
    reading = _Reading(lines)
    value = reading.block(0, 0)
    if reading.at < len(lines):
        raise NotUnderstood("it is not the YAML that package managers write")
    return value


class _Reading:
    def __init__(self, lines: list[tuple[int, str]]) -> None:
        self._lines = lines
        self.at = 0

    def block(self, indent: int, depth: int) -> Any:
        """Whatever stands at this indentation or deeper, up to a line that stands further out."""
        if depth > _MAX_DEPTH:
            raise NotUnderstood("it is nested too deep")
        if self.at >= len(self._lines) or self._lines[self.at][0] < indent:
            return None
        own = self._lines[self.at][0]
        if _is_item(self._lines[self.at][1]):
            return list(self._items(own, depth))
        return dict(self._entries(own, depth))

    def _items(self, indent: int, depth: int) -> Iterator[Any]:
        while self.at < len(self._lines):
            own, text = self._lines[self.at]
            if own != indent or not _is_item(text):
                return
            rest = text[1:].lstrip()
            if not rest:
                self.at += 1
                yield self.block(indent + 1, depth + 1)
            elif _entry(rest) or _is_item(rest):
                # The rest of the line is the first line of a block of its own.
                self._lines[self.at] = (indent + len(text) - len(rest), rest)
                yield self.block(indent + 1, depth + 1)
            else:
                self.at += 1
                yield _scalar(rest)

    def _entries(self, indent: int, depth: int) -> Iterator[tuple[str, Any]]:
        while self.at < len(self._lines):
            own, text = self._lines[self.at]
            if own != indent or _is_item(text):
                return
            entry = _entry(text)
            if entry is None:
                raise NotUnderstood("it is not the YAML that package managers write")
            key, value = entry
            self.at += 1
            if value in ("|", ">", "|-", ">-", "|+", ">+"):
                self._skip_text(indent)
                yield key, ""
            elif value:
                yield key, _scalar(value)
                self._skip_text(indent)  # a plain text may go on in deeper lines
            elif self.at < len(self._lines) and self._lines[self.at][0] == indent:
                # Lists may stand at the indentation of their key.
                yield key, self.block(indent, depth + 1) if _is_item(self._lines[self.at][1]) else None
            else:
                yield key, self.block(indent + 1, depth + 1)

    def _skip_text(self, indent: int) -> None:
        while self.at < len(self._lines) and self._lines[self.at][0] > indent:
            self.at += 1


def _is_item(text: str) -> bool:
    return text == "-" or text.startswith("- ")


def _entry(text: str) -> tuple[str, str] | None:
    """Key and value of a line; None where it is a scalar."""
    if text[0] in "\"'":
        found = _ENTRY.match(text)
        return (_scalar(found["key"]), found["value"] or "") if found else None
    if text.startswith("? "):
        return _scalar(text[2:].strip()), ""  # an explicit key, which yarn writes for long ones
    if text.startswith(": "):
        return ":", text[2:].strip()
    end = _PLAIN_KEY_END.search(text)
    if end is None or text[0] in "[{":
        return None
    return text[: end.start()].strip(), text[end.end() :].strip()


def _scalar(text: str) -> str:
    if text[:1] == "'" and text[-1:] == "'" and len(text) > 1:
        return text[1:-1].replace("''", "'")
    if text[:1] == '"':
        end = re.match(r'"((?:[^"\\]|\\.)*+)"', text)
        return re.sub(r"\\(.)", r"\1", end[1]) if end else text
    return _COMMENT.sub("", text)

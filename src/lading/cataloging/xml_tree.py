"""XML as package managers write it, without what makes XML dangerous.

Entities of the document's own are refused: they are how a small file becomes a large one, and how a parser
comes to open other files. So is depth that no real file has.
"""

import xml.parsers.expat
from collections.abc import Iterator
from dataclasses import dataclass, field

from lading.cataloging.documents import NotUnderstood

_MAX_DEPTH = 64
_MAX_ELEMENTS = 500_000


@dataclass(slots=True)
class Element:
    """One element; ``tag`` is without its namespace, ``text`` what stands before the first child."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def child(self, tag: str) -> "Element | None":
        """The first child of this name."""
        return next((one for one in self.children if one.tag == tag), None)

    def text_of(self, tag: str) -> str:
        """The text of the first child of this name, without space around it; empty where there is none."""
        found = self.child(tag)
        return found.text.strip() if found else ""

    def iter(self, tag: str) -> Iterator["Element"]:
        """All elements of this name at any depth, in order."""
        pending = [self]
        while pending:
            one = pending.pop()
            if one.tag == tag:
                yield one
            pending.extend(reversed(one.children))


def read_xml(content: bytes) -> Element:
    """Read a document; raises NotUnderstood."""
    building = _Building()
    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler = building.start
    parser.EndElementHandler = building.end
    parser.CharacterDataHandler = building.text
    parser.EntityDeclHandler = _refuse_entity
    parser.buffer_text = True
    try:
        parser.Parse(content, True)
    except (xml.parsers.expat.ExpatError, ValueError, LookupError) as error:
        raise NotUnderstood("it is not XML") from error
    if building.root is None:
        raise NotUnderstood("it is not XML")
    return building.root


class _Building:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        element = Element(tag.rpartition(":")[2], attributes)
        self._count += 1
        if len(self._open) >= _MAX_DEPTH or self._count > _MAX_ELEMENTS:
            raise NotUnderstood("it has too many elements, or nests them too deep")
        if self._open:
            self._open[-1].children.append(element)
        elif self.root is None:
            self.root = element
        self._open.append(element)

    def end(self, _tag: str) -> None:
        self._open.pop()

    def text(self, text: str) -> None:
        if self._open and not self._open[-1].children:
            self._open[-1].text += text


def _refuse_entity(*_declaration: object) -> None:
    raise NotUnderstood("it declares entities of its own")

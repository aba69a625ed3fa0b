"""Large XML documents, element by element, in the memory of one element.

A document type declaration is refused: entities are how a small document becomes a large one, or reads files.
"""

from collections.abc import Collection, Iterator
from xml.etree.ElementTree import Element  # only the value; parsing is expat's, below  # nosec
from xml.parsers import expat

from lading.foundation.bounded import Reader
from lading.foundation.errors import Malformed, OverLimit

_CHUNK = 1 << 20  # bytes
MAX_DEPTH = 200  # levels; criteria of OVAL nest some ten
MAX_TEXT = 16 << 20  # characters of one element with all that is in it


def iter_elements(reader: Reader, *, what: str, wanted: Collection[str], max_bytes: int) -> Iterator[Element]:
    """Yield each outermost element with one of the ``wanted`` names, in order; names are without prefixes.

    Raises Malformed ``xml-invalid`` and ``xml-doctype``, OverLimit ``xml-too-large`` and ``xml-too-deep``.
    """
    building = _Building(what, frozenset(wanted))
    total = 0
    while part := reader.read(_CHUNK):
        total += len(part)
        if total > max_bytes:
            raise OverLimit(
                "xml-too-large", f"{what} has more than {max_bytes} bytes", details={"limit": max_bytes}
            )
        yield from building.feed(part, final=False)
    yield from building.feed(b"", final=True)


class _Building:
    """The element that is being read, and those that are done."""

    def __init__(self, what: str, wanted: frozenset[str]) -> None:
        self._what = what
        self._wanted = wanted
        self._depth = 0
        self._text = 0
        self._open: list[Element] = []
        self._done: list[Element] = []
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype

    def feed(self, part: bytes, *, final: bool) -> list[Element]:
        try:
            self._parser.Parse(part, final)
        except expat.ExpatError as error:
            raise Malformed(
                "xml-invalid",
                f"{self._what} is not XML or is cut off: {error}",
                hint="fetch it again; what was imported before stays in force",
            ) from error
        done, self._done = self._done, []
        return done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise OverLimit(
                "xml-too-deep", f"{self._what} is nested too deeply", details={"limit": MAX_DEPTH}
            )
        local = name.rpartition(":")[2]
        if self._open or local in self._wanted:
            element = Element(local, attributes)
            if self._open:
                self._open[-1].append(element)
            self._open.append(element)

    def _end(self, _name: str) -> None:
        self._depth -= 1
        if self._open:
            element = self._open.pop()
            if not self._open:
                self._done.append(element)
                self._text = 0

    def _characters(self, text: str) -> None:
        if not self._open:
            return
        self._text += len(text)
        if self._text > MAX_TEXT:
            raise OverLimit(
                "xml-too-large", f"{self._what} has an element of too much text", details={"limit": MAX_TEXT}
            )
        element = self._open[-1]
        if len(element):
            element[-1].tail = (element[-1].tail or "") + text
        else:
            element.text = (element.text or "") + text

    def _refuse_doctype(self, *_declaration: object) -> None:
        raise Malformed("xml-doctype", f"{self._what} declares a document type, which no feed needs")

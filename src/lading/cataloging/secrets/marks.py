"""Find every mark of every kind in one pass over the bytes, at some gigabytes a second (Hyperscan)."""

from collections.abc import Callable, Sequence

import hyperscan

from lading.cataloging.secrets.kind import Mark, SecretKind

_SPECIAL = frozenset(b"\\^$.|?*+()[]{}-/")


class Marks:
    """The marks of some kinds, compiled. Not to be used by two threads at once."""

    def __init__(self, kinds: Sequence[SecretKind]) -> None:
        marks: dict[Mark, list[SecretKind]] = {}
        for kind in kinds:
            for mark in kind.marks:
                marks.setdefault(mark, []).append(kind)
        self._kinds = list(marks.values())
        self._lengths = [1 if mark.expression else len(mark.literal) + mark.count for mark in marks]
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=[_expression(mark) for mark in marks],
            ids=list(range(len(marks))),
            flags=[hyperscan.HS_FLAG_CASELESS if mark.any_case else 0 for mark in marks],
        )

    def scan(self, content: bytes | memoryview, seen: Callable[[int, list[SecretKind]], bool | None]) -> None:
        """Tell ``seen`` where each mark begins and whose it is; it returns True to hear of no more."""
        if not len(content):
            return

        def on_match(number: int, _start: int, end: int, _flags: int, _context: object) -> bool | None:
            return seen(end - self._lengths[number], self._kinds[number])

        try:
            self._database.scan(content, match_event_handler=on_match)  # type: ignore[type-var]  # views too
        except hyperscan.ScanTerminated:
            return


def _expression(mark: Mark) -> bytes:
    if mark.expression:
        return mark.expression
    literal = b"".join(
        b"\\x%02x" % byte if byte in _SPECIAL or byte < 33 else bytes((byte,)) for byte in mark.literal
    )
    return literal + (b"%b{%d}" % (mark.follows, mark.count) if mark.count else b"")

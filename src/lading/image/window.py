"""A stream of chunks, taken in the sizes that a format needs, without copying what lies in one chunk."""

import io
from collections.abc import Iterator


class Window:
    """Look forwards over chunks, of which one is held at a time."""

    __slots__ = ("_at", "_chunk", "_chunks", "_view")

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._chunk = b""
        self._view = memoryview(b"")
        self._at = 0

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes; fewer only at the end."""
        at = self._at
        taken = self._chunk[at : at + size]
        self._at = at + len(taken)
        if len(taken) == size:
            return taken
        # A buffer that is handed over whole: parts to be joined would hold a large file twice for a moment.
        parts = io.BytesIO()
        parts.write(taken)
        missing = size - len(taken)
        while missing and self._advance():
            part = self._view[:missing]
            self._at = len(part)
            missing -= parts.write(part)
        return parts.getvalue()

    def piece(self, size: int) -> memoryview:
        """At most ``size`` bytes, those of one chunk; none only at the end."""
        if self._at == len(self._chunk) and not self._advance():
            return self._view[:0]
        piece = self._view[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def at_hand(self, size: int) -> memoryview | None:
        """The next ``size`` bytes, if they lie in the chunk that is held; else None, and nothing is taken."""
        end = self._at + size
        if end > len(self._chunk):
            return None
        taken = self._view[self._at : end]
        self._at = end
        return taken

    def peek(self, size: int) -> bytes:
        """The next ``size`` bytes, which stay there; fewer only at the end."""
        while len(self._chunk) - self._at < size:
            following = next(self._chunks, b"")
            if not following:
                break
            self._chunk, self._at = self._chunk[self._at :] + following, 0
            self._view = memoryview(self._chunk)
        return self._chunk[self._at : self._at + size]

    def skip(self, size: int) -> int:
        """Leave ``size`` bytes out; return how many were missing."""
        left = len(self._chunk) - self._at
        while size > left:
            size -= left
            if not self._advance():
                return size
            left = len(self._chunk)
        self._at += size
        return 0

    def _advance(self) -> bool:
        for chunk in self._chunks:
            if chunk:
                self._chunk, self._view, self._at = chunk, memoryview(chunk), 0
                return True
        self._chunk, self._view, self._at = b"", memoryview(b""), 0
        return False

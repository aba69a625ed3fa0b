"""Patterns on identities, issuers and addresses: ``*`` stands for any characters, all else for itself."""

import re
from dataclasses import dataclass, field

from lading.foundation.errors import Malformed

MAX_PATTERN = 1024  # characters
MAX_STARS = 8
MAX_TEXT = 4096  # characters that are matched


@dataclass(frozen=True, slots=True)
class TextPattern:
    """A pattern that has been read; make one by ``parse``."""

    text: str
    _matcher: re.Pattern[str] = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> "TextPattern":
        """Read a pattern; raise Malformed where it is empty, too long or has too many stars."""
        if not 0 < len(text) <= MAX_PATTERN or text.count("*") > MAX_STARS:
            raise Malformed(
                "pattern-invalid", f"a pattern has 1 to {MAX_PATTERN} characters and at most {MAX_STARS} *"
            )
        first, *rest = (re.escape(piece) for piece in text.split("*"))
        # The leftmost match between stars is always good enough: atomic, so time stays linear.
        middle = "".join(f"(?>.*?{piece})" for piece in rest[:-1])
        tail = f".*{rest[-1]}" if rest else ""
        return cls(text, re.compile(f"{first}{middle}{tail}\\Z", re.DOTALL))

    def matches(self, text: str) -> bool:
        """Whether the pattern covers this text."""
        return len(text) <= MAX_TEXT and self._matcher.match(text) is not None

"""RubyGems versions (Gem::Version)."""

import re

from lading.packages.ordered_bytes import number, word
from lading.packages.version_scheme import VersionScheme

_VERSION = re.compile(r"\s*(?:[0-9]+(?:\.[0-9a-zA-Z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)?\s*")
_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+")

# The end of a version is as good as zeros for ever. So zeros are not written but counted: letters come before
# the end, the later the nearer to it; other numbers come after the end, the later the nearer to it.
_BELOW_ZERO, _END, _ABOVE_ZERO = b"\x01", b"\x02", b"\x03"


def order_key(text: str) -> bytes | None:
    """Order by segments: letters (a pre-release) < an absent segment = 0 < other numbers.

    "-" stands for ".pre." there, and nothing at all for "0".
    """
    if _VERSION.fullmatch(text) is None:
        return None
    return _key_of(_canonical(_SEGMENT.findall(text.replace("-", ".pre."))))


def _canonical(segments: list[str]) -> list[str]:
    """Drop the zeros that end the release, and those that end the pre-release after it."""
    first_text = next((at for at, segment in enumerate(segments) if segment.isalpha()), len(segments))
    return _without_last_zeros(segments[:first_text]) + _without_last_zeros(segments[first_text:])


def _without_last_zeros(segments: list[str]) -> list[str]:
    while segments and _is_zero(segments[-1]):
        segments = segments[:-1]
    return segments


def _is_zero(segment: str) -> bool:
    return not segment.strip("0")


def _key_of(segments: list[str]) -> bytes:
    pieces = []
    zeros = 0
    for segment in segments:
        if _is_zero(segment):
            zeros += 1
            continue
        if segment.isalpha():
            pieces.append(_BELOW_ZERO + zeros.to_bytes(2, "big") + word(segment))
        else:
            pieces.append(_ABOVE_ZERO + (0xFFFF - zeros).to_bytes(2, "big") + number(segment))
        zeros = 0
    return b"".join(pieces) + _END


GEM = VersionScheme(name="gem", rules="RubyGems Gem::Version", order_key=order_key)

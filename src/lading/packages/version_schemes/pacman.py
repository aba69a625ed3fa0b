"""Arch Linux package versions: ``[epoch:]pkgver[-pkgrel]`` (vercmp(8))."""

import re

from lading.packages.ordered_bytes import number, word
from lading.packages.version_scheme import VersionScheme

_VERSION = re.compile(
    r"(?:(?P<epoch>[0-9]+):)?(?P<version>[A-Za-z0-9.+_~@]*[A-Za-z0-9])(?:-(?P<release>[0-9]+(?:\.[0-9]+)?))?"
)
_SEGMENT = re.compile(r"([^A-Za-z0-9]*)(?:([A-Za-z]+)|([0-9]+))")

# Letters that follow at once make a version less than one that ends (1.0rc < 1.0); anything else, greater.
_LETTERS_AT_ONCE, _END, _MORE = b"\x01", b"\x02", b"\x03"
_LETTERS, _DIGITS = b"\x01", b"\x02"


def order_key(text: str) -> bytes | None:
    """Order by epoch, pkgver, pkgrel. An absent epoch is 0, an absent pkgrel less than any.

    A version that ends in a separator has no key: vercmp orders such versions in a circle.
    """
    found = _VERSION.fullmatch(text)
    if found is None:
        return None
    return number(found["epoch"] or "0") + _segments(found["version"]) + _segments(found["release"] or "")


def _segments(text: str) -> bytes:
    return b"".join(_segment(*groups) for groups in _SEGMENT.findall(text)) + _END


def _segment(separators: str, letters: str, digits: str) -> bytes:
    """More separators make a segment greater, whatever it is."""
    if letters and not separators:
        return _LETTERS_AT_ONCE + word(letters)
    value = _LETTERS + word(letters) if letters else _DIGITS + number(digits)
    return _MORE + number(str(len(separators))) + value


PACMAN = VersionScheme(name="pacman", rules="vercmp(8)", order_key=order_key)

"""RPM package versions: ``[epoch:]version[-release]`` (rpm-version(7), rpmvercmp)."""

import re

from lading.packages.ordered_bytes import number, word
from lading.packages.version_scheme import VersionScheme

_EVR = re.compile(r"(?:(?P<epoch>[0-9]{1,10}):)?(?P<version>[^-]+)(?:-(?P<release>[^-]+))?", re.DOTALL)
_SEGMENT = re.compile(r"([0-9]+)|([A-Za-z]+)|([~^])")

# "~" comes before the end (a pre-release), "^" just after it (a snapshot after a release).
_TILDE, _END, _CARET, _LETTERS, _DIGITS = b"\x01", b"\x02", b"\x03", b"\x04", b"\x05"


def order_key(text: str) -> bytes | None:
    """Order by epoch, version, release. An absent epoch is 0, an absent release less than any.

    Separators only separate: "1.0", "1_0" and "1..0" are equal.
    """
    found = _EVR.fullmatch(text)
    if found is None:
        return None
    return number(found["epoch"] or "0") + _segments(found["version"]) + _segments(found["release"] or "")


def _segments(text: str) -> bytes:
    return b"".join(_segment(*groups) for groups in _SEGMENT.findall(text)) + _END


def _segment(digits: str, letters: str, mark: str) -> bytes:
    if digits:
        return _DIGITS + number(digits)
    if letters:
        return _LETTERS + word(letters)
    return _TILDE if mark == "~" else _CARET


RPM = VersionScheme(name="rpm", rules="rpm-version(7)", order_key=order_key)

"""Conan package versions: parts separated by dots, with ``-pre`` and ``+build`` (Conan 2 reference)."""

import re

from lading.packages.ordered_bytes import number, word
from lading.packages.version_scheme import VersionScheme

_PARTS = r"[0-9A-Za-z_]+(?:\.[0-9A-Za-z_]+)*"
_VERSION = re.compile(rf"(?P<main>{_PARTS})(?:-(?P<pre>{_PARTS}))?(?:\+(?P<build>{_PARTS}))?")
_LEADING_NUMBER = re.compile(r"(?P<digits>[0-9]+)(?P<rest>.*)")

_NONE, _END, _NUMBER, _TEXT, _GREATEST = b"\x00", b"\x01", b"\x02", b"\x03", b"\xff"


def order_key(text: str) -> bytes | None:
    """Order by parts, then a pre-release before the release, then by build; zeros at the end do not count.

    A part like "1t" (OpenSSL) is its number first, then its text: Conan itself compares such a part as text
    with numbers, which goes in circles ("1a" < "2" < "10" < "1a").
    """
    found = _VERSION.fullmatch(text.lower())
    if found is None:
        return None
    pre = _parts(found["pre"]) if found["pre"] else _GREATEST
    build = _parts(found["build"]) if found["build"] else _NONE
    return _parts(found["main"]) + pre + build


def _parts(text: str) -> bytes:
    parts = text.split(".")
    while len(parts) > 1 and not parts[-1].strip("0"):
        parts.pop()
    return b"".join(_part(part) for part in parts) + _END


def _part(part: str) -> bytes:
    found = _LEADING_NUMBER.fullmatch(part)
    if found is None:
        return _TEXT + word(part)
    return _NUMBER + number(found["digits"]) + word(found["rest"])


CONAN = VersionScheme(name="conan", rules="Conan 2 versions", order_key=order_key)

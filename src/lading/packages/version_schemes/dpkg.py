"""Debian package versions: ``[epoch:]upstream[-revision]`` (Debian Policy 5.6.12, deb-version(7))."""

import re

from lading.packages.ordered_bytes import number
from lading.packages.version_scheme import VersionScheme

_VERSION = re.compile(
    r"(?:(?P<epoch>[0-9]{1,10}):)?(?P<upstream>[A-Za-z0-9.+~:_-]*?)(?:-(?P<revision>[A-Za-z0-9.+~_]*))?"
)
_PAIR = re.compile(r"([^0-9]*)([0-9]*)")

# "~" sorts before the end of a part, letters after it, everything else after letters.
_ORDER = {ord("~"): 0x01, **{code: 0x80 | code for code in b"+-.:_"}}
_END_OF_PART = b"\x02"


def order_key(text: str) -> bytes | None:
    """Order by epoch, then upstream version, then revision; an absent revision is equal to "0"."""
    found = _VERSION.fullmatch(text)
    if found is None or not found["upstream"] or (":" in text and not found["epoch"]):
        return None
    return number(found["epoch"] or "0") + _part(found["upstream"]) + _part(found["revision"] or "")


def _part(text: str) -> bytes:
    """Compare non-digits by character, then digits by value, and so on by turns; no digits is 0."""
    pieces = [
        non_digits.translate(_ORDER).encode("latin-1") + _END_OF_PART + number(digits or "0")
        for non_digits, digits in _PAIR.findall(text)
        if non_digits or digits
    ]
    return (b"".join(pieces) or _END_OF_PART + number("0")) + _END_OF_PART


DPKG = VersionScheme(name="dpkg", rules="deb-version(7)", order_key=order_key)

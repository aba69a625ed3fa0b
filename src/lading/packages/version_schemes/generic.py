"""Versions of software outside of any package manager: numbers and words, as upstream projects write them.

No document defines this order. It is what authors mean by 1.0.2zg, 9.2p1, 8.0.0-beta2 and 2.4.58.
"""

import re

from lading.packages.ordered_bytes import number, word
from lading.packages.version_scheme import VersionScheme

_VERSION = re.compile(r"[vV]?[0-9][A-Za-z0-9._+~ ()-]*")
_TOKEN = re.compile(r"([0-9]+)|([A-Za-z]+)")
_BEFORE = {"dev": 0, "snapshot": 0, "alpha": 1, "beta": 2, "m": 3, "preview": 4, "pre": 4, "rc": 5, "cr": 5}

_PRE_RELEASE, _END, _WORD, _NUMBER = b"\x01", b"\x02", b"\x03", b"\x04"


def order_key(text: str) -> bytes | None:
    """Order token by token: a pre-release's word, the end, another word, a number.

    Separators do not count, and zeros at the end of numbers neither (1.0 is 1.0.0).
    """
    if _VERSION.fullmatch(text) is None:
        return None
    key, zeros = b"", b""
    for digits, letters in _TOKEN.findall(text.lstrip("vV")):
        if digits:
            piece = _NUMBER + number(digits)
            key, zeros = (key, zeros + piece) if not int(digits) else (key + zeros + piece, b"")
        else:
            folded = letters.lower()
            rank = _BEFORE.get(folded)
            key += _WORD + word(folded) if rank is None else _PRE_RELEASE + bytes((rank,))
            zeros = b""
    return key + _END


GENERIC = VersionScheme(name="generic", rules="numbers and words of upstream projects", order_key=order_key)

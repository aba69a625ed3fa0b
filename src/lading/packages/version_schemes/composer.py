"""PHP package versions: normalised as Composer does, then compared as PHP's version_compare does."""

import re

from lading.packages.ordered_bytes import number
from lading.packages.version_scheme import VersionScheme

_NORMAL = re.compile(
    r"v?(?P<numbers>[0-9]+(?:\.[0-9]+){0,3})"
    r"(?:[._-]?(?P<stability>stable|beta|b|rc|alpha|a|patch|pl|p)(?P<count>(?:[.-]?[0-9]+)*))?(?P<dev>[.-]?dev)?",
    re.IGNORECASE | re.ASCII,
)
_ANY = re.compile(r"v?[0-9][0-9A-Za-z._~-]*")
_PART = re.compile(r"([0-9]+)|([A-Za-z]+)")

# version_compare: a word that it does not know, the pre-releases, the end, a number, a patch level.
_UNKNOWN, _DEV, _ALPHA, _BETA, _RC, _END, _NUMBER, _PATCH = (bytes((tag,)) for tag in range(1, 9))
_WORDS = (  # found by how they begin, in this order
    ("dev", _DEV),
    ("a", _ALPHA),
    ("b", _BETA),
    ("rc", _RC),
    ("p", _PATCH),
)


def order_key(text: str) -> bytes | None:
    """Order tagged versions; branches ("dev-main", "2.x-dev") move, so they have no key."""
    text = re.sub(r"(?:\+[0-9A-Za-z.-]*)?(?:@[A-Za-z]+)?$", "", text.strip())
    found = _NORMAL.fullmatch(text)
    if found is not None:
        text = ".".join(
            (*found["numbers"].split("."), "0", "0", "0")[: max(4, found["numbers"].count(".") + 1)]
        )
        if found["stability"] and found["stability"].lower() != "stable":
            text += f"-{found['stability']}{found['count']}"
        text += "-dev" if found["dev"] else ""
    elif _ANY.fullmatch(text) is None or ".x" in text.lower():
        return None
    return (
        b"".join(_piece(digits, letters) for digits, letters in _PART.findall(text.removeprefix("v"))) + _END
    )


def _piece(digits: str, letters: str) -> bytes:
    if digits:
        return _NUMBER + number(digits)
    lowered = letters.lower()
    return next((tag for beginning, tag in _WORDS if lowered.startswith(beginning)), _UNKNOWN)


COMPOSER = VersionScheme(name="composer", rules="Composer, PHP version_compare", order_key=order_key)

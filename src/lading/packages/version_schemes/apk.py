"""Alpine package versions: ``digits{.digits}[letter]{_suffix[digits]}[~hash][-r#]`` (apk-package(5)).

Digits after the letter (``6.0.2p1``) are no longer in the manual, but real packages have them and apk-tools 2
orders them.
"""

import re

from lading.packages.ordered_bytes import number, word
from lading.packages.version_scheme import VersionScheme

_BEFORE_RELEASE = ("alpha", "beta", "pre", "rc")
_AFTER_RELEASE = ("cvs", "svn", "git", "hg", "p")
_SUFFIX = rf"_(?:{'|'.join(_BEFORE_RELEASE + _AFTER_RELEASE)})[0-9]*"
_VERSION = re.compile(
    rf"(?P<first>[0-9]+)(?P<more>(?:\.[0-9]+)*(?:[a-z][0-9]*)?)(?P<suffixes>(?:{_SUFFIX})*)"
    r"(?:~(?P<commit>[0-9a-f]+))?(?:-r(?P<revision>[0-9]+))?"
)
_ONE_COMPONENT = re.compile(r"([a-z])|([0-9]+)")
_ONE_SUFFIX = re.compile(r"_([a-z]+)([0-9]*)")

# What comes next, when all before is equal: the earlier kinds make a version greater, and a suffix of a
# pre-release makes it less than one that ends here.
_PRE_SUFFIX, _END, _REVISION, _COMMIT, _SUFFIX_NUMBER, _POST_SUFFIX, _LETTER, _DIGITS = (
    bytes((tag,)) for tag in range(0x10, 0x90, 0x10)
)


def order_key(text: str) -> bytes | None:
    """Order as apk-tools does from 2.14 on, where a leading zero makes a component a decimal fraction."""
    found = _VERSION.fullmatch(text)
    if found is None:
        return None
    pieces = [number(found["first"])]
    for letter, digits in _ONE_COMPONENT.findall(found["more"]):
        pieces.append(_LETTER + letter.encode("ascii") if letter else _DIGITS + _component(digits))
    pieces += [_suffix(name, digits) for name, digits in _ONE_SUFFIX.findall(found["suffixes"])]
    if found["commit"]:
        pieces.append(_COMMIT + word(found["commit"]))
    if found["revision"]:
        pieces.append(_REVISION + number(found["revision"]))
    return b"".join(pieces) + _END


def _component(digits: str) -> bytes:
    # As text where it begins with zero ("1.01" < "1.1"), and such text is always less than what does not.
    return b"\x01" + word(digits) if digits.startswith("0") else b"\x02" + number(digits)


def _suffix(name: str, digits: str) -> bytes:
    if name in _BEFORE_RELEASE:
        piece = _PRE_SUFFIX + bytes((_BEFORE_RELEASE.index(name),))
    else:
        piece = _POST_SUFFIX + bytes((_AFTER_RELEASE.index(name),))
    return piece + (_SUFFIX_NUMBER + number(digits) if digits else b"")


APK = VersionScheme(name="apk", rules="apk-package(5), apk-tools 2.14", order_key=order_key)

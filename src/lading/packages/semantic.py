"""The part of semantic versioning that many ecosystems share: how lists of identifiers are ordered."""

from lading.packages.ordered_bytes import number, word

# What stands after the numbers: a pre-release begins with a lower byte than "no pre-release" does.
RELEASE = b"\xff"
IDENTIFIERS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"

_END, _NUMBER, _TEXT = b"\x01", b"\x02", b"\x03"


def identifiers(text: str) -> bytes:
    """Encode dot-separated identifiers (semver.org, rule 11.4).

    Numbers come before text, numbers by value, text by ASCII, a shorter list before its continuation.
    """
    parts = text.split(".")
    return b"".join(_NUMBER + number(part) if part.isdigit() else _TEXT + word(part) for part in parts) + _END


def pre_release(text: str | None) -> bytes:
    """Encode what follows the hyphen, or that nothing does."""
    return identifiers(text) if text else RELEASE

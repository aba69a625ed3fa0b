"""Python package versions (PEP 440, now the PyPA specification "Version specifiers")."""

import re

from lading.packages.ordered_bytes import number, word
from lading.packages.version_scheme import VersionScheme

# Appendix B of PEP 440: the forms that are accepted, more than the ones that are normal.
_VERSION = re.compile(
    r"""\s*v?
    (?:(?P<epoch>[0-9]+)!)?
    (?P<release>[0-9]+(?:\.[0-9]+)*)
    (?:[-_.]?(?P<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<pre_number>[0-9]*))?
    (?P<post>-(?P<post_implicit>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_number>[0-9]*))?
    (?P<dev>[-_.]?dev[-_.]?(?P<dev_number>[0-9]*))?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?
    \s*""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_PRE = {"a": 1, "alpha": 1, "b": 2, "beta": 2, "c": 3, "rc": 3, "pre": 3, "preview": 3}

_LEAST, _END, _TEXT, _NUMBER, _GREATEST = b"\x00", b"\x01", b"\x02", b"\x03", b"\xff"


def order_key(text: str) -> bytes | None:
    """Order by epoch, release, pre-release, post-release, development release and local version."""
    found = _VERSION.fullmatch(text)
    if found is None:
        return None
    return b"".join(
        (
            number(found["epoch"] or "0"),
            _release(found["release"]),
            _pre(found),
            _NUMBER + number(found["post_implicit"] or found["post_number"] or "0")
            if found["post"]
            else _LEAST,
            _NUMBER + number(found["dev_number"] or "0") if found["dev"] else _GREATEST,
            _local(found["local"]),
        )
    )


def _release(text: str) -> bytes:
    """Trailing zeros do not count: 1.0 is 1."""
    parts = text.split(".")
    while len(parts) > 1 and not parts[-1].strip("0"):
        parts.pop()
    return b"".join(_NUMBER + number(part) for part in parts) + _END


def _pre(found: re.Match[str]) -> bytes:
    if found["pre"]:
        return bytes((_PRE[found["pre"].lower()],)) + number(found["pre_number"] or "0")
    # 1.0.dev1 comes before 1.0a1, although 1.0 comes after it.
    return _LEAST if found["dev"] and not found["post"] else _GREATEST


def _local(text: str | None) -> bytes:
    """No local version comes first, text before numbers, and a shorter one before its continuation."""
    if text is None:
        return _LEAST
    parts = re.split(r"[-_.]", text.lower())
    return b"".join(_NUMBER + number(part) if part.isdigit() else _TEXT + word(part) for part in parts) + _END


PEP440 = VersionScheme(name="pep440", rules="PEP 440", order_key=order_key)

"""Perl versions: decimal (``1.0203``) and dotted (``v1.20.300``), two writings of one order (version.pm)."""

import re

from lading.packages.ordered_bytes import number
from lading.packages.version_scheme import VersionScheme

_DOTTED = re.compile(r"v[0-9]+(?:\.[0-9]+)*|[0-9]+(?:\.[0-9]+){2,}")
_DECIMAL = re.compile(r"(?P<whole>[0-9]*)(?:\.(?P<fraction>[0-9]*))?")
_END, _NUMBER = b"\x01", b"\x02"


def order_key(text: str) -> bytes | None:
    """Order number by number; three decimal digits are one number, so 1.002003 is v1.2.3. "_" is a mark."""
    text = text.replace("_", "")
    if _DOTTED.fullmatch(text):
        parts = text.removeprefix("v").split(".")
    else:
        found = _DECIMAL.fullmatch(text)
        if found is None or not (found["whole"] or found["fraction"]):
            return None
        parts = [found["whole"] or "0", *_thousandths(found["fraction"] or "")]
    while len(parts) > 1 and not parts[-1].strip("0"):
        parts.pop()
    return b"".join(_NUMBER + number(part) for part in parts) + _END


def _thousandths(fraction: str) -> list[str]:
    return [fraction[at : at + 3].ljust(3, "0") for at in range(0, len(fraction), 3)]


CPAN = VersionScheme(name="cpan", rules="version.pm", order_key=order_key)

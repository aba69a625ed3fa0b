"""R package versions: numbers separated by "." or "-" (R's package_version)."""

import re

from lading.packages.ordered_bytes import number
from lading.packages.version_scheme import VersionScheme

_VERSION = re.compile(r"[0-9]+(?:[.-][0-9]+)*")
_END, _NUMBER = b"\x01", b"\x02"


def order_key(text: str) -> bytes | None:
    """Order number by number; a shorter version comes before its continuation, so 1.0 < 1.0.0."""
    if _VERSION.fullmatch(text) is None:
        return None
    return b"".join(_NUMBER + number(part) for part in re.split("[.-]", text)) + _END


CRAN = VersionScheme(name="cran", rules="R package_version", order_key=order_key)

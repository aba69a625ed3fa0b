"""NuGet versions: semantic versions with up to four numbers, compared without case."""

import re

from lading.packages.ordered_bytes import number
from lading.packages.semantic import pre_release
from lading.packages.version_scheme import VersionScheme

_VERSION = re.compile(
    r"\s*v?(?P<numbers>[0-9]+(?:\s*\.\s*[0-9]+){0,3})(?:-(?P<pre>[0-9A-Z-]+(?:\.[0-9A-Z-]+)*))?"
    r"(?:\+[0-9A-Za-z.-]*)?\s*",
    re.IGNORECASE | re.ASCII,
)


def order_key(text: str) -> bytes | None:
    """Order by four numbers (absent ones are 0), then by the pre-release; build metadata does not count."""
    found = _VERSION.fullmatch(text)
    if found is None:
        return None
    numbers = [part.strip() for part in found["numbers"].split(".")]
    core = b"".join(number(part) for part in (*numbers, "0", "0", "0")[:4])
    return core + pre_release((found["pre"] or "").lower())


NUGET = VersionScheme(name="nuget", rules="NuGet package versioning", order_key=order_key)

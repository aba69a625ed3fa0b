"""Go module versions, pseudo-versions included (golang.org/ref/mod#versions), and releases of Go itself."""

import re

from lading.packages.ordered_bytes import number
from lading.packages.semantic import IDENTIFIERS, pre_release
from lading.packages.version_scheme import VersionScheme

_MODULE = re.compile(
    r"v?(?P<major>[0-9]+)(?:\.(?P<minor>[0-9]+)(?:\.(?P<patch>[0-9]+))?)?"
    rf"(?:-(?P<pre>{IDENTIFIERS}))?(?:\+{IDENTIFIERS})?"
)
# The toolchain's own versions: go1.21rc2, 1.20.3. Its advisories write the first as 1.21.0-rc.2.
_TOOLCHAIN = re.compile(
    r"(?:go)?(?P<major>[0-9]+)\.(?P<minor>[0-9]+)(?:\.(?P<patch>[0-9]+))?"
    r"(?:(?P<pre>beta|rc)(?P<pre_number>[0-9]+))?"
)


def order_key(text: str) -> bytes | None:
    """Order as semantic versions; "+incompatible" does not count. A local build ("(devel)") has no key."""
    found = _MODULE.fullmatch(text)
    if found is not None:
        pre = found["pre"]
    else:
        found = _TOOLCHAIN.fullmatch(text)
        if found is None:
            return None
        pre = f"{found['pre']}.{found['pre_number']}" if found["pre"] else ""
    core = number(found["major"]) + number(found["minor"] or "0") + number(found["patch"] or "0")
    return core + pre_release(pre)


GO = VersionScheme(name="go", rules="Go Modules Reference, versions", order_key=order_key)

"""Semantic versions (semver.org 2.0.0), as npm and most feeds write them."""

import re

from lading.packages.ordered_bytes import number
from lading.packages.semantic import IDENTIFIERS, pre_release
from lading.packages.version_scheme import VersionScheme

_VERSION = re.compile(
    r"\s*[=v]*\s*(?P<major>[0-9]+)(?:\.(?P<minor>[0-9]+))?(?:\.(?P<patch>[0-9]+))?"
    rf"(?:-(?P<pre>{IDENTIFIERS}))?(?:\+[0-9A-Za-z.+-]*)?\s*"
)


def order_key(text: str) -> bytes | None:
    """Order by rule 11; build metadata does not count (rule 10). Absent minor and patch are 0."""
    found = _VERSION.fullmatch(text)
    if found is None:
        return None
    core = number(found["major"]) + number(found["minor"] or "0") + number(found["patch"] or "0")
    return core + pre_release(found["pre"])


SEMVER = VersionScheme(name="semver", rules="Semantic Versioning 2.0.0", order_key=order_key)

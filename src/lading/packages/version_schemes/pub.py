"""Dart and Flutter package versions: semantic versions whose build suffix counts (pub_semver)."""

import re

from lading.packages.ordered_bytes import number
from lading.packages.semantic import IDENTIFIERS, identifiers, pre_release
from lading.packages.version_scheme import VersionScheme

_VERSION = re.compile(
    rf"v?(?P<major>[0-9]+)\.(?P<minor>[0-9]+)\.(?P<patch>[0-9]+)(?:-(?P<pre>{IDENTIFIERS}))?"
    rf"(?:\+(?P<build>{IDENTIFIERS}))?"
)
_NO_BUILD = b"\x00"


def order_key(text: str) -> bytes | None:
    """Order as semantic versions, then by the build: none comes first."""
    found = _VERSION.fullmatch(text)
    if found is None:
        return None
    core = number(found["major"]) + number(found["minor"]) + number(found["patch"])
    return core + pre_release(found["pre"]) + (identifiers(found["build"]) if found["build"] else _NO_BUILD)


PUB = VersionScheme(name="pub", rules="pub_semver", order_key=order_key)

"""Erlang and Elixir package versions: semantic versions, exactly (Elixir's Version)."""

import re

from lading.packages.ordered_bytes import number
from lading.packages.semantic import IDENTIFIERS, pre_release
from lading.packages.version_scheme import VersionScheme

_VERSION = re.compile(
    rf"(?P<major>[0-9]+)\.(?P<minor>[0-9]+)\.(?P<patch>[0-9]+)(?:-(?P<pre>{IDENTIFIERS}))?(?:\+{IDENTIFIERS})?"
)


def order_key(text: str) -> bytes | None:
    """Order by rule 11 of semver.org; build metadata does not count. All three numbers are required."""
    found = _VERSION.fullmatch(text)
    if found is None:
        return None
    core = number(found["major"]) + number(found["minor"]) + number(found["patch"])
    return core + pre_release(found["pre"])


HEX = VersionScheme(name="hex", rules="Elixir Version", order_key=order_key)

"""Lock files of pnpm, versions 5 to 9 (pnpm/spec, "lockfile"): names and versions are in the keys.

``/name/1.0.0_peer@2`` until version 5, ``/name@1.0.0(peer@2)`` in version 6, without the slash since 9.
"""

import re
from collections.abc import Iterator

from lading.cataloging.analysis import Unreadable
from lading.cataloging.block_yaml import read_block_yaml
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import reporting, scoped, table

NAME = "pnpm-lock"
_BY_AT = re.compile(r"/?(?P<name>(?:@[^/@]+/)?[^/@]+)@(?P<version>[^(]+)")
_BY_SLASH = re.compile(
    r"(?:[^/]*\.[^/]*)?/(?P<name>(?:@[^/]+/)?[^/]+)/(?P<version>[0-9][^_(/]*)(?:[_(].*)?\Z"
)


def _read_lock(path: str, content: bytes) -> Iterator[Found]:
    lock = table(read_block_yaml(content))
    version = str(lock.get("lockfileVersion") or "")
    pattern = _BY_SLASH if version.startswith(("5", "4", "3")) else _BY_AT
    for key, package in table(lock, "packages").items():
        found = pattern.match(key)
        # What is fetched from elsewhere than the registry says its name and version beside.
        own, stated = table(package).get("name"), table(package).get("version")
        name = own or (found["name"] if found else None)
        if stated and (own or found):
            yield from scoped("npm", name, stated)
        elif found and "://" not in found["version"] and ":" not in found["version"]:
            yield from scoped("npm", name, found["version"])
        elif not found and "/" not in key:
            yield Unreadable(path, NAME, f"{key[:200]} is not a package and a version")


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/pnpm-lock.yaml",),
    parse=reporting(NAME, _read_lock),
    max_bytes=32 << 20,
    declares=True,
)

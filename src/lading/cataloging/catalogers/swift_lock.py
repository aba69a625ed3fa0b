"""Swift: Package.resolved of the package manager, versions 1 to 3, and Podfile.lock of CocoaPods."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named, read_json_object, read_text, reporting, table, tables

NAME = "swift-lock"
_POD = re.compile(r'  - "?(?P<name>[^\s/("]+)(?:/[^\s(]+)? \((?P<version>[^\s)]+)\)"?:?\s*\Z')
_SSH = re.compile(r"(?:ssh://)?[^@/\s]+@(?P<host>[^:/\s]+)[:/](?P<path>\S+)\Z")


def _read_lock(path: str, content: bytes) -> Iterator[Found]:
    if path.endswith("Podfile.lock"):
        yield from _iter_pods(read_text(content))
        return
    document = read_json_object(content)
    for pin in tables(document.get("pins") or table(document, "object").get("pins")):
        location = pin.get("location") or pin.get("repositoryURL")
        yield from _package(location if isinstance(location, str) else "", table(pin, "state").get("version"))


def _package(location: str, version: object) -> Iterator[Found]:
    """The purl of a Swift package is where it comes from: host and path of its repository."""
    ssh = _SSH.match(location)
    try:
        parts = urlsplit(location)
    except ValueError:
        return
    host, place = (ssh["host"], ssh["path"]) if ssh else (parts.hostname or "", parts.path)
    namespace, _, name = f"{host}/{place.strip('/').removesuffix('.git')}".rpartition("/")
    if host:
        yield from named("swift", name, version, namespace=namespace)


def _iter_pods(text: str) -> Iterator[Found]:
    """Parts of a pod (``Name/Part``) are the pod."""
    inside = False
    for line in text.split("\n"):
        if line and not line[0].isspace():
            inside = line.startswith("PODS:")
        elif inside and (found := _POD.match(line)):
            yield from named("cocoapods", found["name"], found["version"])


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/Package.resolved", "**/Podfile.lock"),
    parse=reporting(NAME, _read_lock),
    max_bytes=8 << 20,
    declares=True,
)

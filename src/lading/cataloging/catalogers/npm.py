"""JavaScript packages as npm, yarn and pnpm install them: package.json in a package's own directory.

A directory right below ``node_modules`` (or below a scope in it) is an installed package, so a package.json
there that cannot be read is reported. Others may be an application, a package bundled into another one, or
only say ``{"type": "module"}`` to the runtime: they count when they name a package and a version. One that is
bundled under its name and without its version is reported, because what it is cannot be told.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from lading.cataloging.analysis import Unreadable
from lading.cataloging.asking import Asker, Scope, asker
from lading.cataloging.cataloger import Cataloger, Found
from lading.packages.package import Package

NAME = "npm"
_INSTALLED = re.compile(r"(?:.*/)?node_modules/(?:@[^/]+/)?[^/@.][^/]*/package\.json\Z", re.DOTALL)
_VERSION = re.compile(r"[!-~]{1,256}\Z")  # semver(5) allows no more characters, and no others than these
_PACKAGE_NAME = re.compile(r"(?:(@[^/@\s]+)/)?([^/@\s][^/\s]*)\Z")


class _Manifest(msgspec.Struct):
    """What we read of package.json; everything is believed to be anything."""

    name: Any = None
    version: Any = None
    license: Any = None
    licenses: Any = None
    dependencies: Any = None
    optional_dependencies: Any = msgspec.field(name="optionalDependencies", default=None)
    peer_dependencies: Any = msgspec.field(name="peerDependencies", default=None)


_DECODER = msgspec.json.Decoder(_Manifest)


def parse_manifest(path: str, content: bytes) -> Iterator[Found]:
    """Yield the package that the file names, if it names one."""
    installed = _INSTALLED.match(path) is not None
    try:
        manifest = _DECODER.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if installed:
            yield Unreadable(path, NAME, "it is not a JSON object")
        return
    name = _PACKAGE_NAME.match(manifest.name) if isinstance(manifest.name, str) else None
    version = manifest.version.strip() if isinstance(manifest.version, str) else ""
    if name is None or not _VERSION.match(version):
        if installed or (name is not None and "node_modules/" in path):
            named = f"it names {name[0][:200]} and no version" if name else "it names no package"
            yield Unreadable(path, NAME, named)
        return
    yield Package(
        type="npm",
        namespace=name[1] or "",
        name=name[2],
        version=version,
        licenses=tuple(_iter_licenses(manifest)),
    )


def iter_asks(path: str, content: bytes) -> Iterator[Asker]:
    """Yield what a package depends on when it runs; not what its makers build it with."""
    package = next((one for one in parse_manifest(path, content) if isinstance(one, Package)), None)
    if package is not None:
        manifest = _DECODER.decode(content.removeprefix(b"\xef\xbb\xbf"))
        stated = (manifest.dependencies, manifest.optional_dependencies, manifest.peer_dependencies)
        yield asker(package, (name for group in stated if isinstance(group, dict) for name in group))


def _iter_licenses(manifest: _Manifest) -> Iterator[str]:
    """``license`` is an expression; ``licenses`` and objects with a ``type`` are forms of before npm 2."""
    stated = manifest.license if manifest.license is not None else manifest.licenses
    for one in stated if isinstance(stated, list) else [stated]:
        text = one.get("type") if isinstance(one, dict) else one
        if isinstance(text, str) and text.strip():
            yield text.strip()


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/package.json",),
    parse=parse_manifest,
    max_bytes=8 << 20,
    asks=iter_asks,
    scope=Scope.NODE,
)

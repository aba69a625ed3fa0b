"""Nix: each folder of the store is a package, by its name (Nix manual, "Store Path")."""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named

NAME = "nix"
_STORE_PATH = re.compile(
    r"nix/store/[0-9a-df-np-sv-z]{32}-(?P<name>.+?)-(?P<version>[0-9][^-]*(?:-[^a-z][^-]*)*)"
)
# Outputs of one derivation, and what is no package: the recipe, sources and patches.
_OUTPUT = re.compile(r"-(?:bin|dev|lib|out|man|doc|info|static|debug|dist|data|env|py|modules)\Z")
_NO_PACKAGE = re.compile(
    r".*(?:\.drv|\.patch|\.diff|\.lock|\.sh|\.tar(?:\.[a-z0-9]+)?|\.t[bgx]z|\.zip|\.check)\Z"
)


def parse_store_path(path: str, content: bytes) -> Iterator[Found]:  # noqa: ARG001 - the name is all there is
    """Yield the package of a path in the store; nothing for what has no version."""
    if _NO_PACKAGE.match(path):
        return
    while output := _OUTPUT.search(path):
        path = path[: output.start()]
    found = _STORE_PATH.fullmatch(path)
    if found:
        yield from named("nix", found["name"], found["version"])


CATALOGER = Cataloger(name=NAME, reads=(), parse=parse_store_path, trees=("nix/store",))

"""The static files: read once, named by their content, kept by browsers for ever."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from starlette.responses import Response

_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_FILES = ("console.css", "lading.svg")
_KEPT = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFiles:
    """Contents by file name, and the address that pages use for each."""

    contents: Mapping[str, bytes]
    addresses: Mapping[str, str]

    def answer(self, name: str) -> Response | None:
        """The file, or None where there is no such file."""
        content = self.contents.get(name)
        if content is None:
            return None
        media_type = _TYPES[name[name.rindex(".") :]]
        return Response(content, headers={"content-type": media_type, "cache-control": _KEPT})


def load_static_files() -> StaticFiles:
    """Read the package's static files."""
    folder = resources.files("lading.console") / "static"
    contents = {name: (folder / name).read_bytes() for name in _FILES}
    addresses = {
        name: f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"
        for name, content in contents.items()
    }
    return StaticFiles(contents, addresses)

"""Whiteouts: how a layer deletes what is below it (OCI image-spec v1.1, layer.md, "Whiteouts")."""

from dataclasses import dataclass

from lading.image.path import parent

_PREFIX = ".wh."
_OPAQUE = ".wh..wh..opq"
_AUFS = ".wh..wh."  # aufs kept its own books under such names; runtimes leave them out


@dataclass(frozen=True, slots=True)
class Whiteout:
    """``path`` is deleted from the layers below, or, if ``opaque``, everything in it is."""

    path: str
    opaque: bool


@dataclass(frozen=True, slots=True)
class NoWhiteout:
    """It is named like a whiteout, and deletes nothing that can be named."""

    reason: str


def is_whiteout(path: str) -> bool:
    """Whether an entry at ``path`` is a whiteout and not content. The kind of the entry does not matter."""
    return path.startswith(_PREFIX, path.rfind("/") + 1)


def parse_whiteout(path: str) -> Whiteout | NoWhiteout | None:
    """Read the path of a whiteout; None for those of aufs itself, which say nothing."""
    directory, name = parent(path), path[path.rfind("/") + 1 :]
    if name == _OPAQUE:
        return Whiteout(directory, opaque=True)
    if name.startswith(_AUFS):
        return None
    deleted = name.removeprefix(_PREFIX)
    if deleted in ("", ".", ".."):
        # ".wh..." would delete the directory above: the attack is on whoever joins paths without looking.
        return NoWhiteout("a whiteout that names no file")
    return Whiteout(f"{directory}/{deleted}" if directory else deleted, opaque=False)

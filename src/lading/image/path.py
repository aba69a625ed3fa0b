"""Paths inside a layer: relative to the root, without a leading slash, never leaving it."""

import re
from collections.abc import Mapping

MAX_LENGTH = 4096  # characters; longer ones cannot be unpacked on Linux (PATH_MAX)
MAX_LINKS = 40  # followed for one path, as Linux does before it says ELOOP
_PLAIN = re.compile(r"(?!/|\.\.?/|\.\.?\Z)(?!.*(?:/\.\.?(?:/|\Z)|//|/\Z))[^\0]+\Z", re.DOTALL)


def normalise(name: str) -> str | None:
    """Read a name in an archive as runtimes do: counted from the root, with ``.`` and ``..`` applied.

    The root itself is the empty path. None where the name leaves the root: no runtime unpacks that.
    """
    name = name.removeprefix("./").removesuffix("/")  # how most archivers write; the rest is for the others
    if _PLAIN.match(name):
        return name
    parts: list[str] = []
    for part in name.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def parent(path: str) -> str:
    """The directory that holds ``path``; that of a name in the root is the empty path."""
    return path.rpartition("/")[0]


def link_target(path: str, target: str) -> str | None:
    """The path that a symbolic link at ``path`` means by ``target``; None where it leaves the root.

    At run time the root's parent is the root, so a link of too many ``..`` would stay inside. It is refused
    here all the same: who writes one means another file system than this.
    """
    return normalise(target if target.startswith("/") else f"{parent(path)}/{target}")


def resolve(path: str, links: Mapping[str, str]) -> str | None:
    """Follow symbolic links (path → target as written) in every part of ``path``, also in the last.

    None where it leaves the root, or where links go round in a loop.
    """
    followed = 0
    done = ""
    pending = path.split("/")[::-1]
    while pending:
        part = pending.pop()
        if part in ("", "."):
            continue
        if part == "..":
            done = parent(done)
            continue
        here = f"{done}/{part}" if done else part
        target = links.get(here)
        if target is None:
            done = here
            continue
        followed += 1
        if followed > MAX_LINKS or link_target(here, target) is None:
            return None
        if target.startswith("/"):
            done = ""
        pending.extend(target.split("/")[::-1])
    return done

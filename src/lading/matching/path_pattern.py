"""Patterns of paths, matched in time that grows with pattern times path, whatever somebody writes.

``*`` is anything within a part, ``**`` as a part any number of parts, also none. A pattern without "/" is of
a file in any folder.
"""

from collections.abc import Callable


def path_matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a path, without a slash in front, fits the pattern."""
    parts = pattern.split("/") if "/" in pattern else ["**", pattern]

    def fits(path: str) -> bool:
        """Greedy: what follows the last ``**`` that was met moves along; no earlier one is tried again."""
        wanted, given = 0, 0
        names = path.split("/")
        retry: tuple[int, int] | None = None
        while given < len(names):
            if wanted < len(parts) and parts[wanted] == "**":
                retry = (wanted, given)
                wanted += 1
            elif wanted < len(parts) and fits_part(names[given], parts[wanted]):
                wanted, given = wanted + 1, given + 1
            elif retry is not None:
                retry = (retry[0], retry[1] + 1)
                wanted, given = retry[0] + 1, retry[1]
            else:
                return False
        return all(part == "**" for part in parts[wanted:])

    return fits


def fits_part(name: str, pattern: str) -> bool:
    """Whether one part of a path fits: the pieces between stars stand in it one after the other."""
    if "*" not in pattern:
        return name == pattern
    first, *middle, last = pattern.split("*")
    if not name.startswith(first) or len(name) < len(first) + len(last):
        return False
    at, end = len(first), len(name) - len(last)
    for piece in middle:
        at = name.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return name.endswith(last)

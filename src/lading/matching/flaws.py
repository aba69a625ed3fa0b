"""Which advisories are about one flaw: those whose names are joined by aliases."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

from lading.advisories.advisory import Advisory

T = TypeVar("T")

_CVE = re.compile(r"CVE-([0-9]{4})-([0-9]{4,19})")


def name_sets(advisory: Advisory) -> tuple[tuple[str, ...], ...]:
    """The flaws that an advisory is about, each by the names that it gives to it.

    A notice about several CVEs is about several flaws: they are not names of one another.
    """
    if advisory.flaws:
        return tuple((flaw,) for flaw in advisory.flaws)
    return ((advisory.id, *advisory.aliases),)


def join(items: Iterable[tuple[Sequence[str], T]]) -> list[tuple[tuple[str, ...], list[T]]]:
    """Gather items whose names are joined, directly or through others; names in the order of ``rank``.

    Linear in the number of names, but for a nearly constant factor: a million aliases are no danger.
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while (above := parent.setdefault(name, name)) != name:
            parent[name] = parent[above]  # halve the path
            name = above
        return name

    listed = list(items)
    for names, _ in listed:
        first = root(names[0])
        for name in names[1:]:
            parent[root(name)] = first
    gathered: dict[str, tuple[dict[str, None], list[T]]] = {}
    for names, item in listed:
        known, members = gathered.setdefault(root(names[0]), ({}, []))
        known.update(dict.fromkeys(names))
        members.append(item)
    return [(tuple(sorted(known, key=rank)), members) for known, members in gathered.values()]


@lru_cache(maxsize=65536)
def rank(name: str) -> tuple[int, int, int, str]:
    """Sort the name that people use first: the oldest CVE, then GitHub's, then anything else."""
    found = _CVE.fullmatch(name)
    if found:
        return (0, int(found[1]), int(found[2]), name)
    # Names of one package's state in a tracker ("CVE-2014-6271/bash") are nobody's words.
    kind = 3 if "/" in name else 1 if name.startswith("GHSA-") else 2
    return (kind, 0, 0, name)

"""Two states of one base, and what the newer one mends: all that the demonstration stands on."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_ENTRY = re.compile(r"(?m)^(\S+) \(([^)]+)\) [^;\n]*;.*\n")
_FLAW = re.compile(r"\bCVE-\d{4}-\d{4,7}\b")


@dataclass(frozen=True, slots=True)
class Mended:
    """A flaw that a newer version of a source package mends, as the package's own changelog says."""

    flaw: str
    source: str
    version: str  # the first one without the flaw

    def as_tracker(self, codename: str) -> bytes:
        """In the layout of the Debian security tracker, which Lading reads."""
        state = {"status": "resolved", "fixed_version": self.version, "urgency": "not yet assigned"}
        return json.dumps({self.source: {self.flaw: {"releases": {codename: state}}}}).encode()


@dataclass(frozen=True, slots=True)
class States:
    """A base as it was and as it is, by architecture; ``mirror`` is a folder of newer package files.

    ``affected`` is a package of the flaw's source that an application can install beside the base;
    empty where there is none.
    """

    old: Mapping[str, Path]
    new: Mapping[str, Path]
    codename: str
    mended: Mended
    mirror: Path
    changed: Sequence[str]  # packages, each with both versions
    package: str  # of the flaw, in the base
    affected: str = ""
    runtimes: bool = True  # whether Python and Node can be installed; without, all are shell scripts


def entries(changelog: str) -> Iterator[tuple[str, str, str]]:
    """Source, version and text of each entry of a Debian changelog, the newest first (deb-changelog(5))."""
    found = list(_ENTRY.finditer(changelog))
    ends = [*(each.start() for each in found[1:]), len(changelog)]
    for each, end in zip(found, ends, strict=True):
        yield each[1], each[2], changelog[each.end() : end]


def mended_since(changelog: str, before: str) -> Iterator[Mended]:
    """The flaws that entries newer than version ``before`` name, the newest entry first."""
    for source, version, text in entries(changelog):
        if version == before:
            return
        for flaw in dict.fromkeys(_FLAW.findall(text)):
            yield Mended(flaw, source, version)

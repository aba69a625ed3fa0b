"""What an inspection of a whole image finds. All of it follows from its layers and its configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lading.cataloging.secrets.in_config import ConfigSecret

MAX_LISTED = 500  # of each kind of fact; ``more`` says how many there are beyond


@dataclass(frozen=True, slots=True)
class FileFact:
    """A file or directory that is visible in the image, and the layer that wrote it."""

    path: str
    layer: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Facts of one kind, by path; ``more`` are not listed."""

    listed: tuple[FileFact, ...] = ()
    more: int = 0

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.listed) + self.more


class Password(StrEnum):
    """What an account asks of who signs in with a password."""

    SET = "set"
    EMPTY = "empty"  # nothing
    LOCKED = "locked"  # nobody can


@dataclass(frozen=True, slots=True)
class Account:
    """A user of ``etc/passwd`` who can sign in by a password, or is root by another name."""

    name: str
    uid: int
    shell: str
    password: Password


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """What the image starts. ``problem`` says why it cannot, and is empty where nothing speaks against it."""

    program: str  # as it is written
    path: str = ""  # the file that it is, links followed
    interpreter: str = ""  # of a script, or the dynamic linker of a program
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Power:
    """What who gets into a container finds there, and may do."""

    setuid: FileFacts = field(default_factory=FileFacts)
    setgid: FileFacts = field(default_factory=FileFacts)
    capabilities: FileFacts = field(default_factory=FileFacts)  # detail: cap_net_raw=ep
    world_writable: FileFacts = field(default_factory=FileFacts)
    shells: FileFacts = field(default_factory=FileFacts)
    package_managers: FileFacts = field(default_factory=FileFacts)
    compilers: FileFacts = field(default_factory=FileFacts)
    network_tools: FileFacts = field(default_factory=FileFacts)
    ssh_servers: FileFacts = field(default_factory=FileFacts)
    accounts: tuple[Account, ...] = ()
    entry_point: EntryPoint | None = None
    writes: tuple[str, ...] = ()  # directories that it is known to write to, and no volume covers


@dataclass(frozen=True, slots=True)
class Origins:
    """Where visible files come from. ``counts`` are files by origin; verified ones are as installed."""

    counts: Mapping[str, int] = field(default_factory=dict)
    verified: int = 0
    unverified: int = 0  # a package has them and recorded no digest that could be compared
    unexplained: FileFacts = field(default_factory=FileFacts)
    changed: FileFacts = field(default_factory=FileFacts)  # detail: the package, and whether it is a setting
    missing: FileFacts = field(default_factory=FileFacts)  # detail: the package that had it
    # packages of the system with a file that is changed or missing, and is no setting, nor documentation
    altered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what could hold software is understood.

    ``programs`` counts programs, libraries and archives; ``known`` those that a package accounts for. What
    could not be read counts as one more program that is not known.
    """

    programs: int = 0
    known: int = 0
    unreadable: int = 0
    unknown: FileFacts = field(default_factory=FileFacts)

    @property
    def score(self) -> int:
        """Percent, rounded down: 100 only where nothing is left."""
        total = self.programs + self.unreadable
        return 100 if total == 0 else 100 * self.known // total


@dataclass(frozen=True, slots=True)
class Inspection:
    """All of it."""

    secrets: tuple[ConfigSecret, ...] = ()
    power: Power = field(default_factory=Power)
    origins: Origins = field(default_factory=Origins)
    coverage: Coverage = field(default_factory=Coverage)


def listed(facts: "list[FileFact]") -> FileFacts:
    """Facts by path, as many as are listed."""
    ordered = sorted(facts, key=lambda fact: fact.path)
    return FileFacts(tuple(ordered[:MAX_LISTED]), max(0, len(ordered) - MAX_LISTED))

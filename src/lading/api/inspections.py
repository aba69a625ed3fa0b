"""What an image's files may do, where they come from, and how much of it is understood."""

from lading.api.message import Message


class FileFactLine(Message):
    """A file that is visible in the image, and the layer that wrote it."""

    path: str
    layer: int
    detail: str


class FileFactsLine(Message):
    """Files of one kind. ``count`` counts those that are not listed, too."""

    count: int
    listed: list[FileFactLine]


class AccountLine(Message):
    """A user who can sign in. ``password`` is set, empty, or locked (root by another name)."""

    name: str
    uid: int
    shell: str
    password: str


class EntryPointLine(Message):
    """What the image starts; ``problem`` says why it cannot, and is empty where nothing speaks against it."""

    program: str
    path: str
    interpreter: str
    problem: str


class PowerLine(Message):
    """What who gets into a container finds there, and may do."""

    setuid: FileFactsLine
    setgid: FileFactsLine
    capabilities: FileFactsLine
    world_writable: FileFactsLine
    shells: FileFactsLine
    package_managers: FileFactsLine
    compilers: FileFactsLine
    network_tools: FileFactsLine
    ssh_servers: FileFactsLine
    accounts: list[AccountLine]
    entry_point: EntryPointLine | None
    writes: list[str]


class OriginsLine(Message):
    """Where files come from, by number; those of packages against the packages' own digests."""

    counts: dict[str, int]
    verified: int
    unverified: int
    unexplained: FileFactsLine
    changed: FileFactsLine
    missing: FileFactsLine


class CoverageLine(Message):
    """How much of what could hold software is accounted for, in percent, and what is not."""

    score: int
    programs: int
    known: int
    unreadable: int
    unknown: FileFactsLine


class InspectionLine(Message):
    """All of it."""

    power: PowerLine
    origins: OriginsLine
    coverage: CoverageLine

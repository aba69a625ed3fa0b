"""Power and files of one image, as the page shows them."""

from collections.abc import Iterator
from dataclasses import dataclass

from lading.console.links import image_link
from lading.console.views.image_header import ImageHeader
from lading.console.views.sbom_differences import SbomRow
from lading.lineage.inspection.facts import FileFacts, Inspection, Password, Power

_WORDS = (
    (
        "changed",
        "Changed since installed",
        "Other than the package's own digest says: somebody changed them after the package was installed.",
        "Every file of a package that could be compared is as it was installed.",
    ),
    (
        "unexplained",
        "Unexplained",
        "No package, package manager or copying build step accounts for them.",
        "Every file is accounted for.",
    ),
    (
        "unknown",
        "Programs of unknown origin",
        "No package says what they are: advisories cannot be matched with them.",
        "A package accounts for every program, library and archive.",
    ),
    (
        "missing",
        "Missing",
        "A package installed them, and they are gone.",
        "Nothing that a package installed is missing.",
    ),
)
_ACCOUNTS = {
    Password.SET: "signs in by a password",
    Password.EMPTY: "signs in without a password",
    Password.LOCKED: "is root by another name",
}
_ROWS = 50  # files that a table lists; the API has more


@dataclass(frozen=True, slots=True)
class PowerRow:
    """One thing that the image's files may do. ``why`` says what it means to who reads it."""

    what: str
    why: str
    count: int
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file."""

    path: str
    detail: str
    layer: int
    layer_link: str


@dataclass(frozen=True, slots=True)
class FileTable:
    """Files of one kind. ``calm`` is what is said where there are none."""

    id: str
    title: str
    note: str
    calm: str
    count: int
    rows: tuple[FileRow, ...]


@dataclass(frozen=True, slots=True)
class FilesView:
    """The page. ``known`` is False where the image was not looked into."""

    header: ImageHeader
    known: bool
    power: tuple[PowerRow, ...] = ()
    tables: tuple[FileTable, ...] = ()
    starts: str = ""
    starts_problem: str = ""
    accounts: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    origins: tuple[tuple[str, int], ...] = ()
    verified: int = 0
    unverified: int = 0
    score: int = 0
    programs: int = 0
    programs_known: int = 0
    unreadable: int = 0
    unreadable_link: str = ""
    sboms: tuple[SbomRow, ...] = ()


def files_view(header: ImageHeader, inspection: Inspection | None, repository: str, digest: str) -> FilesView:
    """Make the page of what an inspection found."""
    if inspection is None:
        return FilesView(header, known=False)
    power, origins, coverage = inspection.power, inspection.origins, inspection.coverage
    link = image_link(repository, digest, "layers")
    entry = power.entry_point
    return FilesView(
        header=header,
        known=True,
        power=tuple(_power_rows(power)),
        tables=_tables(inspection, link),
        starts=f"{entry.program} ({entry.path})" if entry and entry.path else entry.program if entry else "",
        starts_problem=entry.problem if entry else "",
        accounts=tuple(_account_words(power)),
        writes=tuple(f"/{path}" for path in power.writes),
        origins=tuple(origins.counts.items()),
        verified=origins.verified,
        unverified=origins.unverified,
        score=coverage.score,
        programs=coverage.programs,
        programs_known=coverage.known,
        unreadable=coverage.unreadable,
        unreadable_link=f"{link}#unreadable",
    )


def _power_rows(power: Power) -> Iterator[PowerRow]:
    for what, why, facts in (
        ("setuid programs", "run as their owner, whoever starts them", power.setuid),
        ("setgid programs", "run as their group, whoever starts them", power.setgid),
        ("file capabilities", "give single rights of root to who starts them", power.capabilities),
        ("world-writable", "everybody in the container may change them", power.world_writable),
        ("shells", "what most attacks start", power.shells),
        ("package managers", "bring in more at run time", power.package_managers),
        ("compilers", "make programs out of text", power.compilers),
        ("network tools", "fetch, connect, listen, scan", power.network_tools),
        ("servers to sign in", "let people in past the orchestrator", power.ssh_servers),
    ):
        with_detail = facts is power.capabilities
        names = tuple(
            f"/{each.path} ({each.detail})" if with_detail else f"/{each.path}" for each in facts.listed[:12]
        )
        yield PowerRow(what, why, facts.count, names)


def _account_words(power: Power) -> Iterator[str]:
    for each in power.accounts:
        yield f"{each.name} {_ACCOUNTS[each.password]}"


def _tables(inspection: Inspection, link: str) -> tuple[FileTable, ...]:
    origins = inspection.origins
    facts = (origins.changed, origins.unexplained, inspection.coverage.unknown, origins.missing)
    return tuple(_table(*words, each, link) for words, each in zip(_WORDS, facts, strict=True))


def _table(id_: str, title: str, note: str, calm: str, facts: FileFacts, link: str) -> FileTable:  # noqa: PLR0917 - words, facts
    rows = tuple(
        FileRow(f"/{each.path}", each.detail, each.layer, f"{link}#layer-{each.layer}")
        for each in facts.listed[:_ROWS]
    )
    return FileTable(id_, title, note, calm, facts.count, rows)

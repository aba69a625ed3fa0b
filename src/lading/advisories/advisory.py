"""An advisory, in one shape whatever feed it came from."""

from dataclasses import dataclass
from enum import StrEnum

from lading.packages.package_name import NameKind, PackageName, comparable_name


class Severity(StrEnum):
    """How bad, in the words of CVSS; UNKNOWN where nobody said."""

    UNKNOWN = "unknown"
    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class AffectedRange:
    """From ``introduced`` (inclusive) to ``fixed`` (exclusive) or ``last_affected`` (inclusive).

    Empty ``introduced`` is "from the beginning"; empty ``fixed`` and ``last_affected`` is "no end known".
    """

    introduced: str = ""
    fixed: str = ""
    last_affected: str = ""


@dataclass(frozen=True, slots=True)
class Affected:
    """What an advisory says about one package.

    ``type``, ``namespace``, ``name`` and ``distro`` are as in ``lading.packages.package.Package``, with the
    source's name for operating-system packages. ``scheme`` names the version ordering. ``versions`` are
    affected whatever the ranges say. ``not_affected`` is the vendor's word that it is not. ``kind`` says
    whether ``name`` is of a source or of what is built from it. ``severity`` is the vendor's, for this.
    """

    type: str
    namespace: str
    name: str
    distro: str
    scheme: str
    ranges: tuple[AffectedRange, ...]
    versions: tuple[str, ...] = ()
    not_affected: bool = False
    vendor_status: str = ""  # the vendor's own word: "no-dsa", "postponed", "end-of-life" …
    kind: NameKind = NameKind.SOURCE
    severity: Severity = Severity.UNKNOWN

    @property
    def package_name(self) -> PackageName:
        """The name to look packages up by; see ``lading.packages.package_name.names_of``."""
        return comparable_name(self.type, self.namespace, self.name, self.distro, self.kind)


@dataclass(frozen=True, slots=True)
class Advisory:
    """One published record. ``feed`` and ``id`` together are its identity.

    ``aliases`` are other names of the same flaw. ``flaws`` are the flaws that a notice is about, where it is
    about several or is not the name of one itself ("DSA-6113-1": its CVEs).
    """

    feed: str  # "osv/PyPI", "debian-tracker", "starter"
    id: str
    aliases: tuple[str, ...]
    summary: str
    severity: Severity
    cvss: str  # vector, empty where none was published
    published: str  # RFC 3339, empty where unknown
    modified: str
    withdrawn: bool
    affected: tuple[Affected, ...]
    references: tuple[str, ...] = ()
    known_exploited: bool = False
    flaws: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name by which somebody may ask for it."""
        return tuple(dict.fromkeys((self.id, *self.aliases, *self.flaws)))

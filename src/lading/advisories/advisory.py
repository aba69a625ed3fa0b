"""An advisory, in one shape whatever feed it came from."""

from dataclasses import dataclass
from enum import StrEnum


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
    affected whatever the ranges say. ``not_affected`` is the vendor's word that it is not.
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


@dataclass(frozen=True, slots=True)
class Advisory:
    """One published record. ``feed`` and ``id`` together are its identity."""

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

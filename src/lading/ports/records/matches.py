"""Package versions against advisories. Findings of images are joins over these, never rows of their own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from lading.advisories.advisory import Advisory, Severity
from lading.cataloging.analysis import InstalledPackage
from lading.oci.digest import Digest
from lading.packages.package import Package
from lading.packages.package_name import PackageName
from lading.packages.realm import Realm, RealmNumbers
from lading.ports.records.contents import KnownPackage
from lading.ports.records.page import DEFAULT_LIMIT, Page


class MatchStatus(StrEnum):
    """What is kept of matching: not being affected is the absence of a row.

    NOT_AFFECTED is kept of what would be a finding, had nobody stated otherwise: to show it, not to count it.
    """

    AFFECTED = "affected"
    UNDETERMINED = "undetermined"
    NOT_AFFECTED = "not-affected"


@dataclass(frozen=True, slots=True)
class Match:
    """One distinct package version and one flaw that it has or may have.

    ``flaw`` is the CVE where there is one; every advisory that names the flaw has been joined into this one
    match, and ``feed`` and ``advisory_id`` are the one whose word counted. ``reason`` is small JSON that
    explains it, ``fixed_in`` the version that has the fix, empty where there is none. A package and a flaw
    have at most one match.
    """

    package: Package
    flaw: str
    feed: str
    advisory_id: str
    status: MatchStatus
    severity: Severity
    fixed_in: str
    reason: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class MatchChange:
    """A match that came, went or is another one now. One of ``before`` and ``after`` may be None."""

    before: Match | None
    after: Match | None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody has taken note of a change, and says what of it."""

    word: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """A verdict about a package version that had one before; None is no finding.

    ``number`` is its place in their order, given when it is kept.
    """

    package: KnownPackage
    flaw: str
    severity: Severity
    before: MatchStatus | None
    after: MatchStatus | None
    fixed_in: str
    at: datetime
    number: int = 0
    acknowledged: Acknowledgement | None = None

    @property
    def waits(self) -> bool:
        """Whether somebody should take note: it got worse, and nobody has."""
        return self.acknowledged is None and self.after in (MatchStatus.AFFECTED, MatchStatus.UNDETERMINED)


@dataclass(frozen=True, slots=True)
class ImageFinding:
    """A match that an image has, with the place of the package and the advisory whose word counted.

    ``advisory`` comes without what it says of packages. ``known_exploited`` is what
    ``AdvisoryRecords.known_exploited`` says of the flaw now.
    """

    installed: InstalledPackage
    match: Match
    advisory: Advisory
    known_exploited: bool
    likelihood: float = (
        0.0  # of being attacked within thirty days, as EPSS has it now; 0 where it has nothing
    )


@dataclass(frozen=True, slots=True)
class FindingCounts:
    """How many findings an image has: a package version and a flaw count once, wherever it is installed.

    None of them means something only as far as packages could be judged.
    """

    by_severity: Mapping[Severity, int]  # of those that affect it; severities without any are absent
    undetermined: int
    # Packages that nothing that is held could judge, by the realms of which one would be needed.
    unjudged: RealmNumbers = field(default_factory=dict)


class MatchRecords(Protocol):
    """Matches, and the joins that answer who is affected."""

    def packages_to_match(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[KnownPackage]:
        """Distinct package versions that have never been matched, or are to be matched again.

        Versions of one name come one after the other.
        """
        ...

    def match_again(self, names: Iterable[PackageName], flaws: Iterable[str]) -> int:
        """Put the packages that have one of these names, or a match of one of these flaws, to be matched.

        Their matches stand until then. Returns how many packages there are to match, these and others.
        """
        ...

    def match_owned_again(self, realms: Iterable[Realm]) -> int:
        """Put packages to be matched that a distribution ships whose realm is one of these.

        Whose word counts about them changes when advisories for it come or go. Returns as ``match_again``.
        """
        ...

    def unjudged_packages(self) -> RealmNumbers:
        """How many distinct package versions nothing that is held could judge, in any image."""
        ...

    def never_matched(self, manifest: Digest) -> int:
        """How many of an image's visible packages have never been matched: its findings are not all there.

        Packages that are only to be matched again are not counted: what was last said of them stands.
        """
        ...

    def packages_named(
        self, names: Iterable[PackageName], *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[Package]:
        """Known package versions that have one of these names: what to match again after an import.

        A package has the names of ``lading.packages.package_name.names_of``.
        """
        ...

    def matches_of(self, packages: Iterable[Package]) -> tuple[Match, ...]:
        """All that is known of these packages, by package and flaw."""
        ...

    def replace_matches(
        self, packages: Iterable[KnownPackage], matches: Iterable[Match]
    ) -> tuple[MatchChange, ...]:
        """Make ``matches`` all that is known of ``packages``, which count as matched from now on.

        What did not change is not written; what did is returned, by package and flaw. Raises NotFound
        ``package-unknown`` or ``advisory-unknown``.
        """
        ...

    def note_changes(self, changes: Iterable[VerdictChange]) -> None:
        """Remember that verdicts changed."""
        ...

    def verdict_changes(
        self,
        *,
        severity: Severity | None = None,
        waiting: bool = False,
        after: str = "",
        limit: int = DEFAULT_LIMIT,
    ) -> Page[VerdictChange]:
        """Verdicts that changed, the newest first: of flaws of a severity, and those that wait, if wanted."""
        ...

    def verdict_change(self, number: int) -> VerdictChange | None:
        """The change of this number."""
        ...

    def count_waiting_changes(self, *, most: int) -> int:
        """How many changes wait that are about what some image shows; none is counted beyond ``most``."""
        ...

    def acknowledge(self, number: int, acknowledgement: Acknowledgement) -> bool:
        """Keep that somebody took note of a change; False where somebody did before, whose word stands."""
        ...

    def changes_after(self, sequence: int, *, limit: int) -> Mapping[int, VerdictChange]:
        """Verdicts that changed, the oldest first, each by its place in their order, from after one on."""
        ...

    def worst_fixable(self, *, limit: int) -> tuple[KnownPackage, ...]:
        """Package versions with findings that have a fix: those of exploited flaws, then the worst."""
        ...

    def image_findings(
        self, manifest: Digest, *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[ImageFinding]:
        """Findings of an image's visible packages, by package and flaw."""
        ...

    def finding_counts(self, manifests: Iterable[Digest]) -> Mapping[Digest, FindingCounts]:
        """The numbers of findings, and of what could not be judged; images without any are absent."""
        ...

    def packages_with(self, flaws: Iterable[str]) -> tuple[int, ...]:
        """Numbers of the package versions that have, or may have, one of these flaws; cleared ones are not.

        Names are taken as they are; ``lading.workflows.who_has`` finds the flaw that a name stands for.
        """
        ...

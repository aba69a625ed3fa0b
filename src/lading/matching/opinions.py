"""What several advisories say of one flaw of one package, and whose word counts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lading.advisories.advisory import Advisory, Affected, Severity
from lading.advisories.cvss import worse
from lading.matching.finding import Finding, Reason, Rule, Verdict
from lading.matching.judgement import Judgement
from lading.packages.package import Package
from lading.packages.realm import owners_realm

MAX_ALSO = 20  # other advisories that a reason names

# Whose word counts, by the format of the feed, where several speak of one flaw of one package: lower is
# stronger. A vendor's own tracker knows of its back-ports first, then its notices of what was fixed; what is
# by name alone or shipped with the program is only better than nothing.
_AUTHORITY = {"csaf": 0, "debian-tracker": 0, "arch": 0, "alpine-secdb": 1, "oval": 2, "nvd": 8, "starter": 9}
_ANY_FEED = 5

# Among equals, the one that finds more.
_STRENGTH = {Verdict.AFFECTED: 0, Verdict.UNDETERMINED: 1, Verdict.NOT_AFFECTED: 2}
_OF_ANOTHER_STREAM = 3  # counts only where nothing is said of the package's own stream
# Verdicts of not being affected that somebody took the trouble to state, worth showing.
_STATED = (Rule.VENDOR_NOT_AFFECTED, Rule.NO_CODE)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one advisory says of one package, and what that comes to."""

    advisory: Advisory
    affected: Affected
    judgement: Judgement

    @property
    def authority(self) -> int:
        """Whose word it is; lower is stronger."""
        return _AUTHORITY.get(self.advisory.feed.partition("/")[0], _ANY_FEED)

    @property
    def order(self) -> tuple[object, ...]:
        """Authority first; of equal ones, the word that it is not affected, then what finds more.

        The rest only makes it one order, however the opinions came.
        """
        reason = self.judgement.reason
        return (
            self.authority,
            reason.rule is not Rule.VENDOR_NOT_AFFECTED,
            self._strength,
            self.advisory.feed,
            self.advisory.id,
            self.affected.kind,
            self.affected.distro,
            self.affected.severity,
            reason.says,
            reason.rule,
            reason.fixed,
            reason.last_affected,
            reason.introduced,
            reason.scheme,
        )

    @property
    def _strength(self) -> int:
        if self.judgement.reason.rule is Rule.OTHER_MODULE_STREAM:
            return _OF_ANOTHER_STREAM
        return _STRENGTH[self.judgement.verdict]


def conclude(package: Package, names: tuple[str, ...], opinions: Sequence[Opinion]) -> Finding | None:
    """Make one finding of all that is said of one flaw; None where the package is outside of all ranges."""
    ordered = sorted(opinions, key=lambda opinion: opinion.order) if len(opinions) > 1 else opinions
    chosen = ordered[0]
    verdict, reason = chosen.judgement.verdict, chosen.judgement.reason
    if verdict is Verdict.NOT_AFFECTED and reason.rule not in _STATED:
        return None
    also = dict.fromkeys(
        f"{other.advisory.feed} {other.advisory.id}"
        for other in ordered[1:]
        if other.advisory is not chosen.advisory
    )
    return Finding(
        package=package,
        flaw=names[0],
        names=names,
        verdict=verdict,
        severity=_severity(ordered),
        cvss=next((opinion.advisory.cvss for opinion in ordered if opinion.advisory.cvss), ""),
        fixed_in=_fix(ordered) if verdict is not Verdict.NOT_AFFECTED else "",
        feed=chosen.advisory.feed,
        advisory_id=chosen.advisory.id,
        reason=_explained(package, reason, tuple(also)[:MAX_ALSO]),
    )


def _explained(package: Package, reason: Reason, also: tuple[str, ...]) -> Reason:
    """The reason with who else speaks of it, and whose word is wanting."""
    owner = owners_realm(package)
    if owner is None and not also:
        return reason
    return replace(reason, also=also, unheld=owner.words if owner else "")


def _severity(opinions: Sequence[Opinion]) -> Severity:
    """The vendor's for this package where it has one, else the worst that anybody says of the flaw."""
    severity = opinions[0].affected.severity
    if severity is not Severity.UNKNOWN:
        return severity
    for opinion in opinions:
        severity = worse(severity, opinion.advisory.severity)
    return severity


def _fix(opinions: Sequence[Opinion]) -> str:
    """The fix by the strongest word that names one; a weaker authority's fix is not the vendor's."""
    return next(
        (
            opinion.judgement.reason.fixed
            for opinion in opinions
            if opinion.judgement.reason.fixed
            and opinion.authority == opinions[0].authority
            and opinion.judgement.verdict is opinions[0].judgement.verdict
        ),
        "",
    )

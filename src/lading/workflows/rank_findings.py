"""Put an image's findings in the order in which to look at them, each with the reason for its place."""

from collections.abc import Iterable
from dataclasses import dataclass

from lading.matching.finding import Finding, Verdict, reason_of_json
from lading.matching.priority import Priority, prioritise
from lading.packages.package import Package
from lading.ports.records.matches import ImageFinding


@dataclass(frozen=True, slots=True)
class RankedFinding:
    """One flaw of one package version of an image, and how urgent it is.

    ``finding`` is the one of the first place where the package is installed, ``paths`` are all of them.
    """

    finding: ImageFinding
    priority: Priority
    paths: tuple[str, ...]

    @property
    def order(self) -> tuple[int, str, str, str]:
        """The most urgent first; equally urgent ones by flaw and package, so that pages fit together."""
        package = self.finding.match.package
        return (
            -self.priority.score,
            self.finding.match.flaw,
            f"{package.type}/{package.namespace}/{package.name}/{package.arch}",
            package.version,
        )


def rank_findings(findings: Iterable[ImageFinding], *, running: int = 0) -> tuple[RankedFinding, ...]:
    """Give the findings, the most urgent first. ``running`` is how many containers run the image.

    A package that is installed in several places is one finding, as in ``FindingCounts``.
    """
    places: dict[tuple[Package, str], list[ImageFinding]] = {}
    for finding in findings:
        places.setdefault((finding.match.package, finding.match.flaw), []).append(finding)
    ranked = [
        RankedFinding(same[0], _priority(same[0], running), tuple(each.installed.path for each in same))
        for same in places.values()
    ]
    return tuple(sorted(ranked, key=lambda one: one.order))


def _priority(found: ImageFinding, running: int) -> Priority:
    match = found.match
    finding = Finding(
        package=match.package,
        flaw=match.flaw,
        names=(match.flaw, *found.advisory.aliases),
        verdict=Verdict(match.status.value),
        severity=match.severity,
        cvss=found.advisory.cvss,
        fixed_in=match.fixed_in,
        feed=match.feed,
        advisory_id=match.advisory_id,
        reason=reason_of_json(match.reason),
    )
    return prioritise(
        finding, known_exploited=found.known_exploited, running=running, likelihood=found.likelihood
    )

"""The waivers that are in question for one image at one moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lading.advisories.advisory import Severity
from lading.policy.evidence import Evidence
from lading.policy.waiver import Waiver, WaiverBounds


@dataclass(frozen=True, slots=True)
class Excuse:
    """A waiver that excuses something, and until when."""

    waiver: str  # its id
    until: datetime


def waivers_concerning(waivers: Iterable[Waiver], evidence: Evidence) -> tuple[Waiver, ...]:
    """Give those whose scope the image stands in, by id, whether they count or not."""
    image = evidence.image
    concerning = (
        waiver
        for waiver in waivers
        if waiver.scope.covers_image(image.repository, image.digest, evidence.environment)
    )
    return tuple(sorted(concerning, key=lambda waiver: waiver.id))


class Excuses:
    """Finds the waiver for a violation, and remembers when the first of those it gave ends."""

    def __init__(self, concerning: tuple[Waiver, ...], now: datetime, bounds: WaiverBounds) -> None:
        self._waivers = concerning
        self._now = now
        self._bounds = bounds
        self.first_end: datetime | None = None

    @property
    def none_apply(self) -> bool:
        """Whether no waiver is in question at all."""
        return not self._waivers

    def find(
        self,
        rule: str,
        severity: Severity,
        vulnerabilities: Sequence[str] = (),
        names: Sequence[str] = (),
    ) -> Excuse | None:
        """Give the waiver that excuses a violation of ``rule`` for longest; None where it stands."""
        found: Excuse | None = None
        for waiver in self._waivers:
            if not waiver.scope.covers_violation(rule, vulnerabilities, names):
                continue
            until = waiver.counts_until(severity, self._now, self._bounds)
            if until is not None and (found is None or until > found.until):
                found = Excuse(waiver.id, until)
        if found is not None:
            self.first_end = min(found.until, self.first_end or found.until)
        return found

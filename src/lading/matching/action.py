"""What to do first: one action with all that it removes, and why, in words."""

from dataclasses import dataclass
from enum import StrEnum


class ActionKind(StrEnum):
    """What is done once and helps many images."""

    UPDATE_BASE = "update-base"
    UPGRADE_PACKAGE = "upgrade-package"


@dataclass(frozen=True, slots=True)
class Action:
    """One action. Numbers are of findings: a package version and a flaw, once in each image.

    ``removes`` are distinct flaws by severity that a fix is known for; ``exploited`` those of them that are
    used in attacks, ``likeliest`` the highest probability of EPSS among them.
    """

    kind: ActionKind
    subject: str  # "base/debian:12" or "openssl (debian-12)"
    target: str  # the version to go to, empty where any newer base will do
    critical: int
    high: int
    others: int
    images: int
    containers: int
    teams: tuple[str, ...]
    exploited: tuple[str, ...]
    likeliest: float
    question: str  # what to ask "who has" for, to see the images

    @property
    def score(self) -> tuple[int, int, int, float, int]:
        """Used in attacks where it runs, then in attacks, then by what is removed from how much."""
        weight = 10 * self.critical + 3 * self.high
        return (
            len(self.exploited) * min(self.containers, 1_000),
            len(self.exploited),
            weight * (self.images + 4 * self.containers),
            self.likeliest,
            self.others,
        )

    @property
    def words(self) -> str:
        """One sentence: what is done, and what that removes from where."""
        removed = [f"{self.critical} critical"] if self.critical else []
        removed += [f"{self.high} high"] if self.high else []
        if not removed or self.others:
            removed.append(f"{self.others} other")
        what = (
            f"Update the base {self.subject}"
            if self.kind is ActionKind.UPDATE_BASE
            else f"Upgrade {self.subject} to {self.target}"
        )
        images = f"{self.images} image{'' if self.images == 1 else 's'}"
        return f"{what}: it removes {' and '.join(removed)} findings from {images}"

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it stands where it does."""
        found: list[str] = []
        if self.exploited:
            shown = ", ".join(self.exploited[:5])
            more = f" and {len(self.exploited) - 5} more" if len(self.exploited) > 5 else ""
            found.append(f"used in attacks: {shown}{more}")
        if self.likeliest >= 0.01:
            found.append(f"up to {self.likeliest:.0%} likely to be attacked within 30 days")
        if self.containers:
            found.append(f"{self.containers} running container{'' if self.containers == 1 else 's'}")
        if self.kind is ActionKind.UPDATE_BASE:
            found.append("every image on it gains, without a change of its own")
        return tuple(found)

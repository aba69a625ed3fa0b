"""What is said about a rebase: remarks by rule and place, and the verdict that follows from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MAX_REMARKS = 500  # of one rule that are kept; a proof that refuses needs no more


class Weight(StrEnum):
    """What a remark means for the verdict."""

    NOTE = "note"  # good to know
    REFUSES = "refuses"  # a fresh build would not come out like this
    UNKNOWN = "unknown"  # it could not be found out


class Verdict(StrEnum):
    """Whether a base can be put in the place of another."""

    SAFE = "safe"
    SAFE_WITH_NOTES = "safe with notes"
    NEEDS_REBUILD = "needs rebuild"
    COULD_NOT_TELL = "could not tell"

    @property
    def allows(self) -> bool:
        """Whether the rebase may be carried out."""
        return self in {Verdict.SAFE, Verdict.SAFE_WITH_NOTES}


class Rule(StrEnum):
    """The rules of the proof, by step."""

    CHAIN = "1.chain"
    SUCCESSOR = "1.successor"
    VARIANT = "1.variant"
    DOWNGRADE = "1.downgrade"
    READABLE = "2.readable"
    FILES = "2.files"
    DIRECTORIES = "2.directories"
    LINKS = "2.links"
    WHITEOUTS = "2.whiteouts"
    PRIVILEGES = "2.privileges"
    PACKAGES = "3.packages"
    ACCOUNTS = "3.accounts"
    LIBRARIES = "4.libraries"
    INTERPRETERS = "4.interpreters"
    CONFIG = "5.config"
    CACHES = "6.caches"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that was found. ``path`` is the file that it is about, empty where it is about the image."""

    rule: Rule
    weight: Weight
    path: str
    reason: str


def verdict_of(remarks: Iterable[Remark]) -> Verdict:
    """A refusal counts for more than what could not be found out, and that for more than a note."""
    weights = {remark.weight for remark in remarks}
    if Weight.REFUSES in weights:
        return Verdict.NEEDS_REBUILD
    if Weight.UNKNOWN in weights:
        return Verdict.COULD_NOT_TELL
    return Verdict.SAFE_WITH_NOTES if weights else Verdict.SAFE


class Findings:
    """Collect remarks. Of one rule and weight at most ``MAX_REMARKS`` are kept, the others are counted."""

    def __init__(self) -> None:
        self._kept: list[Remark] = []
        self._counts: dict[tuple[Rule, Weight], int] = {}

    def note(self, rule: Rule, path: str, reason: str) -> None:
        """Good to know."""
        self._add(Remark(rule, Weight.NOTE, path, reason))

    def refuse(self, rule: Rule, path: str, reason: str) -> None:
        """The rebase would not be what a fresh build is."""
        self._add(Remark(rule, Weight.REFUSES, path, reason))

    def unknown(self, rule: Rule, path: str, reason: str) -> None:
        """It could not be found out."""
        self._add(Remark(rule, Weight.UNKNOWN, path, reason))

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """All of them, by step, refusals first."""
        order = {Weight.REFUSES: 0, Weight.UNKNOWN: 1, Weight.NOTE: 2}
        more = [
            Remark(rule, weight, "", f"and {count - MAX_REMARKS} more like these")
            for (rule, weight), count in self._counts.items()
            if count > MAX_REMARKS
        ]
        return tuple(sorted([*self._kept, *more], key=lambda one: (order[one.weight], one.rule, one.path)))

    def _add(self, remark: Remark) -> None:
        key = (remark.rule, remark.weight)
        self._counts[key] = self._counts.get(key, 0) + 1
        if self._counts[key] <= MAX_REMARKS:
            self._kept.append(remark)

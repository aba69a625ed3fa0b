"""Severity from CVSS vectors (FIRST, versions 3.0, 3.1 and 4.0) and from the words of feeds."""

from functools import lru_cache

from cvss import CVSS3, CVSS4
from cvss.exceptions import CVSSError

from lading.advisories.advisory import Severity

MAX_VECTOR = 400  # characters; a complete 4.0 vector with every optional metric has about 250

_WORDS = {
    "none": Severity.NONE,
    "unimportant": Severity.NONE,  # Debian
    "negligible": Severity.LOW,  # Ubuntu
    "low": Severity.LOW,
    "minor": Severity.LOW,
    "moderate": Severity.MEDIUM,  # Red Hat, GitHub
    "medium": Severity.MEDIUM,
    "important": Severity.HIGH,  # Red Hat
    "major": Severity.HIGH,
    "high": Severity.HIGH,
    "critical": Severity.CRITICAL,
}
_RANKS = {severity: rank for rank, severity in enumerate(Severity)}  # the enum goes up


def severity_of_word(word: str) -> Severity:
    """Read a feed's word for severity; UNKNOWN where it says nothing we know."""
    return _WORDS.get(word.strip().lower(), Severity.UNKNOWN)


def worse(one: Severity, other: Severity) -> Severity:
    """The higher of two; anything is higher than UNKNOWN."""
    return max(one, other, key=_RANKS.__getitem__)


def severity_of_score(score: float) -> Severity:
    """The qualitative scale of CVSS 3 and 4 (section 5 of 3.1, section 6 of 4.0)."""
    if score <= 0:
        return Severity.NONE
    if score < 4:
        return Severity.LOW
    if score < 7:
        return Severity.MEDIUM
    return Severity.HIGH if score < 9 else Severity.CRITICAL


@lru_cache(maxsize=4096)  # some 30,000 advisories share 2,000 vectors
def base_score(vector: str) -> float | None:
    """Score a vector, 0.0 to 10.0; None where it is no CVSS 3 or 4 vector or contradicts itself."""
    if len(vector) > MAX_VECTOR:
        return None
    try:
        if vector.startswith("CVSS:4.0/"):
            return float(CVSS4(vector).base_score)
        if vector.startswith(("CVSS:3.0/", "CVSS:3.1/")):
            return float(CVSS3(vector).base_score)
    except CVSSError:
        return None
    return None


def severity_of_vector(vector: str) -> Severity:
    """The severity that a vector amounts to; UNKNOWN where it cannot be scored."""
    score = base_score(vector)
    return Severity.UNKNOWN if score is None else severity_of_score(score)

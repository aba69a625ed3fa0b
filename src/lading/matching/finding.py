"""What matching says about one package and one flaw, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from lading.advisories.advisory import Severity
from lading.packages.package import Package


class Verdict(StrEnum):
    """Three-valued: what could not be told is never taken for not affected."""

    AFFECTED = "affected"
    UNDETERMINED = "undetermined"
    NOT_AFFECTED = "not-affected"


class Rule(StrEnum):
    """Which rule gave the verdict."""

    BEFORE_FIX = "before-fix"
    UP_TO_LAST_AFFECTED = "up-to-last-affected"
    NO_FIX = "no-fix"
    LISTED = "listed"
    OUTSIDE_RANGES = "outside-ranges"
    VENDOR_NOT_AFFECTED = "vendor-not-affected"
    NO_CODE = "no-code"
    VERSION_UNPARSABLE = "version-unparsable"
    BOUND_UNPARSABLE = "bound-unparsable"
    NO_VERSIONS_NAMED = "no-versions-named"
    NO_ORDERING = "no-ordering"
    OTHER_MODULE_STREAM = "other-module-stream"
    VENDOR_UNDETERMINED = "vendor-undetermined"
    STATED = "stated"


@dataclass(frozen=True, slots=True)
class Reason:
    """The rule, what was compared, and in which order.

    ``name`` and ``version`` are the ones that were looked at: the source's where the advisory is about
    sources. ``introduced``, ``fixed`` and ``last_affected`` are the range that decided. ``says`` is the
    vendor's word about it ("no-dsa"). ``also`` are the other advisories about the flaw, each "feed id".
    ``unheld`` is the release of the distribution that ships the package and would know of its repairs, where
    no advisories for it are held, so that its makers' word counts.
    """

    rule: Rule
    name: str
    version: str
    scheme: str = ""
    introduced: str = ""
    fixed: str = ""
    last_affected: str = ""
    says: str = ""
    also: tuple[str, ...] = ()
    unheld: str = ""

    def as_json(self) -> dict[str, object]:
        """Small JSON without what is empty; ``reason_of_json`` reads it back."""
        members: dict[str, object] = {
            "rule": self.rule.value,
            "name": self.name,
            "version": self.version,
            "scheme": self.scheme,
            "introduced": self.introduced,
            "fixed": self.fixed,
            "last_affected": self.last_affected,
            "says": self.says,
            "also": list(self.also),
            "unheld": self.unheld,
        }
        return {name: value for name, value in members.items() if value}

    @property
    def words(self) -> str:
        """One sentence for people."""
        sentence = _WORDS[self.rule].format(
            name=self.name,
            version=self.version,
            scheme=self.scheme,
            introduced=self.introduced,
            fixed=self.fixed,
            last_affected=self.last_affected,
        )
        remarks = [sentence, _REMARKS.get(self.says, f"the vendor says: {self.says}" if self.says else "")]
        if self.unheld:
            remarks.append(
                f"its makers say so: no advisories are held for {self.unheld}, which may have mended it"
            )
        return "; ".join(filter(None, remarks))


_WORDS = {
    Rule.BEFORE_FIX: "{name} {version} is before {fixed}, which has the fix",
    Rule.UP_TO_LAST_AFFECTED: "{name} {version} is not after {last_affected}, the last affected version",
    Rule.NO_FIX: "{name} {version} is affected and no version has a fix",
    Rule.LISTED: "{name} {version} is listed as affected",
    Rule.OUTSIDE_RANGES: "{name} {version} is in no affected range",
    Rule.VENDOR_NOT_AFFECTED: "the vendor says that its {name} is not affected",
    Rule.NO_CODE: "{name} {version} is built from what is affected, but holds none of its code",
    Rule.VERSION_UNPARSABLE: "{version} of {name} is no {scheme} version, so it could not be compared",
    Rule.BOUND_UNPARSABLE: "the advisory's range of {name} has a bound that is no {scheme} version",
    Rule.NO_VERSIONS_NAMED: "the advisory does not say which versions of {name} are affected",
    Rule.NO_ORDERING: "versions of {name} have no order that we know",
    Rule.OTHER_MODULE_STREAM: "{name} {version} may be of another module stream than {fixed}",
    Rule.STATED: "{name} {version} is cleared by a statement",
    Rule.VENDOR_UNDETERMINED: "the vendor has not determined whether {name} {version} is affected",
}

_REMARKS = {
    "no-dsa": "Debian judges it too minor for a security update",
    "postponed": "Debian has put its update off to the next occasion",
    "ignored": "Debian will not fix it in this release",
    "unimportant": "Debian sees no security impact",
    "end-of-life": "the vendor no longer supports this package",
    "undetermined": "",
    "ubuntu-pro": "the fix comes with Ubuntu Pro only",
    "by-cpe": "matched by a CPE, a name that may be another product's",
}


def reason_of_json(value: Mapping[str, object]) -> Reason:
    """Read what ``as_json`` wrote; members of later versions are dropped."""
    texts = {field.name: str(value.get(field.name, "")) for field in fields(Reason)}
    also = value.get("also", ())
    return Reason(
        rule=Rule(texts["rule"]),
        name=texts["name"],
        version=texts["version"],
        scheme=texts["scheme"],
        introduced=texts["introduced"],
        fixed=texts["fixed"],
        last_affected=texts["last_affected"],
        says=texts["says"],
        also=tuple(str(one) for one in also) if isinstance(also, list | tuple) else (),
        unheld=texts["unheld"],
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """One flaw of one package version.

    ``flaw`` is its CVE where it has one; ``names`` are all its names. ``feed`` and ``advisory_id`` are the
    advisory whose word counted. ``fixed_in`` is empty where no fix is known.
    """

    package: Package
    flaw: str
    names: tuple[str, ...]
    verdict: Verdict
    severity: Severity
    cvss: str
    fixed_in: str
    feed: str
    advisory_id: str
    reason: Reason

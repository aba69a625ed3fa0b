"""One package against what one advisory says about it."""

import re
from dataclasses import dataclass

from lading.advisories.advisory import Affected, AffectedRange
from lading.matching.finding import Reason, Rule, Verdict
from lading.matching.no_code import holds_no_code
from lading.packages.all_version_schemes import VERSION_SCHEMES
from lading.packages.package import Package
from lading.packages.package_name import NameKind
from lading.packages.version_scheme import VersionScheme


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reason. OUTSIDE is the one that nobody wants explained: there is no finding."""

    verdict: Verdict
    reason: Reason


OUTSIDE = Judgement(Verdict.NOT_AFFECTED, Reason(Rule.OUTSIDE_RANGES, name="", version=""))


def judge(package: Package, affected: Affected) -> Judgement:
    """Judge by these rules, the first that applies.

    1. The vendor's word that it is not affected.
    2. A package of documents or headers has nothing of the flaw.
    3. The vendor's word that it has not found out.
    4. A version that is listed is affected.
    5. Without ranges and lists, nobody can tell.
    6. A version in a range is affected; one that cannot be compared with a range is undetermined.
    7. What is in no range is not affected.
    """
    by_source = affected.kind is NameKind.SOURCE
    version = package.advisory_version if by_source else package.version
    if affected.not_affected:  # 1
        verdict, rule, bounds = Verdict.NOT_AFFECTED, Rule.VENDOR_NOT_AFFECTED, _NO_BOUNDS
    elif holds_no_code(package):  # 2
        reason = Reason(Rule.NO_CODE, package.name, package.version, affected.scheme)
        return Judgement(Verdict.NOT_AFFECTED, reason)
    elif affected.vendor_status == "undetermined":  # 3
        verdict, rule, bounds = Verdict.UNDETERMINED, Rule.VENDOR_UNDETERMINED, _NO_BOUNDS
    elif version in affected.versions:  # 4
        verdict, rule = Verdict.AFFECTED, Rule.LISTED
        bounds = AffectedRange(fixed=_next_fix(version, affected))
    elif not affected.ranges and not affected.versions:  # 5
        verdict, rule, bounds = Verdict.UNDETERMINED, Rule.NO_VERSIONS_NAMED, _NO_BOUNDS
    else:
        verdict, rule, bounds = _judge_ranges(version, affected)
        if verdict is Verdict.NOT_AFFECTED:
            return OUTSIDE
    reason = Reason(
        rule,
        name=package.advisory_name if by_source else package.name,
        version=version,
        scheme=affected.scheme,
        introduced=bounds.introduced,
        fixed=bounds.fixed,
        last_affected=bounds.last_affected,
        says=affected.vendor_status,
    )
    return Judgement(verdict, reason)


_NO_BOUNDS = AffectedRange()
_Ruling = tuple[Verdict, Rule, AffectedRange]


def _judge_ranges(version: str, affected: Affected) -> _Ruling:
    scheme = VERSION_SCHEMES.get(affected.scheme)
    key = scheme.key(version) if scheme else None
    undetermined: _Ruling | None = None
    for bounds in affected.ranges:
        verdict, rule = _judge_range(version, key, bounds, scheme)
        if verdict is Verdict.AFFECTED:  # 6
            return verdict, rule, bounds
        if verdict is Verdict.UNDETERMINED and undetermined is None:
            undetermined = verdict, rule, bounds
    return undetermined or (Verdict.NOT_AFFECTED, Rule.OUTSIDE_RANGES, _NO_BOUNDS)  # 7


def _judge_range(
    version: str, key: bytes | None, bounds: AffectedRange, scheme: VersionScheme | None
) -> tuple[Verdict, Rule]:
    if bounds == _NO_BOUNDS:  # from the beginning and without end: there is nothing to compare
        return Verdict.AFFECTED, Rule.NO_FIX
    if scheme is None:
        return Verdict.UNDETERMINED, Rule.NO_ORDERING
    if key is None:
        return Verdict.UNDETERMINED, Rule.VERSION_UNPARSABLE
    end = bounds.fixed or bounds.last_affected
    low = scheme.key(bounds.introduced) if bounds.introduced else b""
    high = scheme.key(end) if end else None
    # A bound that can be read may already exclude the version, whatever the other one is.
    before = low is not None and key < low
    after = high is not None and (key >= high if bounds.fixed else key > high)
    if before or after:
        return Verdict.NOT_AFFECTED, Rule.OUTSIDE_RANGES
    if low is None or (high is None and end):
        return Verdict.UNDETERMINED, Rule.BOUND_UNPARSABLE
    if _of_another_stream(version, bounds.fixed):
        return Verdict.UNDETERMINED, Rule.OTHER_MODULE_STREAM
    return Verdict.AFFECTED, _rule(bounds)


def _rule(one: AffectedRange) -> Rule:
    if one.fixed:
        return Rule.BEFORE_FIX
    return Rule.UP_TO_LAST_AFFECTED if one.last_affected else Rule.NO_FIX


_MODULE_BUILD = re.compile(r"\.module[+_]")
_FIRST_NUMBER = re.compile(r"(?:[0-9]+:)?([0-9]+)")


def _of_another_stream(version: str, fixed: str) -> bool:
    """Red Hat's modules ship several streams of a package at once, and most feeds do not say which is meant.

    So a version is compared only with a fix that is a module's build too and has the same first number
    (nodejs 18.19 with 18.20): else a maintained stream would be flagged by the version of the next one.
    """
    if not _MODULE_BUILD.search(fixed):
        return False
    if not _MODULE_BUILD.search(version):
        return True
    ours, theirs = _FIRST_NUMBER.match(version), _FIRST_NUMBER.match(fixed)
    return bool(ours and theirs and ours[1] != theirs[1])


def _next_fix(version: str, affected: Affected) -> str:
    """The least fix that is after the version."""
    scheme = VERSION_SCHEMES.get(affected.scheme)
    key = scheme.key(version) if scheme else None
    if scheme is None or key is None:
        return ""
    fixes = [(fix, one.fixed) for one in affected.ranges if one.fixed and (fix := scheme.key(one.fixed))]
    return min((fix for fix in fixes if fix[0] > key), default=(b"", ""))[1]

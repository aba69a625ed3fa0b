"""One package against what one advisory says about it."""

import re
from dataclasses import dataclass, replace

from lading.advisories.advisory import Affected, AffectedRange
from lading.matching.finding import Reason, Rule, Verdict
from lading.matching.no_code import holds_no_code
from lading.packages.all_version_schemes import VERSION_SCHEMES
from lading.packages.package import Package
from lading.packages.package_name import NameKind
from lading.packages.version_scheme import VersionScheme


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reason."""

    verdict: Verdict
    reason: Reason


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
    name, version = _looked_at(package, affected.kind)
    seen = Reason(
        Rule.OUTSIDE_RANGES, name=name, version=version, scheme=affected.scheme, says=affected.vendor_status
    )
    if affected.not_affected:  # 1
        return Judgement(Verdict.NOT_AFFECTED, replace(seen, rule=Rule.VENDOR_NOT_AFFECTED))
    if holds_no_code(package):  # 2
        return Judgement(
            Verdict.NOT_AFFECTED,
            replace(seen, rule=Rule.NO_CODE, name=package.name, version=package.version),
        )
    if affected.vendor_status == "undetermined":  # 3
        return Judgement(Verdict.UNDETERMINED, replace(seen, rule=Rule.VENDOR_UNDETERMINED))
    if version in affected.versions:  # 4
        return Judgement(
            Verdict.AFFECTED, replace(seen, rule=Rule.LISTED, fixed=_next_fix(version, affected))
        )
    if not affected.ranges:  # 5
        rule = Rule.OUTSIDE_RANGES if affected.versions else Rule.NO_VERSIONS_NAMED
        verdict = Verdict.NOT_AFFECTED if affected.versions else Verdict.UNDETERMINED
        return Judgement(verdict, replace(seen, rule=rule))
    return _judge_ranges(seen, affected)


def _judge_ranges(seen: Reason, affected: Affected) -> Judgement:
    undetermined: Judgement | None = None
    for one in affected.ranges:
        judgement = _judge_range(seen, one, VERSION_SCHEMES.get(affected.scheme))
        if judgement.verdict is Verdict.AFFECTED:  # 6
            return judgement
        if judgement.verdict is Verdict.UNDETERMINED:
            undetermined = undetermined or judgement
    return undetermined or Judgement(Verdict.NOT_AFFECTED, seen)  # 7


def _judge_range(seen: Reason, one: AffectedRange, scheme: VersionScheme | None) -> Judgement:
    reason = replace(
        seen, introduced=one.introduced, fixed=one.fixed, last_affected=one.last_affected, rule=_rule(one)
    )
    if one == AffectedRange():  # from the beginning and without end: there is nothing to compare
        return Judgement(Verdict.AFFECTED, reason)
    if scheme is None:
        return Judgement(Verdict.UNDETERMINED, replace(reason, rule=Rule.NO_ORDERING))
    key = scheme.key(seen.version)
    if key is None:
        return Judgement(Verdict.UNDETERMINED, replace(reason, rule=Rule.VERSION_UNPARSABLE))
    low = scheme.key(one.introduced) if one.introduced else b""
    high = scheme.key(one.fixed or one.last_affected) if one.fixed or one.last_affected else None
    # A bound that can be read may already exclude the version, whatever the other one is.
    if low is not None and key < low:
        return Judgement(Verdict.NOT_AFFECTED, seen)
    if high is not None and (key >= high if one.fixed else key > high):
        return Judgement(Verdict.NOT_AFFECTED, seen)
    if low is None or (high is None and (one.fixed or one.last_affected)):
        return Judgement(Verdict.UNDETERMINED, replace(reason, rule=Rule.BOUND_UNPARSABLE))
    if _of_another_stream(seen.version, one.fixed):
        return Judgement(Verdict.UNDETERMINED, replace(reason, rule=Rule.OTHER_MODULE_STREAM))
    return Judgement(Verdict.AFFECTED, reason)


def _rule(one: AffectedRange) -> Rule:
    if one.fixed:
        return Rule.BEFORE_FIX
    return Rule.UP_TO_LAST_AFFECTED if one.last_affected else Rule.NO_FIX


def _looked_at(package: Package, kind: NameKind) -> tuple[str, str]:
    if kind is NameKind.BINARY:
        return package.name, package.version
    return package.advisory_name, package.advisory_version


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

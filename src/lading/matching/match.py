"""A package against all that is said about it: one finding for each flaw."""

from collections.abc import Iterable

from lading.advisories.advisory import Advisory
from lading.matching.finding import Finding
from lading.matching.flaws import join, name_sets
from lading.matching.judgement import OUTSIDE, judge
from lading.matching.opinions import Opinion, conclude
from lading.packages.package import Package
from lading.packages.package_name import names_of
from lading.packages.realm import Realm, is_judged_by_owner


def match(
    package: Package, candidates: Iterable[Advisory], held: frozenset[Realm] = frozenset()
) -> tuple[Finding, ...]:
    """Give one finding for each flaw that affects, may affect or is stated not to affect the package.

    ``candidates`` are advisories that may speak of one of the package's names; withdrawn ones are passed
    over. That a version is in no range makes no finding. Findings come in the order of their flaws.
    ``held`` are the realms whose advisories are held: where those for a distribution are, a package that it
    ships has no finding of its own. ``lading.matching.sweep`` does the same for many packages at once.
    """
    if is_judged_by_owner(package, held):
        return ()
    wanted = names_of(package)
    spoken = [
        (names, Opinion(advisory, affected, judge(package, affected)))
        for advisory in candidates
        if not advisory.withdrawn
        for affected in advisory.affected
        if affected.package_name in wanted
        for names in name_sets(advisory)
    ]
    if all(opinion.judgement is OUTSIDE for _, opinion in spoken):
        return ()
    findings = (conclude(package, names, opinions) for names, opinions in join(spoken))
    return tuple(sorted((found for found in findings if found), key=lambda found: found.flaw))

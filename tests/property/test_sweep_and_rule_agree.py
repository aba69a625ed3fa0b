"""Sweeping over many packages finds what judging them one by one finds."""

from hypothesis import given, settings
from hypothesis import strategies as some

from lading.advisories.advisory import Advisory, Affected, AffectedRange, Severity
from lading.matching.finding import Verdict
from lading.matching.match import match
from lading.matching.sweep import speak, sweep
from lading.packages.package import Package
from lading.packages.package_name import NameKind

VERSIONS = ("1", "1.0-1", "1.1~rc1", "2:0.5", "1.2.module+el8", "3", "", "not a version", "10")
NAMES = ("libc6", "glibc", "glibc-doc", "linux-libc-dev", "linux")
IDS = ("CVE-2024-1", "CVE-2024-2", "GHSA-1", "X-1")

bounds = some.builds(
    AffectedRange,
    introduced=some.sampled_from(VERSIONS),
    fixed=some.sampled_from(VERSIONS),
    last_affected=some.just(""),
) | some.builds(AffectedRange, introduced=some.just(""), last_affected=some.sampled_from(VERSIONS))
affected = some.builds(
    Affected,
    type=some.just("deb"),
    namespace=some.just("debian"),
    name=some.sampled_from(NAMES),
    distro=some.sampled_from(("debian-12", "debian-12.4", "debian-13")),
    scheme=some.sampled_from(("dpkg", "rpm", "unheard-of")),
    ranges=some.lists(bounds, max_size=3).map(tuple),
    versions=some.lists(some.sampled_from(VERSIONS), max_size=2).map(tuple),
    not_affected=some.sampled_from((False, False, False, True)),
    vendor_status=some.sampled_from(("", "", "no-dsa", "undetermined")),
    kind=some.sampled_from(NameKind),
    severity=some.sampled_from(Severity),
)
advisory = some.builds(
    Advisory,
    feed=some.sampled_from(("debian-tracker", "osv/Debian", "starter")),
    id=some.sampled_from(IDS),
    aliases=some.lists(some.sampled_from(IDS), max_size=2).map(tuple),
    summary=some.just(""),
    severity=some.sampled_from(Severity),
    cvss=some.just(""),
    published=some.just(""),
    modified=some.just(""),
    withdrawn=some.sampled_from((False, False, False, True)),
    affected=some.lists(affected, max_size=3).map(tuple),
    flaws=some.lists(some.sampled_from(IDS), max_size=2).map(tuple),
)
package = some.builds(
    Package,
    type=some.just("deb"),
    namespace=some.just("debian"),
    name=some.sampled_from(NAMES),
    version=some.sampled_from(VERSIONS),
    arch=some.sampled_from(("amd64", "arm64")),
    distro=some.sampled_from(("debian-12", "debian-13")),
    source_name=some.sampled_from(("", *NAMES)),
    source_version=some.sampled_from(VERSIONS),
)


@settings(deadline=None, max_examples=300)
@given(
    some.lists(package, max_size=8, unique=True),
    some.lists(advisory, max_size=6, unique_by=lambda each: (each.feed, each.id)),
)
def test_what_may_affect_a_package_is_found_alike(
    packages: list[Package], advisories: list[Advisory]
) -> None:
    one_by_one = {
        finding
        for each in packages
        for finding in match(each, advisories)
        if finding.verdict is not Verdict.NOT_AFFECTED
    }
    swept = list(sweep(packages, speak(advisories)))
    assert set(swept) == one_by_one
    assert len(swept) == len(one_by_one)

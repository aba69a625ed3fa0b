"""Realms: whose advisories a package needs."""

from lading.packages.package import Package
from lading.packages.realm import Realm, is_judged_by_owner, realms_of, unjudged, unjudged_words

REQUESTS = Package(
    "pypi", "", "requests", "2.28.1", distro="debian-12.4", owner="deb/python3-requests 2.28.1-1"
)
DEBIAN_12 = Realm("deb", "debian-12")


def test_a_package_needs_the_advisories_of_its_distribution_or_ecosystem() -> None:
    assert realms_of(Package("deb", "debian", "bash", "5", distro="debian-12.4")) == (DEBIAN_12,)
    assert realms_of(Package("npm", "@a", "b", "1")) == (Realm("npm"),)
    assert realms_of(Package("generic", "", "nginx", "1")) == (Realm("generic"), Realm("bitnami"))


def test_what_a_distribution_ships_needs_one_of_two() -> None:
    assert realms_of(REQUESTS) == (DEBIAN_12, Realm("pypi"))
    assert is_judged_by_owner(REQUESTS, frozenset({DEBIAN_12}))
    assert not is_judged_by_owner(REQUESTS, frozenset({Realm("deb", "debian-11"), Realm("pypi")}))


def test_a_system_that_is_not_known_is_spoken_for_by_nobody() -> None:
    homeless = Package("deb", "", "bash", "5")
    assert realms_of(homeless) == (Realm("deb"),)
    assert Realm("deb").words == "deb of an unknown distribution"
    lost = Package("pypi", "", "requests", "2", owner="deb/python3-requests 2-1")
    assert not is_judged_by_owner(lost, frozenset({DEBIAN_12, Realm("pypi")}))


def test_one_of_several_realms_is_enough() -> None:
    numbers = {(DEBIAN_12, Realm("pypi")): 2, (Realm("npm"),): 1, (DEBIAN_12,): 1_300}
    assert unjudged(numbers, frozenset({Realm("pypi"), Realm("npm")})) == {(DEBIAN_12,): 1_300}
    assert unjudged(numbers, frozenset({DEBIAN_12})) == {(Realm("npm"),): 1}


def test_what_is_missing_is_said_in_words() -> None:
    assert unjudged_words({}) == ""
    assert unjudged_words({(Realm("npm"),): 1}) == "could not tell for 1 package: no advisories held for npm"
    missing = {(DEBIAN_12,): 1_300, (DEBIAN_12, Realm("pypi")): 2, (Realm("npm"),): 1}
    assert unjudged_words(missing) == (
        "could not tell for 1,303 packages: no advisories held for debian-12, debian-12 or pypi and npm"
    )

"""Which feeds speak for a distribution or an ecosystem, and which only name some of its packages."""

import pytest

from lading.advisories.feed_realms import feed_for, speaks_for
from lading.packages.realm import Realm

DEBIAN_12, DEBIAN_11, PYPI, NPM = (
    Realm("deb", "debian-12"),
    Realm("deb", "debian-11"),
    Realm("pypi"),
    Realm("npm"),
)


@pytest.mark.parametrize(
    ("feed", "realm"),
    [
        ("debian-tracker", DEBIAN_12),
        ("osv/Debian", DEBIAN_12),
        ("osv/Debian:12", DEBIAN_12),
        ("osv/PyPI", PYPI),
        ("osv/all", PYPI),
        ("github", NPM),
        ("oval/ubuntu-22.04", Realm("deb", "ubuntu-22.04")),
        ("osv/Wolfi", Realm("apk", "wolfi")),
        ("osv/Azure Linux", Realm("rpm", "mariner-2.0")),
        ("nvd", Realm("generic")),
    ],
)
def test_a_feed_speaks_for_what_it_is_about(feed: str, realm: Realm) -> None:
    assert speaks_for(feed, realm)


@pytest.mark.parametrize(
    ("feed", "realm"),
    [
        ("starter", DEBIAN_12),  # famous flaws only
        ("starter", PYPI),
        ("kev", PYPI),
        ("epss", PYPI),
        ("osv/PyPI", DEBIAN_12),  # a record about both
        ("osv/PyPI", NPM),
        ("osv/our-own", PYPI),  # three records of somebody's own
        ("osv/our-own", DEBIAN_12),
        ("osv/", PYPI),
        ("osv/Debian:12", DEBIAN_11),  # its records name it, but not all that is said of it
        ("osv/Debianish", Realm("deb", "debianish-1")),
        ("osv/Debian", Realm("deb", "debianish-1")),
        ("osv/PyPI:3", PYPI),
        ("github", DEBIAN_12),
        ("nvd", PYPI),
        ("nvd", DEBIAN_12),
        ("debian-tracker", Realm("deb")),  # packages of no known distribution
        ("csaf/any", PYPI),
        ("unheard-of", PYPI),
    ],
)
def test_a_feed_does_not_speak_for_what_it_only_names(feed: str, realm: Realm) -> None:
    assert not speaks_for(feed, realm)


def test_a_feed_is_suggested_for_what_is_missing() -> None:
    assert feed_for(PYPI) == "osv/PyPI"
    assert feed_for(Realm("deb", "ubuntu-24.04")) == "osv/Ubuntu"
    assert feed_for(Realm("apk", "alpine-3.20")) == "osv/Alpine"
    assert feed_for(Realm("rpm", "centos-7")) == "", "nobody publishes for it"
    assert feed_for(Realm("deb")) == ""
    assert speaks_for(feed_for(PYPI), PYPI)

import json
from datetime import date
from pathlib import Path

import pytest

from lading.advisories.end_of_life import ALL_END_OF_LIFE, Support, end_of_life, support_of
from lading.packages.release import release_of

# Our releases in the words of the public table, whose "eoes" is long-term or paid support.
PRODUCTS = {
    "almalinux": "almalinux",
    "alpine": "alpine-linux",
    "amzn": "amazon-linux",
    "centos": "centos-stream",
    "debian": "debian",
    "fedora": "fedora",
    "ol": "oracle-linux",
    "opensuse-leap": "opensuse",
    "rhel": "rhel",
    "rocky": "rocky-linux",
    "sles": "sles",
    "ubuntu": "ubuntu",
}


@pytest.mark.parametrize(
    ("distro", "today", "support"),
    [
        ("debian-7", date(2020, 1, 1), Support.ENDED),
        ("debian-11", date(2024, 8, 14), Support.REGULAR),
        ("debian-11", date(2024, 8, 15), Support.LONG_TERM),
        ("debian-11", date(2026, 9, 1), Support.ENDED),
        ("ubuntu-20.04", date(2026, 1, 1), Support.ENDED),
        ("alpine-3.19.1", date(2025, 1, 1), Support.REGULAR),
        ("debian", date(2025, 1, 1), Support.UNKNOWN),
        ("gentoo-2.15", date(2025, 1, 1), Support.UNKNOWN),
        ("", date(2025, 1, 1), Support.UNKNOWN),
    ],
)
def test_support_on_a_day(distro: str, today: date, support: Support) -> None:
    assert support_of(distro, today) is support


def test_paid_support_is_known_but_not_counted() -> None:
    focal = end_of_life("ubuntu-20.04")
    assert focal is not None
    assert (focal.last_day, focal.paid) == (date(2025, 5, 31), date(2030, 4, 2))


def test_every_release_stands_once_under_its_own_name_and_its_days_go_up() -> None:
    releases = [fact.release for fact in ALL_END_OF_LIFE]
    assert len(set(releases)) == len(releases)
    assert [release_of(release) for release in releases] == releases
    assert [fact for fact in ALL_END_OF_LIFE if fact.long_term and fact.long_term < fact.regular] == []


def test_the_facts_are_those_of_the_public_table(shared_data: Path) -> None:
    products = json.loads((shared_data / "eol" / "eol.json").read_bytes())["products"]
    compared = 0
    for fact in ALL_END_OF_LIFE:
        distro, _, version = fact.release.rpartition("-")
        before_stream = distro == "centos" and version in ("5", "6", "7")
        product = products["centos" if before_stream else PRODUCTS[distro]]
        wanted = "2018.03" if fact.release == "amzn-2018" else version
        (cycle,) = [release for release in product["releases"] if release["cycle"] == wanted]
        assert fact.regular.isoformat() == cycle["eol"], fact
        extended = fact.long_term or fact.paid
        assert (extended.isoformat() if extended else None) == cycle.get("eoes"), fact
        compared += 1
    assert compared == len(ALL_END_OF_LIFE)

"""Ends of releases of products, by their makers."""

from datetime import date

import pytest

from lading.advisories.product_end_of_life import product_end_of_life
from lading.packages.package import Package


@pytest.mark.parametrize(
    ("package", "last_day"),
    [
        (Package("generic", "", "python", "3.9.18"), date(2025, 10, 31)),
        (Package("generic", "", "python", "3.10.2"), date(2026, 10, 31)),
        (Package("generic", "", "node", "18.20.4"), date(2025, 4, 30)),
        (Package("generic", "", "openssl", "1.1.1w"), date(2023, 9, 11)),
        (Package("generic", "", "java", "1.8.0_392"), date(2030, 12, 31)),
        (Package("generic", "", "java", "17.0.9"), date(2027, 10, 31)),
        (Package("golang", "", "stdlib", "1.19.8"), date(2023, 9, 6)),
        (Package("golang", "github.com/containerd", "containerd", "v1.6.20"), date(2025, 8, 23)),
        (Package("maven", "log4j", "log4j", "1.2.17"), date(2015, 10, 15)),
        (Package("pypi", "", "django", "4.2"), date(2026, 4, 7)),
    ],
)
def test_a_version_is_of_the_longest_release_that_it_begins_with(package: Package, last_day: date) -> None:
    end = product_end_of_life(package)
    assert end is not None
    assert end.last_day == last_day
    assert end.source.startswith("https://endoflife.date/")


@pytest.mark.parametrize(
    "package",
    [
        Package("generic", "", "python", "3.99.1"),
        Package("generic", "", "unheard-of", "1.0"),
        Package("pypi", "", "python", "3.9"),
        Package("deb", "debian", "python", "3.9", distro="debian-11"),
    ],
)
def test_what_is_not_known_or_is_a_distributions_has_no_end(package: Package) -> None:
    assert product_end_of_life(package) is None

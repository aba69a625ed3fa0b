"""What a bill of materials declares beside what was found."""

from lading.packages.package import Package
from lading.sbom.comparison import OtherVersion, compare


def deb(name: str, version: str, namespace: str = "debian") -> Package:
    return Package("deb", namespace, name, version, distro="debian-12" if namespace else "")


FLASK, FLASK_3 = Package("pypi", "", "flask", "2.0"), Package("pypi", "", "Flask", "3.0")


def test_the_same_packages_make_no_difference_however_they_are_written() -> None:
    found = compare(
        [deb("bash", "0:5.2", ""), FLASK_3], [deb("bash", "5.2"), Package("pypi", "", "flask", "3.0")]
    )
    assert found.is_empty
    assert found.agreed == 2


def test_each_difference_is_of_one_kind() -> None:
    declared = [deb("bash", "5.2"), deb("gone", "1"), FLASK]
    there = [deb("bash", "5.2"), deb("curl", "8"), FLASK_3]
    found = compare(declared, there, ("mystery",))
    assert found.agreed == 1
    assert [package.name for package in found.not_found] == ["gone"]
    assert [package.name for package in found.not_declared] == ["curl"]
    assert found.other_versions == (OtherVersion(FLASK, ("3.0",)),)
    assert found.unusable == ("mystery",)
    assert not found.is_empty


def test_one_of_two_versions_that_is_not_declared_is_no_other_version() -> None:
    one, two = Package("npm", "", "ms", "2.0.0"), Package("npm", "", "ms", "2.1.3")
    found = compare([one], [one, two])
    assert (found.agreed, found.not_declared, found.other_versions) == (1, (two,), ())
    back = compare([one, two], [one])
    assert (back.agreed, back.not_found, back.other_versions) == (1, (two,), ())


def test_nothing_declared_is_everything_undeclared() -> None:
    assert [each.name for each in compare([], [FLASK]).not_declared] == ["flask"]
    assert [each.name for each in compare([FLASK], []).not_found] == ["flask"]

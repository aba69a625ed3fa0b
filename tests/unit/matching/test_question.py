import pytest

from lading.foundation.errors import Malformed
from lading.matching.question import (
    MAX_QUESTION,
    AskedFile,
    AskedFlaw,
    AskedLicense,
    AskedPackage,
    Comparison,
    as_flaw,
    parse_question,
    version_fits,
)
from lading.packages.package import Package

LESS = Comparison.LESS


@pytest.mark.parametrize(
    "text",
    [
        "CVE-2014-6271",
        "cve-2014-6271",
        "GHSA-jfh8-c2jp-5v3q",
        "ghsa-JFH8-C2JP-5V3Q",
        "DSA-3032-1",
        "ALSA-2025:21220",
    ],
)
def test_an_id_is_a_flaw_in_any_case(text: str) -> None:
    asked = parse_question(f" {text} ")
    assert isinstance(asked, AskedFlaw)
    assert {"CVE-2014-6271", "GHSA-jfh8-c2jp-5v3q", "DSA-3032-1", "ALSA-2025:21220"} & set(asked.names)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bash", AskedPackage("bash")),
        ("bash < 4.3", AskedPackage("bash", comparison=LESS, version="4.3")),
        ("bash<4.3", AskedPackage("bash", comparison=LESS, version="4.3")),
        (
            "libstdc++6>=12.2.0-14",
            AskedPackage("libstdc++6", "", "", Comparison.GREATER_OR_EQUAL, "12.2.0-14"),
        ),
        ("lodash == 4.17.20", AskedPackage("lodash", "", "", Comparison.EQUAL, "4.17.20")),
        ("pkg:npm/lodash", AskedPackage("lodash", "npm")),
        ("pkg:npm/%40babel/core@7.0.0", AskedPackage("core", "npm", "@babel", Comparison.EQUAL, "7.0.0")),
        ("pkg:deb/debian/openssl < 3.0.11-1", AskedPackage("openssl", "deb", "debian", LESS, "3.0.11-1")),
        (
            "pkg:deb/debian/git@1:2.39?arch=amd64",
            AskedPackage("git", "deb", "debian", Comparison.EQUAL, "1:2.39"),
        ),
    ],
)
def test_a_package_is_asked_for_by_name_or_purl_with_a_version_or_without(
    text: str, expected: AskedPackage
) -> None:
    assert parse_question(text) == expected


@pytest.mark.parametrize("text", ["", "  ", "x" * (MAX_QUESTION + 1), "bash\x00", "pkg:npm/x@1<2"])
def test_what_is_no_question_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_question(text)
    assert caught.value.code == "question-invalid"


def test_a_purl_that_is_none_is_refused() -> None:
    with pytest.raises(Malformed) as caught:
        parse_question("pkg:")
    assert caught.value.code == "purl-invalid"


def test_a_word_can_be_taken_for_a_flaw() -> None:
    assert "heartbleed" in as_flaw("Heartbleed").names


@pytest.mark.parametrize(
    ("version", "comparison", "fits"),
    [
        ("4.2-1", LESS, True),
        ("4.3", LESS, False),
        ("4.3", Comparison.LESS_OR_EQUAL, True),
        ("0:4.3", Comparison.EQUAL, True),
        ("4.10-1", Comparison.GREATER, True),
        ("4.3", Comparison.GREATER_OR_EQUAL, True),
        ("not a version", LESS, None),
        ("not a version", None, True),
    ],
)
def test_versions_are_compared_as_the_package_s_kind_does(
    version: str, comparison: Comparison | None, fits: bool | None
) -> None:
    package = Package("deb", "debian", "bash", version)
    assert version_fits(package, AskedPackage("bash", comparison=comparison, version="4.3")) is fits


def test_the_same_text_is_the_same_version_whatever_it_is() -> None:
    package = Package("swid", "", "x", "one")
    assert version_fits(package, AskedPackage("x", comparison=Comparison.EQUAL, version="one")) is True
    assert version_fits(package, AskedPackage("x", comparison=LESS, version="two")) is None


@pytest.mark.parametrize(
    ("text", "package", "fits"),
    [
        ("lodash ^4.17.0", Package("npm", "", "lodash", "4.17.20"), True),
        ("pkg:npm/lodash@^4.17.0", Package("npm", "", "lodash", "3.0.0"), False),
        ("jinja2 >=2.0,<2.10.1", Package("pypi", "", "jinja2", "2.10"), True),
        ("rack ~> 2.2, != 2.2.4", Package("gem", "", "rack", "2.2.4"), False),
        ("openssl >= 3.0.0, < 3.0.11-2", Package("deb", "debian", "openssl", "3.0.11-1"), True),
        ("jinja2 >=2.0,<3", Package("pypi", "", "jinja2", "not a version"), None),
    ],
)
def test_versions_may_be_asked_for_as_their_own_tools_write_them(
    text: str, package: Package, fits: bool | None
) -> None:
    asked = parse_question(text)
    assert isinstance(asked, AskedPackage)
    assert asked.name == package.name
    assert version_fits(package, asked) is fits


def test_licences_and_files_may_be_asked_for() -> None:
    assert parse_question("license:AGPL-*") == AskedLicense("AGPL-*")
    assert parse_question("licence: MIT") == AskedLicense("MIT")
    assert parse_question("sha256:" + "A" * 64) == AskedFile("a" * 64)


@pytest.mark.parametrize("text", ["bash ^^1", "x ~ " + ">" * 40])
def test_what_is_no_set_of_versions_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_question(text)

import pytest

from lading.advisories.advisory import Affected, AffectedRange
from lading.matching.finding import Rule, Verdict, reason_of_json
from lading.matching.judgement import judge
from lading.packages.package import Package
from lading.packages.package_name import NameKind

BASH = Package("deb", "debian", "bash", "4.2+dfsg-0.1", "amd64", "debian-7", "bash", "4.2+dfsg-0.1")
FIXED = "4.2+dfsg-0.1+deb7u3"


def says(*ranges: AffectedRange, **members: object) -> Affected:
    affected = {"type": "deb", "namespace": "debian", "name": "bash", "distro": "debian-7", "scheme": "dpkg"}
    return Affected(**{**affected, "ranges": ranges, **members})  # type: ignore[arg-type]


def verdict(version: str, *ranges: AffectedRange, scheme: str = "pep440") -> tuple[Verdict, Rule]:
    package = Package("pypi", "", "x", version)
    affected = Affected("pypi", "", "x", "", scheme, ranges)
    judgement = judge(package, affected)
    return judgement.verdict, judgement.reason.rule


def test_a_version_before_the_fix_is_affected_and_the_reason_shows_what_was_compared() -> None:
    judgement = judge(BASH, says(AffectedRange(fixed=FIXED)))
    assert judgement.verdict is Verdict.AFFECTED
    assert judgement.reason.words == f"bash 4.2+dfsg-0.1 is before {FIXED}, which has the fix"
    assert (judgement.reason.scheme, judgement.reason.fixed) == ("dpkg", FIXED)


@pytest.mark.parametrize(
    ("version", "ranges", "expected"),
    [
        ("1.0", [AffectedRange(fixed="1.0")], (Verdict.NOT_AFFECTED, Rule.OUTSIDE_RANGES)),
        ("1.0", [AffectedRange("1.0", "1.1")], (Verdict.AFFECTED, Rule.BEFORE_FIX)),
        ("0.9", [AffectedRange("1.0", "1.1")], (Verdict.NOT_AFFECTED, Rule.OUTSIDE_RANGES)),
        ("1.0", [AffectedRange(last_affected="1.0")], (Verdict.AFFECTED, Rule.UP_TO_LAST_AFFECTED)),
        ("1.0.post1", [AffectedRange(last_affected="1.0")], (Verdict.NOT_AFFECTED, Rule.OUTSIDE_RANGES)),
        ("99", [AffectedRange("1.0")], (Verdict.AFFECTED, Rule.NO_FIX)),
        ("trunk", [AffectedRange()], (Verdict.AFFECTED, Rule.NO_FIX)),
        ("2.5", [AffectedRange("1", "2"), AffectedRange("2.4", "3")], (Verdict.AFFECTED, Rule.BEFORE_FIX)),
        ("trunk", [AffectedRange(fixed="1.0")], (Verdict.UNDETERMINED, Rule.VERSION_UNPARSABLE)),
        ("1.0", [AffectedRange(fixed="odd")], (Verdict.UNDETERMINED, Rule.BOUND_UNPARSABLE)),
        ("1.0", [AffectedRange("odd", "2.0")], (Verdict.UNDETERMINED, Rule.BOUND_UNPARSABLE)),
        ("3.0", [AffectedRange("odd", "2.0")], (Verdict.NOT_AFFECTED, Rule.OUTSIDE_RANGES)),
        ("0.5", [AffectedRange("1.0", "odd")], (Verdict.NOT_AFFECTED, Rule.OUTSIDE_RANGES)),
        ("1.5", [AffectedRange(fixed="odd"), AffectedRange("1", "2")], (Verdict.AFFECTED, Rule.BEFORE_FIX)),
        ("1.0", [], (Verdict.UNDETERMINED, Rule.NO_VERSIONS_NAMED)),
    ],
)
def test_ranges(version: str, ranges: list[AffectedRange], expected: tuple[Verdict, Rule]) -> None:
    assert verdict(version, *ranges) == expected


def test_an_ecosystem_without_an_order_is_undetermined() -> None:
    assert verdict("1.0", AffectedRange(fixed="2.0"), scheme="") == (Verdict.UNDETERMINED, Rule.NO_ORDERING)


def test_a_listed_version_is_affected_whatever_the_ranges_say() -> None:
    affected = Affected(
        "pypi", "", "x", "", "pep440", (AffectedRange("1", "2"), AffectedRange("3", "4")), ("2.5",)
    )
    judgement = judge(Package("pypi", "", "x", "2.5"), affected)
    assert (judgement.verdict, judgement.reason.rule) == (Verdict.AFFECTED, Rule.LISTED)
    assert judgement.reason.fixed == "4"


def test_a_version_that_only_lists_omit_is_not_affected() -> None:
    affected = Affected("pypi", "", "x", "", "pep440", (), ("2.5",))
    assert judge(Package("pypi", "", "x", "2.4"), affected).verdict is Verdict.NOT_AFFECTED


def test_the_vendor_s_word_of_not_being_affected_counts() -> None:
    judgement = judge(BASH, says(AffectedRange(), not_affected=True))
    assert (judgement.verdict, judgement.reason.rule) == (Verdict.NOT_AFFECTED, Rule.VENDOR_NOT_AFFECTED)


def test_the_vendor_s_word_of_not_knowing_is_undetermined() -> None:
    judgement = judge(BASH, says(AffectedRange(), vendor_status="undetermined"))
    assert (judgement.verdict, judgement.reason.rule) == (Verdict.UNDETERMINED, Rule.VENDOR_UNDETERMINED)


def test_the_vendor_s_reason_for_no_update_is_told() -> None:
    words = judge(BASH, says(AffectedRange(), vendor_status="no-dsa")).reason.words
    assert words.endswith("no version has a fix; Debian judges it too minor for a security update")


def test_the_source_s_version_is_compared_with_what_is_said_of_sources() -> None:
    rebuilt = Package("deb", "debian", "libssl3", "3.0.11-1+b1", "amd64", "debian-12", "openssl", "3.0.11-1")
    affected = Affected("deb", "debian", "openssl", "debian-12", "dpkg", (AffectedRange(fixed="3.0.11-1+a"),))
    judgement = judge(rebuilt, affected)
    assert (judgement.verdict, judgement.reason.name) == (Verdict.AFFECTED, "openssl")
    assert judgement.reason.version == "3.0.11-1"


def test_the_package_s_own_version_is_compared_with_what_is_said_of_packages() -> None:
    package = Package(
        "rpm", "almalinux", "podman-docker", "7:5.5.0-1.el10", "", "almalinux-10", "podman", "5.5.0"
    )
    affected = Affected(
        "rpm",
        "almalinux",
        "podman-docker",
        "almalinux-10",
        "rpm",
        (AffectedRange(fixed="7:5.6.0-6.el10_1"),),
        kind=NameKind.BINARY,
    )
    assert judge(package, affected).verdict is Verdict.AFFECTED


@pytest.mark.parametrize(
    ("name", "source", "package_type"),
    [
        ("linux-libc-dev", "linux", "deb"),
        ("linux-headers-6.1.0-18-amd64", "linux", "deb"),
        ("linux-libc-dev", "linux-signed-amd64", "deb"),
        ("kernel-headers", "kernel", "rpm"),
        ("kernel-rt-doc", "kernel-rt", "rpm"),
        ("bash-doc", "bash", "deb"),
        ("vim-doc", "vim", "deb"),
    ],
)
def test_a_package_without_code_is_not_flagged_by_its_source(
    name: str, source: str, package_type: str
) -> None:
    package = Package(package_type, "", name, "1", "all", "debian-12", source, "1")
    affected = Affected(package_type, "", source, "debian-12", "dpkg", (AffectedRange(),))
    judgement = judge(package, affected)
    assert (judgement.verdict, judgement.reason.rule) == (Verdict.NOT_AFFECTED, Rule.NO_CODE)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("linux-image-6.1.0-18-amd64", "linux"),
        ("libssl-dev", "openssl"),
        ("linux", "linux"),
        ("a-doc", "a-doc"),
    ],
)
def test_a_package_with_code_is_flagged(name: str, source: str) -> None:
    package = Package("deb", "debian", name, "1", "amd64", "debian-12", source, "1")
    affected = Affected("deb", "debian", source, "debian-12", "dpkg", (AffectedRange(),))
    assert judge(package, affected).verdict is Verdict.AFFECTED


def test_documents_of_a_language_s_package_are_taken_for_code() -> None:
    package = Package("npm", "", "api-docs", "1.0.0")
    affected = Affected("npm", "", "api-docs", "", "semver", (AffectedRange(),))
    assert judge(package, affected).verdict is Verdict.AFFECTED


@pytest.mark.parametrize(
    ("version", "fixed", "expected"),
    [
        ("1:18.14.2-2.module_el8.7.0+1", "1:18.17.1-1.module_el8.8.0+2", Verdict.AFFECTED),
        ("1:16.20.2-2.module_el8.7.0+1", "1:18.17.1-1.module_el8.8.0+2", Verdict.UNDETERMINED),
        ("16.20.2-2.el8", "1:18.17.1-1.module+el8.8.0+2", Verdict.UNDETERMINED),
        ("1:18.19.0-1.module_el8.8.0+2", "1:18.17.1-1.module_el8.8.0+2", Verdict.NOT_AFFECTED),
    ],
)
def test_a_module_is_compared_within_its_stream(version: str, fixed: str, expected: Verdict) -> None:
    package = Package("rpm", "almalinux", "nodejs", version, "x86_64", "almalinux-8", "nodejs", version)
    affected = Affected("rpm", "almalinux", "nodejs", "almalinux-8", "rpm", (AffectedRange(fixed=fixed),))
    assert judge(package, affected).verdict is expected


def test_a_reason_survives_being_stored() -> None:
    reason = judge(BASH, says(AffectedRange(fixed=FIXED), vendor_status="postponed")).reason
    assert reason_of_json(reason.as_json()) == reason
    assert "introduced" not in reason.as_json()


def test_every_rule_has_words() -> None:
    for rule in Rule:
        assert (
            "bash" in reason_of_json({"rule": rule.value, "name": "bash", "version": "1", "unknown": 1}).words
        )

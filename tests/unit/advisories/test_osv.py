from typing import Any

import pytest

from lading.advisories.advisory import AffectedRange, Severity
from lading.advisories.formats import osv
from lading.foundation.errors import LadingError, Malformed, OverLimit
from lading.packages.package_name import NameKind
from tests.support.osv_records import advisory, affected, decode, record, refusal

INTRODUCED_0 = {"introduced": "0"}


def ranges_of(*events: dict[str, str], ecosystem: str = "PyPI") -> tuple[AffectedRange, ...]:
    said = advisory(record(affected=[affected(ecosystem, "x", *events)])).affected
    return tuple(bounds for one in said for bounds in one.ranges)


def test_a_record_is_read_whole() -> None:
    found = advisory(
        record(
            "GHSA-x84v-xcm2-53pg",
            aliases=["CVE-2018-18074", "PYSEC-2018-28"],
            summary="Insufficiently Protected Credentials",
            published="2018-10-29T19:06:46Z",
            severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],
            affected=[affected("PyPI", "requests", INTRODUCED_0, {"fixed": "2.20.0"})],
            references=[{"type": "WEB", "url": "https://example.org/1"}],
        )
    )
    assert (found.id, found.aliases) == ("GHSA-x84v-xcm2-53pg", ("CVE-2018-18074", "PYSEC-2018-28"))
    assert (found.severity, found.withdrawn) == (Severity.HIGH, False)
    assert found.references == ("https://example.org/1",)
    (one,) = found.affected
    assert (one.type, one.namespace, one.name, one.scheme) == ("pypi", "", "requests", "pep440")
    assert one.ranges == (AffectedRange(fixed="2.20.0"),)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([INTRODUCED_0], [AffectedRange()]),
        ([INTRODUCED_0, {"last_affected": "1.5"}], [AffectedRange(last_affected="1.5")]),
        (
            [{"fixed": "3.1"}, INTRODUCED_0, {"introduced": "3.0"}, {"fixed": "2.5"}],
            [AffectedRange(fixed="2.5"), AffectedRange("3.0", "3.1")],
        ),
        ([INTRODUCED_0, {"fixed": "1.0"}, {"fixed": "2.0"}], [AffectedRange(fixed="1.0")]),
        (
            [INTRODUCED_0, {"fixed": "1.10"}, {"introduced": "1.9"}],
            [AffectedRange(fixed="1.10")],
        ),
        ([{"introduced": "1.0"}, {"limit": "2.0"}], [AffectedRange("1.0", "2.0")]),
        ([{"introduced": "odd"}, {"fixed": "2.0"}], [AffectedRange("odd", "2.0")]),
        ([{"fixed": "2.0"}], []),
        ([{"introduced": "1.0"}, {"fixed": "1.0"}], []),
        (
            [{"introduced": "1.0"}, {"fixed": "1.0"}, {"introduced": "1.3"}, {"fixed": "1.8"}],
            [AffectedRange("1.3", "1.8")],
        ),
        (
            [INTRODUCED_0, {"fixed": "1.0"}, {"introduced": "1.0"}, {"fixed": "2.0"}],
            [AffectedRange(fixed="1.0"), AffectedRange("1.0", "2.0")],
        ),
        ([{"fixed": "1.0"}, {"introduced": "1.0"}], [AffectedRange("1.0")]),
    ],
    ids=[
        "no-end",
        "last-affected",
        "any-order",
        "two-fixes",
        "introduced-within",
        "limit",
        "unparsable",
        "no-start",
        "nothing",
        "nothing-and-more",
        "one-after-the-other",
        "from-an-end-on",
    ],
)
def test_events_become_ranges(events: list[dict[str, str]], expected: list[AffectedRange]) -> None:
    assert list(ranges_of(*events)) == expected


@pytest.mark.parametrize(
    ("ecosystem", "name", "expected"),
    [
        ("npm", "@babel/core", ("npm", "@babel", "core", "", "semver")),
        ("Go", "github.com/gin-gonic/gin", ("golang", "github.com/gin-gonic", "gin", "", "go")),
        ("Go", "stdlib", ("golang", "", "stdlib", "", "go")),
        ("Maven", "org.apache:log4j", ("maven", "org.apache", "log4j", "", "maven")),
        ("Packagist", "symfony/http-kernel", ("composer", "symfony", "http-kernel", "", "composer")),
        ("crates.io", "tokio", ("cargo", "", "tokio", "", "crates")),
        ("Debian:12", "openssl", ("deb", "debian", "openssl", "debian-12", "dpkg")),
        ("Ubuntu:22.04:LTS", "openssl", ("deb", "ubuntu", "openssl", "ubuntu-22.04", "dpkg")),
        ("Ubuntu:Pro:14.04:LTS", "openssl", ("deb", "ubuntu", "openssl", "ubuntu-14.04", "dpkg")),
        ("Alpine:v3.19", "musl", ("apk", "alpine", "musl", "alpine-3.19", "apk")),
        ("Wolfi", "curl", ("apk", "wolfi", "curl", "wolfi", "apk")),
        ("AlmaLinux:9", "kernel", ("rpm", "almalinux", "kernel", "almalinux-9", "rpm")),
        ("Rocky Linux:8", "kernel", ("rpm", "rocky", "kernel", "rocky-8", "rpm")),
        ("Red Hat:enterprise_linux:9::appstream", "git", ("rpm", "redhat", "git", "rhel-9", "rpm")),
    ],
)
def test_ecosystems_are_known(ecosystem: str, name: str, expected: tuple[str, ...]) -> None:
    (one,) = advisory(record(affected=[affected(ecosystem, name, INTRODUCED_0)])).affected
    assert (one.type, one.namespace, one.name, one.distro, one.scheme) == expected


@pytest.mark.parametrize(
    "ecosystem", ["Ubuntu:Pro:FIPS:22.04:LTS", "Debian:sid", "Android", "Alpine", "", ":"]
)
def test_ecosystems_that_we_do_not_look_for_are_passed_over(ecosystem: str) -> None:
    assert advisory(record(affected=[affected(ecosystem, "x", INTRODUCED_0)])).affected == ()


def test_almalinux_names_what_it_ships_and_rocky_what_it_builds_from() -> None:
    alma, rocky = (
        advisory(record(affected=[affected(system, "kernel", INTRODUCED_0)])).affected[0]
        for system in ("AlmaLinux:9", "Rocky Linux:9")
    )
    assert (alma.kind, rocky.kind) == (NameKind.BINARY, NameKind.SOURCE)


def test_a_fix_that_costs_money_is_marked() -> None:
    (one,) = advisory(record(affected=[affected("Ubuntu:Pro:14.04:LTS", "bash", INTRODUCED_0)])).affected
    assert one.vendor_status == "ubuntu-pro"


def test_a_twin_of_a_cve_is_the_same_flaw() -> None:
    found = advisory(record("DEBIAN-CVE-2016-20022", upstream=["CVE-2016-20022"]))
    assert (found.aliases, found.flaws) == (("CVE-2016-20022",), ())


def test_a_notice_is_about_its_flaws() -> None:
    found = advisory(
        record("USN-7786-1", upstream=["CVE-2025-9230", "UBUNTU-CVE-2025-9230", "CVE-2025-9231"])
    )
    assert (found.aliases, found.flaws) == ((), ("CVE-2025-9230", "CVE-2025-9231"))


def test_a_notice_that_names_its_flaws_as_related_has_them_too_and_its_severity() -> None:
    found = advisory(
        record("ALSA-2025:21220", summary="Important: podman update", related=["CVE-2025-52881"])
    )
    assert (found.flaws, found.severity) == (("CVE-2025-52881",), Severity.HIGH)


def test_related_flaws_of_an_ordinary_record_are_other_flaws() -> None:
    assert advisory(record(related=["CVE-2020-1234"])).names == ("GHSA-aaaa-bbbb-cccc",)


@pytest.mark.parametrize(
    ("members", "severity"),
    [
        (
            {"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"}]},
            "critical",
        ),
        (
            {
                "severity": [
                    {
                        "type": "CVSS_V4",
                        "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:L/SC:N/SI:N/SA:N",
                    }
                ]
            },
            "medium",
        ),
        (
            {
                "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/nonsense"}],
                "database_specific": {"severity": "LOW"},
            },
            "low",
        ),
        ({"database_specific": {"severity": "MODERATE"}}, "medium"),
        ({"severity": [{"type": "Ubuntu", "score": "negligible"}]}, "low"),
        ({"database_specific": {"severity": 7}}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_severity_is_of_the_vector_else_of_the_word(members: dict[str, Any], severity: str) -> None:
    assert advisory(record(**members)).severity == severity


def test_listed_versions_that_ranges_cover_are_not_kept_twice() -> None:
    one = affected(
        "PyPI", "x", INTRODUCED_0, {"fixed": "2.0"}, versions=["1.0", "1.9", "2.0", "2.1rc1", "odd", "odd"]
    )
    assert advisory(record(affected=[one])).affected[0].versions == ("2.0", "2.1rc1", "odd")


def test_a_range_without_end_covers_what_is_listed_after_its_start() -> None:
    one = affected("PyPI", "x", {"introduced": "1.0"}, versions=["0.9", "1.0", "7"])
    assert advisory(record(affected=[one])).affected[0].versions == ("0.9",)


def test_commits_are_passed_over_but_versions_are_kept() -> None:
    one = affected("PyPI", "x", {"introduced": "0"}, {"fixed": "abc"}, kind="GIT", versions=["1.0"])
    (found,) = advisory(record(affected=[one])).affected
    assert (found.ranges, found.versions) == ((), ("1.0",))


def test_a_withdrawn_record_says_so() -> None:
    assert advisory(record(withdrawn="2024-01-01T00:00:00Z")).withdrawn


def test_markup_and_hidden_characters_in_text_stay_text_on_one_line() -> None:
    text = "<script>alert(1)</script>\n\u202edesrever\u0000\x1b[31m"
    assert advisory(record(summary=text)).summary == "<script>alert(1)</script> desrever[31m"


def test_without_a_summary_the_first_sentence_of_the_details_stands_in() -> None:
    assert advisory(record(details="It leaks. Much more follows.")).summary == "It leaks."


def test_links_that_are_no_links_are_dropped() -> None:
    urls = [
        "javascript:alert(1)",
        "https://example.org/",
        "data:text/html,x",
        "https://x/\n",
        "http://" + "x" * 3000,
    ]
    assert advisory(record(references=[{"url": url} for url in urls])).references == ("https://example.org/",)


def test_a_date_that_stands_for_none_is_none() -> None:
    assert advisory(record(published="0001-01-01T00:00:00Z")).published == ""


@pytest.mark.parametrize(
    "one",
    [
        {"modified": "2024"},
        record(aliases="CVE-1"),
        record(affected=[{"package": {"name": "x"}}]),
        record(affected=[affected("PyPI", "x", {"introduced": 0})]),  # type: ignore[dict-item]  # hostile
        record(affected=[{"package": {"ecosystem": "PyPI", "name": ""}}]),
        record("x" * 301),
        record(""),
    ],
)
def test_a_record_of_another_shape_is_refused_by_itself(one: dict[str, object]) -> None:
    good = record("GHSA-good-good-good")
    first, second = decode(one, good)
    assert type(first).__name__ == "RefusedRecord"
    assert type(second).__name__ == "Advisory"


def test_a_million_aliases_are_refused() -> None:
    assert "1000000 aliases" in refusal(record(aliases=["CVE-1"] * 1_000_000))


def test_a_range_that_never_ends_is_refused() -> None:
    events = [{"introduced": str(number)} for number in range(osv.MAX_EVENTS + 1)]
    assert "events" in refusal(record(affected=[affected("PyPI", "x", *events)]))


def test_too_many_versions_and_packages_are_refused() -> None:
    assert "versions" in refusal(record(affected=[affected(versions=["1"] * (osv.MAX_VERSIONS + 1))]))
    assert "affected packages" in refusal(record(affected=[affected()] * (osv.MAX_AFFECTED + 1)))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"id":"A","id":"B"}', Malformed),
        (b'{"id":"A"', Malformed),
        (b"", Malformed),
        (b"[]", Malformed),
        (b'{"id":"A","details":' + b"[" * 5000 + b"]" * 5000 + b"}", OverLimit),
        (b'{"id":"' + b"A" * (osv.MAX_RECORD + 1), OverLimit),
    ],
    ids=["duplicate-key", "cut-off", "empty", "array", "deep", "without-end"],
)
def test_what_is_not_one_unambiguous_object_refuses_the_feed(content: bytes, kind: type[LadingError]) -> None:
    with pytest.raises(kind):
        decode(record(), content)


def test_what_is_fixed_where_it_is_introduced_is_said_of_no_version() -> None:
    at_once = affected("PyPI", "x", {"introduced": "1.0"}, {"fixed": "1.0"})
    assert advisory(record(affected=[at_once])).affected == ()
    (listed,) = advisory(record(affected=[at_once | {"versions": ["0.9"]}])).affected
    assert listed.versions == ("0.9",)
    for events in ([], [{"fixed": "2.0"}]):
        (unknown,) = advisory(record(affected=[affected("PyPI", "x", *events)])).affected
        assert (unknown.ranges, unknown.versions) == ((), ())

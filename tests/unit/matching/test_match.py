from lading.advisories.advisory import Advisory, Affected, AffectedRange, Severity
from lading.matching.finding import Finding, Rule, Verdict, reason_of_json
from lading.matching.flaws import join, rank
from lading.matching.match import match
from lading.matching.priority import prioritise
from lading.matching.sweep import speak, sweep
from lading.packages.package import Package
from lading.packages.realm import Realm

CVE = "CVE-2023-38545"
CURL = Package("deb", "debian", "libcurl4", "7.88.1-10", "amd64", "debian-12", "curl", "7.88.1-10")
BEFORE = AffectedRange(fixed="7.88.1-10+deb12u4")


def curl(*ranges: AffectedRange, distro: str = "debian-12", **members: object) -> Affected:
    fields = {"type": "deb", "namespace": "debian", "name": "curl", "distro": distro, "scheme": "dpkg"}
    return Affected(**{**fields, "ranges": ranges, **members})  # type: ignore[arg-type]


def advisory(identifier: str, *affected: Affected, feed: str = "osv/Debian", **members: object) -> Advisory:
    fields: dict[str, object] = {
        "aliases": (),
        "summary": "",
        "severity": Severity.UNKNOWN,
        "cvss": "",
        "published": "",
        "modified": "",
        "withdrawn": False,
    }
    return Advisory(**{**fields, "feed": feed, "id": identifier, "affected": affected, **members})  # type: ignore[arg-type]


def only(*candidates: Advisory, package: Package = CURL) -> Finding:
    (finding,) = match(package, candidates)
    return finding


def test_a_finding_explains_itself() -> None:
    found = only(advisory(CVE, curl(BEFORE), severity=Severity.HIGH, cvss="CVSS:3.1/x"))
    assert (found.flaw, found.verdict, found.severity, found.cvss) == (
        CVE,
        Verdict.AFFECTED,
        Severity.HIGH,
        "CVSS:3.1/x",
    )
    assert (found.fixed_in, found.feed, found.advisory_id) == ("7.88.1-10+deb12u4", "osv/Debian", CVE)
    assert found.reason.rule is Rule.BEFORE_FIX


def test_names_of_one_flaw_make_one_finding() -> None:
    found = only(
        advisory("DEBIAN-" + CVE, curl(BEFORE), aliases=(CVE,)),
        advisory("X-1", curl(BEFORE), aliases=("GHSA-1",), feed="other"),
        advisory("X-2", curl(BEFORE), aliases=("GHSA-1", CVE), feed="other"),
    )
    assert found.flaw == CVE
    assert set(found.names) == {CVE, "DEBIAN-" + CVE, "GHSA-1", "X-1", "X-2"}
    assert found.reason.also == ("other X-1", "other X-2")


def test_a_notice_about_two_flaws_makes_two_findings() -> None:
    notice = advisory("DSA-5523-1", curl(BEFORE), flaws=("CVE-2023-38546", CVE))
    found = match(CURL, [notice])
    assert [one.flaw for one in found] == [CVE, "CVE-2023-38546"]
    assert {one.advisory_id for one in found} == {"DSA-5523-1"}


def test_a_notice_joins_the_advisory_of_its_flaw() -> None:
    found = match(CURL, [advisory("DSA-1", curl(BEFORE), flaws=(CVE, "CVE-2")), advisory(CVE, curl(BEFORE))])
    assert [one.flaw for one in found] == ["CVE-2", CVE]


def test_the_vendor_s_tracker_beats_every_other_word() -> None:
    found = only(
        advisory(CVE, curl(BEFORE), severity=Severity.CRITICAL),
        advisory(CVE + "/curl", curl(not_affected=True), aliases=(CVE,), feed="debian-tracker"),
    )
    assert (found.verdict, found.feed) == (Verdict.NOT_AFFECTED, "debian-tracker")
    assert found.fixed_in == ""
    assert found.reason.also == (f"osv/Debian {CVE}",)


def test_a_back_port_that_the_tracker_knows_is_fixed_and_no_finding() -> None:
    tracker = advisory("t", curl(AffectedRange(fixed="7.88.1-10")), aliases=(CVE,), feed="debian-tracker")
    assert match(CURL, [advisory(CVE, curl(BEFORE)), tracker]) == ()


def test_what_is_shipped_with_the_program_counts_least() -> None:
    starter = advisory(CVE, curl(AffectedRange(fixed="9")), feed="starter")
    assert only(starter).feed == "starter"
    assert only(starter, advisory("D", curl(BEFORE), aliases=(CVE,))).fixed_in == "7.88.1-10+deb12u4"


def test_among_equals_the_one_that_finds_more_counts() -> None:
    package = Package("pypi", "", "Jinja2", "2.0")
    ranges = [(AffectedRange(fixed="1.0"),), (AffectedRange(fixed="odd"),), (AffectedRange(fixed="3.0"),)]
    said = [
        advisory(
            f"P-{at}", Affected("pypi", "", "jinja2", "", "pep440", one), aliases=(CVE,), feed="osv/PyPI"
        )
        for at, one in enumerate(ranges)
    ]
    assert only(*said, package=package).verdict is Verdict.AFFECTED
    assert only(*said[:2], package=package).verdict is Verdict.UNDETERMINED
    assert match(package, said[:1]) == ()


def test_another_distribution_or_release_is_not_spoken_of() -> None:
    assert match(CURL, [advisory(CVE, curl(BEFORE, distro="debian-11"))]) == ()
    assert match(CURL, [advisory(CVE, curl(BEFORE, distro="ubuntu-22.04"))]) == ()


def test_withdrawn_advisories_say_nothing() -> None:
    assert match(CURL, [advisory(CVE, curl(BEFORE), withdrawn=True)]) == ()


def test_the_vendor_s_severity_for_the_package_beats_the_flaw_s() -> None:
    minor = advisory(
        "t", curl(AffectedRange(), severity=Severity.NONE), aliases=(CVE,), feed="debian-tracker"
    )
    assert only(minor, advisory(CVE, curl(BEFORE), severity=Severity.CRITICAL)).severity is Severity.NONE


def test_without_the_vendor_s_severity_the_worst_that_is_said_counts() -> None:
    tracker = advisory("t", curl(AffectedRange()), aliases=(CVE,), feed="debian-tracker")
    found = only(
        tracker,
        advisory(CVE, curl(BEFORE), severity=Severity.MEDIUM),
        advisory("X", curl(BEFORE), severity=Severity.CRITICAL, aliases=(CVE,)),
    )
    assert found.severity is Severity.CRITICAL


def test_the_stream_s_own_advisory_beats_another_stream_s() -> None:
    package = Package(
        "rpm", "", "nodejs", "1:16.20.2-1.module_el8", "", "almalinux-8", "nodejs", "1:16.20.2-1.module_el8"
    )

    def stream(version: str) -> Advisory:
        fixed = AffectedRange(fixed=f"1:{version}-1.module_el8")
        return advisory(
            "A" + version, Affected("rpm", "", "nodejs", "almalinux-8", "rpm", (fixed,)), flaws=(CVE,)
        )

    assert match(package, [stream("18.1.0"), stream("16.20.2")]) == ()
    assert only(stream("18.1.0"), package=package).verdict is Verdict.UNDETERMINED


def test_very_many_names_are_joined_in_a_moment() -> None:
    chain = [((f"A-{at}", f"A-{at + 1}"), at) for at in range(50_000)]
    ((names, members),) = join(chain)
    assert (len(names), len(members)) == (50_001, 50_000)


def test_people_s_name_for_a_flaw_is_its_oldest_cve() -> None:
    names = ["X-1", "CVE-2014-6271/bash", "GHSA-a", "CVE-2021-10000", "CVE-2021-9999", "CVE-2014-6271"]
    assert sorted(names, key=rank) == [
        "CVE-2014-6271",
        "CVE-2021-9999",
        "CVE-2021-10000",
        "GHSA-a",
        "X-1",
        "CVE-2014-6271/bash",
    ]


def test_what_is_used_in_attacks_goes_first_and_what_is_uncertain_after_what_is_sure() -> None:
    sure = only(advisory(CVE, curl(BEFORE), severity=Severity.HIGH))
    worse = only(advisory(CVE, curl(BEFORE), severity=Severity.CRITICAL))
    unsure = only(advisory(CVE, curl(AffectedRange(fixed="odd version")), severity=Severity.HIGH))
    exploited = prioritise(sure, known_exploited=True, running=2)
    order = [exploited, prioritise(worse), prioritise(sure, running=1), prioritise(sure), prioritise(unsure)]
    assert [one.score for one in order] == sorted((one.score for one in order), reverse=True)
    assert exploited.words == (
        "used in attacks, high severity, runs in 2 containers, fixed in 7.88.1-10+deb12u4"
    )
    assert prioritise(unsure).words.endswith("not certain that it is affected")


SHIPPED = Package("pypi", "", "flask-doc", "0.1", distro="debian-12", owner="deb/python3-flask-doc 0.1-2")
BY_PIP = Package("pypi", "", "flask-doc", "0.1")
OF_DEBIAN = frozenset({Realm("deb", "debian-12")})
SAID = advisory("GHSA-1", Affected("pypi", "", "flask-doc", "", "pep440", (AffectedRange(fixed="0.2"),)))


def test_the_distribution_s_word_counts_alone_while_it_is_held() -> None:
    assert match(SHIPPED, [SAID], OF_DEBIAN) == ()
    assert list(sweep([SHIPPED], speak([SAID]), OF_DEBIAN)) == []


def test_the_makers_word_counts_while_the_distribution_s_is_not_held_and_says_so() -> None:
    for held in (frozenset[Realm](), frozenset({Realm("deb", "debian-11"), Realm("pypi")})):
        (found,) = match(SHIPPED, [SAID], held)
        assert (found.verdict, found.fixed_in) == (Verdict.AFFECTED, "0.2")
        assert found.reason.unheld == "debian-12"
        assert found.reason.words.endswith(
            "its makers say so: no advisories are held for debian-12, which may have mended it"
        )
        assert list(sweep([SHIPPED], speak([SAID]), held)) == [found]
        assert reason_of_json(found.reason.as_json()) == found.reason


def test_who_shipped_it_is_not_mixed_up_in_one_sweep() -> None:
    ours, of_pip = sweep([SHIPPED, BY_PIP], speak([SAID]))
    assert (ours.package, ours.reason.unheld) == (SHIPPED, "debian-12")
    assert (of_pip.package, of_pip.reason.unheld) == (BY_PIP, "")
    assert [found.package for found in sweep([SHIPPED, BY_PIP], speak([SAID]), OF_DEBIAN)] == [BY_PIP]

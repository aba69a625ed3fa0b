"""Who is affected, over every adapter."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from lading.adapters.sql.engine import SqlRecords
from lading.advisories.advisory import Advisory, Affected, Severity
from lading.cataloging.analysis import InstalledPackage, LayerAnalysis
from lading.cataloging.image_contents import combine
from lading.foundation.errors import NotFound
from lading.inventory.container import RunningContainer
from lading.oci.digest import Digest
from lading.packages.package import Package
from lading.packages.package_name import names_of
from lading.packages.realm import Realm, RealmNumbers
from lading.ports.records.advisories import FeedState
from lading.ports.records.contents import ImageRecord, PackageUse, Reach, Uses
from lading.ports.records.inventory import Host
from lading.ports.records.matches import (
    FindingCounts,
    ImageFinding,
    Match,
    MatchStatus,
)
from lading.ports.records.page import Page
from tests.support import manifests
from tests.support.analyses import (
    ANALYSER,
    AT,
    deb,
    digest,
    dist_info,
    image_record,
    layer,
    pypi,
    status,
)

T = TypeVar("T")
OF_DEBIAN = deb("python3-flask", "0.1-2")
DEBIAN_12, PYPI = Realm("deb", "debian-12"), Realm("pypi")
SHELLSHOCK = "CVE-2014-6271"
OLD_BASH, NEW_BASH = deb("bash", "4.2-1"), deb("bash", "5.2-1")
FLASK = pypi("flask", "0.1")
STATUS = "var/lib/dpkg/status"
OLD = layer("old", status(OLD_BASH, deb("dash")))
NEW = layer("new", status(NEW_BASH, deb("dash")))
APP = layer("app", dist_info(FLASK), dist_info(FLASK, "opt"))


def advisory(name: str, feed: str = "starter") -> Advisory:
    return Advisory(
        feed=feed,
        id=name,
        aliases=(),
        summary=f"about {name}",
        severity=Severity.CRITICAL,
        cvss="",
        published="",
        modified="",
        withdrawn=False,
        affected=(),
    )


def match(package: Package, flaw: str = SHELLSHOCK, **members: object) -> Match:
    made = Match(
        package=package,
        flaw=flaw,
        feed="starter",
        advisory_id=flaw,
        status=MatchStatus.AFFECTED,
        severity=Severity.CRITICAL,
        fixed_in="4.3-11",
        reason={"rule": "before-fix", "also": ["x"]},
    )
    return replace(made, **members)  # type: ignore[arg-type]  # the members are Match's own


def import_feed(records: SqlRecords, *advisories: Advisory) -> None:
    with records.write() as written:
        written.advisories.replace_feed(FeedState("starter", AT, None, "", 0), advisories)


def save_image(records: SqlRecords, name: str, *layers: LayerAnalysis) -> Digest:
    record = image_record(name, layers)
    save_record(records, record, *layers)
    return record.manifest


def save_record(records: SqlRecords, record: ImageRecord, *layers: LayerAnalysis) -> None:
    with records.write() as written:
        for analysis in layers:
            written.contents.save_layer(analysis, {}, blob=digest("blob"))
        written.contents.save_image(record)
        written.contents.finish_image(record.manifest, combine(layers), analyser=ANALYSER, at=AT)


def replace_matches(records: SqlRecords, packages: list[Package], *matches: Match) -> None:
    with records.write() as written:
        written.matches.replace_matches(written.contents.known(packages), matches)


def run(records: SqlRecords, name: str, image_id: str, *references: str) -> RunningContainer:
    container = RunningContainer(
        host="h1",
        engine="docker",
        id=f"id-{name}",
        name=name,
        image_reference="team/app:v1",
        image_id=image_id,
        manifest_digests=references,
        started_at="2026-03-01T11:00:00Z",
        labels={},
        privileged=False,
        user="",
    )
    with records.write() as written:
        running = [seen.container for seen in written.inventory.running().items]
        minute = len(running)
        host = Host("h1", "0.1", datetime(2026, 3, 1, 12, minute, tzinfo=UTC))
        written.inventory.report(host, [*running, container])
    return container


def all_pages(fetch: Callable[[str], Page[T]]) -> list[T]:
    page = fetch("")
    items = list(page.items)
    while page.next:
        page = fetch(page.next)
        items += page.items
    return items


def test_packages_wait_to_be_matched_once(records: SqlRecords) -> None:
    save_image(records, "one", OLD)
    import_feed(records, advisory(SHELLSHOCK))
    with records.read() as view:
        waiting = all_pages(lambda after: view.matches.packages_to_match(after=after, limit=1))
    assert {each.package for each in waiting} == {OLD_BASH, deb("dash")}
    replace_matches(records, [OLD_BASH], match(OLD_BASH))
    save_image(records, "two", OLD, NEW)
    with records.read() as view:
        assert {each.package for each in view.matches.packages_to_match().items} == {deb("dash"), NEW_BASH}
        assert view.matches.matches_of([OLD_BASH, NEW_BASH, pypi("unknown")]) == (match(OLD_BASH),)


def test_packages_of_an_image_that_were_never_matched_are_counted(records: SqlRecords) -> None:
    dash, bash = deb("dash"), deb("bash")
    manifest = save_image(records, "app", layer("one", status(dash, bash)), layer("two", dist_info(FLASK)))
    other = save_image(records, "other", layer("three", status(deb("zsh"))))
    with records.read() as kept:
        assert kept.matches.never_matched(manifest) == 3
    replace_matches(records, [dash, FLASK])
    with records.write() as kept:
        assert kept.matches.never_matched(manifest) == 1
        kept.matches.match_again(names_of(dash), [])
        assert kept.matches.never_matched(manifest) == 1
        assert kept.matches.never_matched(other) == 1
        assert kept.matches.never_matched(digest("no such image")) == 0
    replace_matches(records, [bash])
    with records.read() as kept:
        assert kept.matches.never_matched(manifest) == 0


def test_packages_are_found_by_the_names_that_advisories_use(records: SqlRecords) -> None:
    libc = deb("libc6", "2.36-9", source="glibc")
    libc_bin = deb("libc-bin", "2.36-9", source="glibc")
    many = [pypi(f"P_{number}") for number in range(40)]
    save_image(records, "one", layer("x", status(libc, libc_bin), *[dist_info(each) for each in many]))
    with records.read() as view:
        source, binary = names_of(libc)
        assert set(view.matches.packages_named([source]).items) == {libc, libc_bin}
        assert view.matches.packages_named([binary]).items == (libc,)
        wanted = [source, binary, *[name for number in range(3000) for name in names_of(pypi(f"p.{number}"))]]
        found = all_pages(lambda after: view.matches.packages_named(wanted, after=after, limit=7))
        assert len(found) == 42
        assert set(found) == {libc, libc_bin, *many}
        assert view.matches.packages_named([]).items == ()


def test_what_is_known_of_a_package_is_replaced_as_a_whole(records: SqlRecords) -> None:
    save_image(records, "one", OLD, NEW)
    import_feed(records, advisory(SHELLSHOCK), advisory("CVE-2"))
    other = match(NEW_BASH, "CVE-2", status=MatchStatus.UNDETERMINED, fixed_in="")
    replace_matches(records, [OLD_BASH, NEW_BASH], match(OLD_BASH), match(OLD_BASH, "CVE-2"), other)
    replace_matches(records, [OLD_BASH], match(OLD_BASH, "CVE-2"))
    with records.read() as view:
        assert view.matches.matches_of([NEW_BASH, OLD_BASH]) == (match(OLD_BASH, "CVE-2"), other)
    replace_matches(records, [OLD_BASH])
    with records.read() as view:
        assert view.matches.matches_of([OLD_BASH]) == ()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (match(pypi("unknown")), "package-unknown"),
        (match(OLD_BASH, "CVE-9"), "advisory-unknown"),
        (match(OLD_BASH, feed="osv"), "advisory-unknown"),
    ],
)
def test_a_match_is_of_a_package_and_an_advisory_that_are_known(
    records: SqlRecords, wrong: Match, code: str
) -> None:
    save_image(records, "one", OLD)
    import_feed(records, advisory(SHELLSHOCK))
    with pytest.raises(NotFound) as refused:
        replace_matches(records, [wrong.package], wrong)
    assert refused.value.code == code


def test_findings_of_an_image_are_those_of_its_visible_packages(records: SqlRecords) -> None:
    upgraded = save_image(records, "upgraded", OLD, NEW, APP)
    vulnerable = save_image(records, "vulnerable", OLD, APP)
    import_feed(records, replace(advisory(SHELLSHOCK), known_exploited=True), advisory("CVE-2"))
    of_flask = match(FLASK, "CVE-2", severity=Severity.LOW)
    replace_matches(records, [OLD_BASH, FLASK], match(OLD_BASH), match(OLD_BASH, "CVE-2"), of_flask)
    with records.read() as view:

        def findings(manifest: Digest) -> list[ImageFinding]:
            return all_pages(lambda after: view.matches.image_findings(manifest, after=after, limit=1))

        def flask(folder: str) -> ImageFinding:
            installed = InstalledPackage(FLASK, f"{folder}/flask.dist-info/METADATA", 2)
            return ImageFinding(installed, of_flask, advisory("CVE-2"), known_exploited=False)

        assert findings(upgraded) == [flask("opt"), flask("usr/lib/python3/dist-packages")]
        found = findings(vulnerable)
        bash = InstalledPackage(OLD_BASH, STATUS, 0)
        exploited = replace(advisory(SHELLSHOCK), known_exploited=True)
        assert found[:2] == [
            ImageFinding(bash, match(OLD_BASH, "CVE-2"), advisory("CVE-2"), known_exploited=False),
            ImageFinding(bash, match(OLD_BASH), exploited, known_exploited=True),
        ]
        assert [finding.installed.layer for finding in found[2:]] == [1, 1]
        assert findings(digest("nowhere")) == []


def test_findings_are_counted_by_severity_once_for_a_package_and_a_flaw(records: SqlRecords) -> None:
    upgraded = save_image(records, "upgraded", OLD, NEW, APP)
    vulnerable = save_image(records, "vulnerable", OLD, APP)
    clean = save_image(records, "clean", NEW)
    import_feed(records, advisory(SHELLSHOCK), advisory("CVE-2"), advisory("CVE-3"))
    replace_matches(
        records,
        [OLD_BASH, FLASK],
        match(OLD_BASH),
        match(OLD_BASH, "CVE-2"),
        match(FLASK, "CVE-2", severity=Severity.LOW),
        match(FLASK, "CVE-3", status=MatchStatus.UNDETERMINED),
    )
    with records.read() as view:
        assert view.matches.finding_counts([upgraded, vulnerable, clean, digest("nowhere")]) == {
            upgraded: FindingCounts({Severity.LOW: 1}, 1, {(DEBIAN_12,): 2, (PYPI,): 1}),
            vulnerable: FindingCounts(
                {Severity.CRITICAL: 2, Severity.LOW: 1}, 1, {(DEBIAN_12,): 2, (PYPI,): 1}
            ),
            clean: FindingCounts({}, 0, {(DEBIAN_12,): 2}),
        }


def spoken_of(package: Package) -> Advisory:
    """An advisory that speaks of the package's name, and says nothing of its version."""
    name = names_of(package)[0]
    affected = Affected(name.type, "", name.name, name.release, "dpkg", (), ("0",))
    return replace(advisory(f"about-{name.name}"), affected=(affected,))


def import_as(records: SqlRecords, feed: str, *advisories: Advisory) -> None:
    with records.write() as written:
        said = [replace(each, feed=feed) for each in advisories]
        written.advisories.replace_feed(FeedState(feed, AT, None, "", 0), said)


def test_what_no_feed_speaks_for_is_counted_until_one_does(records: SqlRecords) -> None:
    owned = replace(FLASK, distro="debian-12", owner="deb/python3-flask 0.1-2")
    homeless = deb("left", distro="")
    image = save_image(
        records,
        "all",
        layer("all", status(OLD_BASH, homeless, OF_DEBIAN), dist_info(FLASK), dist_info(owned, "opt")),
    )

    def missing() -> RealmNumbers:
        with records.read() as view:
            counts = view.matches.finding_counts([image]).get(image)
            everywhere = view.matches.unjudged_packages()
        assert everywhere == (counts.unjudged if counts else {})
        return everywhere

    nowhere = Realm("deb")
    of_none = {(nowhere,): 1, (DEBIAN_12,): 2, (DEBIAN_12, PYPI): 1, (PYPI,): 1}
    assert missing() == of_none
    import_as(records, "starter", spoken_of(OLD_BASH), spoken_of(FLASK))
    assert missing() == of_none, "a few famous flaws are not all there is to be said of Debian"
    import_as(records, "osv/PyPI", spoken_of(FLASK), spoken_of(OLD_BASH))
    assert missing() == {(nowhere,): 1, (DEBIAN_12,): 2}, "PyPI's feed does not speak for Debian"
    import_as(records, "osv/PyPI", spoken_of(OLD_BASH))
    assert missing() == of_none, "nothing is said of PyPI any more"
    import_as(records, "debian-tracker", spoken_of(OLD_BASH))
    assert missing() == {(nowhere,): 1, (PYPI,): 1}
    import_as(records, "debian-tracker", spoken_of(deb("bash", distro="debian-11")))
    assert missing() == of_none, "another release is another system"


def test_packages_that_a_distribution_ships_are_matched_again_when_its_word_comes(
    records: SqlRecords,
) -> None:
    flask = replace(FLASK, distro="debian-12.4", owner="deb/python3-flask 0.1-2")
    of_eleven = replace(FLASK, distro="debian-11", owner="deb/python3-flask 0.1-2")
    of_red_hat = replace(FLASK, distro="debian-12", owner="rpm/python3-flask 0.1-2")
    each = [flask, of_eleven, of_red_hat, FLASK, OLD_BASH]
    with records.write() as written:
        written.contents.save_layer(layer("all", status(*each)), {}, blob=digest("blob"))
    replace_matches(records, each)
    with records.write() as written:
        assert written.matches.match_owned_again(()) == 0
        assert written.matches.match_owned_again([PYPI]) == 0
        assert written.matches.match_owned_again([DEBIAN_12]) == 1
        assert [one.package for one in written.matches.packages_to_match().items] == [flask]


def test_images_are_found_by_flaw_where_the_package_is_visible(records: SqlRecords) -> None:
    save_image(records, "upgraded", OLD, NEW)
    vulnerable = [save_image(records, name, OLD) for name in ("a", "b", "c")]
    import_feed(records, advisory(SHELLSHOCK), advisory("CVE-2"))
    replace_matches(records, [OLD_BASH], match(OLD_BASH))
    with records.read() as view:
        (number,) = view.matches.packages_with([SHELLSHOCK, "CVE-2"])
        found = all_pages(lambda after: view.contents.uses_of([number], after=after, limit=2).page)
        assert found == [PackageUse(manifest, OLD_BASH, STATUS, 0) for manifest in vulnerable]
        assert view.contents.uses_of([number]).reach == Reach(images=3, containers=0)
        assert view.matches.packages_with(["CVE-2"]) == ()
        assert view.matches.packages_with([]) == ()
        assert view.contents.uses_of([]) == Uses(Page(()), Reach(0, 0))


def test_containers_are_counted_while_they_run(records: SqlRecords) -> None:
    one = save_image(records, "one", OLD)
    save_image(records, "clean", NEW)
    by_config = run(records, "by-config", str(digest("config one")))
    run(records, "by-manifest", "sha256:" + "0" * 64, f"registry.example/x@{one}")
    run(records, "clean", str(digest("config clean")))
    run(records, "unknown", "sha256:" + "9" * 64)

    def reach() -> Reach:
        with records.read() as view:
            return view.contents.uses_of(known.number for known in view.contents.known([OLD_BASH])).reach

    assert reach() == Reach(images=1, containers=2)
    with records.write() as written:
        written.inventory.report(Host("h1", "0.1", datetime(2026, 3, 2, tzinfo=UTC)), [by_config])
    assert reach() == Reach(images=1, containers=1)


def test_a_container_known_by_index_only_counts_for_each_image_of_it(records: SqlRecords) -> None:
    amd, arm = manifests.image("amd"), manifests.image("arm")
    both = manifests.index((amd, "linux/amd64"), (arm, "linux/arm64"))
    for name, pushed, analysis in (("amd", amd, OLD), ("arm", arm, NEW)):
        record = replace(image_record(name, [analysis]), manifest=manifests.digest_of(pushed))
        save_record(records, record, analysis)
    with records.write() as written:
        written.registry.save_manifest("app", manifests.digest_of(both), both, at=AT, by="x")
    import_feed(records, advisory(SHELLSHOCK))
    replace_matches(records, [OLD_BASH], match(OLD_BASH))
    reference = f"registry.example/app@{manifests.digest_of(both)}"
    perhaps = run(records, "by-index", str(manifests.digest_of(both)), reference)
    run(records, "surely-arm", str(digest("config arm")), reference)
    with records.read() as view:
        uses = view.contents.uses_of(view.matches.packages_with([SHELLSHOCK]))
        running = view.inventory.running_from(use.manifest for use in uses.page.items)
    assert uses.reach.containers == 1
    assert [each for containers in running.values() for each in containers] == [perhaps]


def test_a_finding_stays_until_its_package_is_matched_again_though_the_advisory_is_gone(
    records: SqlRecords,
) -> None:
    manifest = save_image(records, "one", OLD)
    import_feed(records, advisory(SHELLSHOCK))
    replace_matches(records, [OLD_BASH], match(OLD_BASH))
    import_feed(records)
    import_feed(records)
    with records.read() as view:
        assert view.advisories.named(SHELLSHOCK) == ()
        assert [found.match for found in view.matches.image_findings(manifest).items] == [match(OLD_BASH)]
    replace_matches(records, [OLD_BASH])
    import_feed(records)
    with records.read() as view:
        assert view.matches.image_findings(manifest).items == ()
    with records.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM advisory").scalar_one() == 0


def test_packages_are_put_to_be_matched_again_by_name_or_flaw_and_keep_their_matches(
    records: SqlRecords,
) -> None:
    save_image(records, "one", OLD, APP)
    import_feed(records, advisory(SHELLSHOCK), advisory("CVE-2"))
    matched = [OLD_BASH, deb("dash"), FLASK]
    replace_matches(records, matched, match(OLD_BASH), match(FLASK, "CVE-2"))

    def waiting() -> set[Package]:
        with records.read() as view:
            return {each.package for each in view.matches.packages_to_match().items}

    assert waiting() == set()
    with records.write() as written:
        assert written.matches.match_again([], ["CVE-2", "CVE-unknown"]) == 1
    assert waiting() == {FLASK}
    with records.write() as written:
        assert written.matches.match_again(names_of(OLD_BASH), []) == 2
    assert waiting() == {FLASK, OLD_BASH}
    with records.read() as view:
        assert len(view.matches.matches_of(matched)) == 2


def test_containers_are_found_by_the_images_they_run_from(records: SqlRecords) -> None:
    one, two = save_image(records, "one", OLD), save_image(records, "two", NEW)
    web = run(records, "web", str(digest("config one")))
    with records.read() as view:
        assert view.inventory.running_from([one, two, digest("nowhere")]) == {one: (web,)}
    with records.write() as written:
        written.inventory.report(Host("h1", "0.1", datetime(2026, 3, 2, tzinfo=UTC)), [])
    with records.read() as view:
        assert view.inventory.running_from([one]) == {}


def test_a_package_that_another_owns_is_kept_apart_from_one_that_nobody_owns(records: SqlRecords) -> None:
    owned = replace(FLASK, distro="debian-12", owner="deb/python3-flask 0.1-2")
    save_image(
        records, "of-debian", layer("of-debian", status(deb("python3-flask", "0.1-2")), dist_info(owned))
    )
    by_pip = save_image(records, "by-pip", APP)
    import_feed(records, replace(advisory("CVE-1"), affected=()))
    with records.read() as view:
        waiting = view.matches.packages_to_match(limit=100).items
        called = view.contents.packages_called("flask")
        upstream = view.matches.packages_named(names_of(FLASK)).items
    assert {known.package for known in called} == {FLASK, owned}
    assert {known.package for known in waiting} >= {FLASK, owned}
    assert set(upstream) == {FLASK, owned}, "where the vendor says nothing, the makers do"
    replace_matches(records, [FLASK, owned], match(FLASK, "CVE-1"))
    with records.read() as view:
        uses = view.contents.uses_of(view.matches.packages_with(["CVE-1"])).page.items
        everywhere = view.contents.uses_of([known.number for known in called]).page.items
    assert {use.manifest for use in uses} == {by_pip}
    assert {use.package.owner for use in everywhere} == {"", "deb/python3-flask 0.1-2"}

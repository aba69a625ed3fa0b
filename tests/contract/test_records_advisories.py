"""Advisories and feeds, over every adapter."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lading.adapters.sql.engine import SqlRecords
from lading.advisories.advisory import Advisory, Affected, AffectedRange, Severity
from lading.advisories.exploit_score import ExploitScore
from lading.foundation.errors import Malformed
from lading.packages.package_name import NameKind, PackageName
from lading.ports.records.advisories import FeedChange, FeedFetch, FeedState
from tests.support.analyses import deb, pypi

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FEED = FeedState("osv/PyPI", NOW, NOW - timedelta(hours=3), "sha256:abc", 0)
FLASK = PackageName("pypi", "", "flask", "", NameKind.SOURCE)
DJANGO = PackageName("pypi", "", "django", "", NameKind.SOURCE)


def advisory(
    name: str = "PYSEC-1", *packages: str, feed: str = "osv/PyPI", aliases: tuple[str, ...] = ()
) -> Advisory:
    return Advisory(
        feed=feed,
        id=name,
        aliases=aliases,
        summary="\x00 a summary \u202e \\",
        severity=Severity.HIGH,
        cvss="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
        published="2025-01-01T00:00:00Z",
        modified="2025-01-02T00:00:00Z",
        withdrawn=False,
        affected=tuple(
            Affected("pypi", "", package, "", "pypi", (AffectedRange("1.0", "2.0"),), versions=("0.9",))
            for package in packages
        ),
        references=("https://example.org/1",),
    )


def of_debian(name: str, source: str, kind: NameKind = NameKind.SOURCE) -> Advisory:
    affected = Affected("deb", "debian", source, "debian-12", "dpkg", (AffectedRange(),), kind=kind)
    return replace(advisory(name, feed="debian-tracker"), affected=(affected,))


def import_feed(records: SqlRecords, *advisories: Advisory, state: FeedState = FEED) -> FeedChange:
    with records.write() as written:
        return written.advisories.replace_feed(state, iter(advisories))


def test_an_advisory_comes_back_whole_and_the_feed_counts_it(records: SqlRecords) -> None:
    one = advisory("PYSEC-1", "Flask", aliases=("CVE-2025-1", "GHSA-1"))
    import_feed(records, one)
    with records.read() as view:
        assert view.advisories.advisory("osv/PyPI", "PYSEC-1") == one
        assert view.advisories.advisory("osv/npm", "PYSEC-1") is None
        assert view.advisories.feeds() == (replace(FEED, count=1),)


def test_an_import_tells_what_it_added_changed_and_removed(records: SqlRecords) -> None:
    stays, changes, goes = advisory("A", "flask"), advisory("B", "flask"), advisory("C", "django")
    first = import_feed(records, goes, changes, stays)
    assert first == FeedChange(("A", "B", "C"), (), (), frozenset({FLASK, DJANGO}))
    assert import_feed(records, stays, changes, goes) == FeedChange((), (), (), frozenset())
    changed = replace(changes, summary="rewritten", affected=())
    new = advisory("D")
    second = import_feed(records, stays, changed, new)
    # What the changed one spoke of before, and what the removed one spoke of.
    assert second == FeedChange(("D",), ("B",), ("C",), frozenset({FLASK, DJANGO}))
    with records.read() as view:
        assert view.advisories.advisory("osv/PyPI", "B") == changed
        assert view.advisories.advisory("osv/PyPI", "C") is None
        assert view.advisories.named("C") == ()
        assert view.advisories.candidates([pypi("django")]) == ()
        assert view.advisories.feeds()[0].count == 3


def test_an_advisory_that_was_removed_can_come_back(records: SqlRecords) -> None:
    one = advisory("A", "flask")
    import_feed(records, one)
    import_feed(records)
    assert import_feed(records, one) == FeedChange(("A",), (), (), frozenset({FLASK}))
    with records.read() as view:
        assert view.advisories.candidates([pypi("flask")]) == (one,)


def test_of_several_with_one_id_the_last_counts(records: SqlRecords) -> None:
    last = replace(advisory("A", "flask"), summary="last")
    change = import_feed(records, advisory("A", "django"), advisory("B"), last)
    assert change.added == ("A", "B")
    with records.read() as view:
        assert view.advisories.advisory("osv/PyPI", "A") == last
        assert view.advisories.candidates([pypi("django")]) == ()


def test_feeds_do_not_touch_each_other(records: SqlRecords) -> None:
    import_feed(records, advisory("A", "flask"))
    other = replace(advisory("A", "flask"), feed="starter")
    import_feed(records, other, state=replace(FEED, name="starter", published_at=None))
    assert import_feed(records).removed == ("A",)
    with records.read() as view:
        assert view.advisories.candidates([pypi("flask")]) == (other,)
        assert [feed.name for feed in view.advisories.feeds()] == ["osv/PyPI", "starter"]


def test_an_import_that_fails_half_way_leaves_the_feed_as_it_was(records: SqlRecords) -> None:
    one = advisory("A", "flask")
    import_feed(records, one)

    def cut_short() -> Iterator[Advisory]:
        yield from (advisory(f"N{number}", "django") for number in range(1200))
        raise Malformed("feed-cut", "the file ends too early")

    def run() -> None:
        with records.write() as written:
            written.advisories.replace_feed(FEED, cut_short())

    with pytest.raises(Malformed):
        run()
    with records.read() as view:
        assert view.advisories.candidates([pypi("flask"), pypi("django")]) == (one,)
        assert view.advisories.feeds()[0].count == 1


def test_an_advisory_of_another_feed_is_refused(records: SqlRecords) -> None:
    with pytest.raises(Malformed) as refused:
        import_feed(records, advisory("A", feed="osv/npm"))
    assert refused.value.code == "advisory-of-other-feed"


def test_an_advisory_is_found_by_each_of_its_names(records: SqlRecords) -> None:
    aliased = advisory("A", aliases=("CVE-1", "back\\slash"))
    notice = replace(advisory("DSA-1", feed="debian-tracker"), flaws=("CVE-1", "CVE-2"))
    import_feed(records, aliased)
    import_feed(records, notice, state=replace(FEED, name="debian-tracker"))
    with records.read() as view:
        assert view.advisories.named("CVE-1") == (notice, aliased)
        assert view.advisories.named("CVE-2") == (notice,)
        assert view.advisories.named("A") == (aliased,)
        assert view.advisories.named("back\\slash") == (aliased,)
        assert view.advisories.named("cve-1") == ()


def test_candidates_speak_of_the_source_or_of_what_is_built_from_it(records: SqlRecords) -> None:
    source, binary = of_debian("S", "glibc"), of_debian("B", "libc6", NameKind.BINARY)
    of_other = of_debian("O", "glibc", NameKind.BINARY)
    import_feed(records, source, binary, of_other, state=replace(FEED, name="debian-tracker"))
    libc = deb("libc6", "2.36-9", source="glibc")
    with records.read() as view:
        assert view.advisories.candidates([libc]) == (binary, source)
        assert view.advisories.candidates([deb("libc6", source="glibc", distro="debian-13")]) == ()
        assert view.advisories.candidates([]) == ()


def test_candidates_are_found_for_thousands_of_packages_and_withdrawn_ones_are_not(
    records: SqlRecords,
) -> None:
    gone = replace(advisory("W", "p1"), withdrawn=True)
    many = [advisory(f"A{number:04}", f"P{number}", "shared_name") for number in range(1500)]
    import_feed(records, gone, *many)
    with records.read() as view:
        found = view.advisories.candidates([pypi(f"p{number}") for number in range(1500)])
        assert found == tuple(replace(one, affected=one.affected[:1]) for one in many)
        assert len(view.advisories.candidates([pypi("shared-name")])) == 1500


def test_a_flaw_is_known_to_be_exploited_by_any_of_its_names(records: SqlRecords) -> None:
    import_feed(records, replace(advisory("KEV-1", aliases=("CVE-1",)), known_exploited=True), advisory("A"))
    with records.read() as view:
        asked = ["CVE-1", "A", "CVE-2", "KEV-1"]
        assert view.advisories.known_exploited(asked) == frozenset({"CVE-1", "KEV-1"})
        assert view.advisories.known_exploited([]) == frozenset()
    import_feed(records, advisory("KEV-1", aliases=("CVE-1",)))
    with records.read() as view:
        assert view.advisories.known_exploited(["CVE-1"]) == frozenset()


def test_a_feed_that_is_as_it_was_is_confirmed(records: SqlRecords) -> None:
    import_feed(records, advisory())
    later = NOW + timedelta(days=1)
    with records.write() as written:
        assert written.advisories.confirm_feed("osv/PyPI", at=later)
        assert not written.advisories.confirm_feed("osv/npm", at=later)
    with records.read() as view:
        assert view.advisories.feeds() == (replace(FEED, imported_at=later, count=1),)


def test_what_an_advisory_says_comes_back_in_its_order_and_to_packages_only_what_is_said_of_them(
    records: SqlRecords,
) -> None:
    one = advisory("PYSEC-1", "flask", "django", "Flask", "a\ud800\x00b")
    import_feed(records, one)
    with records.read() as view:
        assert view.advisories.advisory("osv/PyPI", "PYSEC-1") == one
        (candidate,) = view.advisories.candidates([pypi("flask")])
    assert candidate == replace(one, affected=(one.affected[0], one.affected[2]))


def test_the_worst_rating_of_a_name_is_told_and_notices_rate_no_single_flaw(records: SqlRecords) -> None:
    low = replace(advisory("A", aliases=("CVE-2025-1", "CVE-2025-2")), severity=Severity.LOW)
    high = replace(advisory("B", aliases=("CVE-2025-1",)), severity=Severity.HIGH)
    unrated = replace(advisory("C", aliases=("CVE-2025-3",)), severity=Severity.UNKNOWN)
    notice = replace(advisory("D"), severity=Severity.CRITICAL, flaws=("CVE-2025-1",))
    gone = replace(advisory("E", aliases=("CVE-2025-2",)), severity=Severity.CRITICAL, withdrawn=True)
    import_feed(records, low, high, unrated, notice, gone)
    with records.read() as view:
        assert view.advisories.severities(["CVE-2025-1", "CVE-2025-2", "CVE-2025-3", "CVE-2025-9"]) == {
            "CVE-2025-1": Severity.HIGH,
            "CVE-2025-2": Severity.LOW,
        }


def test_scores_are_replaced_as_a_whole(records: SqlRecords) -> None:
    state = FeedState("epss", NOW, NOW, "sha256:1", 0)
    with records.write() as written:
        assert written.advisories.replace_scores(state, [ExploitScore("CVE-1", 0.5, 0.9)]) == 1
        again = [ExploitScore("CVE-2", 0.1, 0.2), ExploitScore("CVE-3", 1.0, 1.0)]
        assert written.advisories.replace_scores(state, again) == 2
    with records.read() as view:
        assert view.advisories.exploit_scores(["CVE-1", "CVE-3"]) == {"CVE-3": again[1]}
        assert list(view.advisories.all_scores()) == again
        assert [feed.count for feed in view.advisories.feeds()] == [2]


def test_how_fetching_went_is_remembered_with_the_last_success(records: SqlRecords) -> None:
    later = NOW + timedelta(hours=1)
    with records.write() as written:
        written.advisories.note_fetch(FeedFetch("kev", "https://a", NOW, NOW, ""))
        written.advisories.note_fetch(FeedFetch("kev", "https://a", later, None, "it timed out"))
    with records.read() as view:
        assert view.advisories.fetches() == (FeedFetch("kev", "https://a", later, NOW, "it timed out"),)


def test_a_feed_is_changed_in_part(records: SqlRecords) -> None:
    one, two, three = (advisory(name, "flask") for name in ("one", "two", "three"))
    state = FeedState("osv/PyPI", NOW, None, "sha256:1", 0)
    with records.write() as written:
        written.advisories.replace_feed(state, [one, two])
        other = replace(two, summary="another")
        change = written.advisories.change_feed(state, [three, other], ["one", "unknown"])
    assert (change.added, change.changed, change.removed) == (("three",), ("two",), ("one",))
    with records.read() as view:
        assert view.advisories.candidates([pypi("flask")]) == (three, other)
        assert set(view.advisories.content_digests("osv/PyPI")) == {"two", "three"}
        assert list(view.advisories.all_of("osv/PyPI", ["three", "one"])) == [three]
        assert view.advisories.feeds()[0].count == 2


def realms(records: SqlRecords) -> list[tuple[str, str, int]]:
    with records.read() as view:
        return [(each.feed, each.realm.words, each.statements) for each in view.advisories.feed_realms()]


def test_what_a_feed_speaks_of_is_counted_as_advisories_come_change_and_go(records: SqlRecords) -> None:
    state = replace(FEED, name="debian-tracker")
    bash, curl = of_debian("A", "bash"), of_debian("B", "curl")
    import_feed(records, bash, curl, state=state)
    assert realms(records) == [("debian-tracker", "debian-12", 2)]
    withdrawn = replace(curl, withdrawn=True)
    import_feed(records, bash, withdrawn, state=state)
    assert realms(records) == [("debian-tracker", "debian-12", 1)], "what is withdrawn says nothing"
    import_feed(records, bash, withdrawn, state=state)
    assert realms(records) == [("debian-tracker", "debian-12", 1)], "the same again changes nothing"
    both = replace(curl, affected=(*curl.affected, replace(curl.affected[0], distro="debian-11")))
    with records.write() as written:
        written.advisories.change_feed(state, [both], ["A"])
    assert realms(records) == [("debian-tracker", "debian-11", 1), ("debian-tracker", "debian-12", 1)]
    import_feed(records, replace(both, withdrawn=True), state=state)
    assert realms(records) == []
    with records.read() as view:
        assert view.advisories.held_realms() == frozenset()


def test_a_feed_that_is_dropped_says_nothing_any_more(records: SqlRecords) -> None:
    import_feed(records, advisory("PYSEC-1", "flask"))
    with records.read() as view:
        assert {realm.words for realm in view.advisories.held_realms()} == {"pypi"}
    with records.write() as written:
        assert written.advisories.drop_feed("osv/npm") is None
        change = written.advisories.drop_feed("osv/PyPI")
    assert change == FeedChange((), (), ("PYSEC-1",), frozenset({FLASK}))
    with records.read() as view:
        assert view.advisories.feeds() == ()
        assert view.advisories.held_realms() == frozenset()
        assert view.advisories.candidates([pypi("flask")]) == ()
    assert import_feed(records, advisory("PYSEC-1", "flask")).added == ("PYSEC-1",)
    with records.read() as view:
        assert {realm.words for realm in view.advisories.held_realms()} == {"pypi"}


def test_scores_go_with_their_feed(records: SqlRecords) -> None:
    with records.write() as written:
        written.advisories.replace_scores(replace(FEED, name="epss"), [ExploitScore("CVE-1", 0.5, 0.9)])
        assert written.advisories.drop_feed("epss") is not None
        assert written.advisories.exploit_scores(["CVE-1"]) == {}

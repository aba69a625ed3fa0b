"""Importing feeds, matching what they touch, and asking who has it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lading.access.bindings import Bindings, RoleBinding, Subject, SubjectKind
from lading.access.principal import ANONYMOUS, Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.verbs import Verb
from lading.adapters.starter_feed import starter_documents
from lading.advisories.advisory import Severity
from lading.advisories.all_formats import format_of
from lading.foundation.errors import Conflict, LadingError, Malformed, NotFound
from lading.oci.digest import Digest
from lading.packages.package import Package
from lading.packages.realm import unjudged_words
from lading.ports.records.matches import Match, MatchStatus, VerdictChange
from lading.ports.records.people import Ownership, Team
from lading.ports.records.record_set import Records
from lading.registry.caller import BoundRights, Caller
from lading.workflows.drop_feed import drop_feed
from lading.workflows.feed_standing import feed_gaps
from lading.workflows.import_advisories import FeedArrival, ImportOutcome, import_advisories, iter_refused
from lading.workflows.match_packages import FindingChange, match_packages
from lading.workflows.tell_verdicts import tell_verdicts
from lading.workflows.who_has import Holder, who_has
from tests.support.analyses import deb, pypi
from tests.support.fleet import keep_image, run_image
from tests.support.osv_records import affected, document, record
from tests.support.registry import NOON, ROOT, memory_records

OLD_BASH = deb("bash", "4.2+dfsg-0.1")
JINJA = pypi("jinja2", "2.10")
CVE = "CVE-2019-10906"


@pytest.fixture
def records() -> Records:
    return memory_records()


def flaw(fixed: str = "2.10.1", identifier: str = "PYSEC-2019-217", **members: Any) -> dict[str, Any]:
    bounds = affected("PyPI", "jinja2", {"introduced": "0"}, {"fixed": fixed})
    return record(identifier, aliases=[CVE], affected=[bounds], **members)


def arrival(*each: dict[str, Any] | bytes, feed: str = "osv/PyPI") -> FeedArrival:
    documents = [document(one, f"{at}.json") for at, one in enumerate(each)]
    return FeedArrival(feed, format_of(feed), documents, str(Digest.of(repr(each).encode())))


def take_in(
    records: Records, *each: dict[str, Any] | bytes, feed: str = "osv/PyPI", force: bool = False
) -> ImportOutcome:
    return import_advisories(records, ROOT, arrival(*each, feed=feed), NOON, force=force)


def match_all(records: Records, batch: int = 500) -> list[FindingChange]:
    return [change for done in match_packages(records, batch=batch) for change in done.changes]


def matches(records: Records, *packages: Package) -> tuple[Match, ...]:
    with records.read() as kept:
        return kept.matches.matches_of(packages)


def outcomes(records: Records) -> list[tuple[str, str]]:
    with records.read() as kept:
        entries = kept.audit.page(newest_first=False).items
    return [(entry.event.subject, entry.event.outcome) for entry in entries]


def test_what_is_imported_is_found_in_what_is_there(records: Records) -> None:
    keep_image(records, "app", JINJA, pypi("flask"))
    outcome = take_in(
        records, flaw(severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:N"}])
    )
    assert (outcome.state.count, outcome.change.added, outcome.waiting) == (1, ("PYSEC-2019-217",), 2)
    (change,) = match_all(records)
    assert (change.package, change.flaw, change.before) == (JINJA, CVE, None)
    (found,) = matches(records, JINJA)
    assert change.after == found
    assert (found.status, found.severity, found.fixed_in) == (MatchStatus.AFFECTED, Severity.HIGH, "2.10.1")
    assert found.reason["rule"] == "before-fix"
    assert outcomes(records) == [("osv/PyPI", "done")]


def test_importing_the_same_again_changes_nothing(records: Records) -> None:
    keep_image(records, "app", JINJA)
    take_in(records, flaw())
    match_all(records)
    again = take_in(records, flaw())
    assert (again.change.added, again.change.changed, again.change.removed) == ((), (), ())
    assert (again.unchanged, again.waiting, again.state.count) == (True, 0, 1)
    forced = take_in(records, flaw(), force=True)
    assert (forced.unchanged, forced.change.changed, forced.waiting) == (False, (), 0)
    assert match_all(records) == []


def test_a_feed_read_by_a_newer_decoder_is_read_again(records: Records) -> None:
    take_in(records, flaw())
    newer = replace(arrival(flaw()), format=replace(format_of("osv"), revision=99))
    assert not import_advisories(records, ROOT, newer, NOON).unchanged


def test_only_packages_that_an_import_speaks_of_are_matched_again(records: Records) -> None:
    keep_image(records, "app", JINJA, *[pypi(f"other-{number}") for number in range(20)])
    match_all(records)
    assert take_in(records, flaw()).waiting == 1


def test_a_changed_advisory_changes_findings_and_says_what_changed(records: Records) -> None:
    keep_image(records, "app", JINJA)
    take_in(records, flaw())
    match_all(records)
    take_in(records, flaw(fixed="2.10.2", modified="2024-02-01T00:00:00Z"))
    (change,) = match_all(records)
    assert change.before is not None
    assert change.after is not None
    assert (change.before.fixed_in, change.after.fixed_in) == ("2.10.1", "2.10.2")


def test_a_withdrawn_advisory_and_one_that_is_gone_take_their_findings_along(records: Records) -> None:
    keep_image(records, "app", JINJA)
    take_in(records, flaw(), record("OTHER"))
    match_all(records)
    take_in(records, flaw(withdrawn="2024-02-01T00:00:00Z"), record("OTHER"))
    (gone,) = match_all(records)
    assert (gone.flaw, gone.after) == (CVE, None)
    take_in(records, flaw(), record("OTHER"))
    assert len(match_all(records)) == 1
    take_in(records, record("OTHER"))
    assert [change.after for change in match_all(records)] == [None]


def test_matching_goes_on_where_it_stopped(records: Records) -> None:
    keep_image(records, "app", *[pypi("jinja2", f"2.{number}") for number in range(10)])
    take_in(records, flaw())
    first = next(match_packages(records, batch=3))
    assert (first.packages, first.matches) == (3, 3)
    assert sum(done.packages for done in match_packages(records, batch=3)) == 7


def test_a_flaw_that_its_vendor_does_not_rate_has_the_worst_rating_of_others(records: Records) -> None:
    keep_image(records, "app", OLD_BASH)
    tracker = {"bash": {"CVE-2014-6271": {"releases": {"bookworm": {"status": "open"}}}}}
    take_in(records, tracker, feed="debian-tracker")
    match_all(records)
    assert [found.severity for found in matches(records, OLD_BASH)] == [Severity.UNKNOWN]
    rated = record("CVE-2014-6271", database_specific={"severity": "CRITICAL"})
    assert take_in(records, rated).waiting == 1
    (change,) = match_all(records)
    assert change.after is not None
    assert (change.after.severity, change.after.feed) == (Severity.CRITICAL, "debian-tracker")


def test_a_version_that_cannot_be_compared_is_undetermined_and_kept(records: Records) -> None:
    odd = pypi("jinja2", "trunk")
    keep_image(records, "app", odd)
    take_in(records, flaw())
    match_all(records)
    assert [found.status for found in matches(records, odd)] == [MatchStatus.UNDETERMINED]


@pytest.mark.parametrize(
    ("second", "code"),
    [
        ((b'{"id":"A"',), "json-invalid"),
        ((flaw(), b'{"id":"A","id":"B"}'), "json-ambiguous"),
        ((flaw(), flaw(fixed="3.0")), "feed-contradictory"),
        ((), "feed-empty"),
        ((*[record(f"OK-{at}") for at in range(30)], *[{"id": 7}] * 21), "feed-mostly-unreadable"),
        ((flaw(modified="2023-12-31T00:00:00Z"), record("B", modified="2023-01-01T00:00:00Z")), "feed-older"),
    ],
    ids=["cut-off", "duplicate-key", "contradictory", "empty", "unreadable", "older"],
)
def test_a_feed_that_cannot_be_trusted_is_refused_and_what_was_held_stays(
    records: Records, second: Iterable[dict[str, Any] | bytes], code: str
) -> None:
    keep_image(records, "app", JINJA)
    take_in(records, flaw())
    match_all(records)
    with pytest.raises(LadingError) as refused:
        take_in(records, *second)
    assert refused.value.code == code
    assert match_all(records) == []
    assert len(matches(records, JINJA)) == 1
    with records.read() as kept:
        assert [feed.count for feed in kept.advisories.feeds()] == [1]
    assert outcomes(records)[-1] == ("osv/PyPI", "failed")


def test_a_feed_that_lost_most_of_itself_is_refused_unless_forced(records: Records) -> None:
    everything = [record(f"A-{at}") for at in range(10)]
    take_in(records, *everything)
    with pytest.raises(Conflict) as refused:
        take_in(records, *everything[:4])
    assert refused.value.code == "feed-shrunk"
    assert take_in(records, *everything[:4], force=True).state.count == 4


def test_an_older_feed_can_be_forced(records: Records) -> None:
    take_in(records, flaw())
    outcome = take_in(records, flaw(modified="2020-01-01T00:00:00Z"), force=True)
    assert outcome.state.published_at == datetime(2020, 1, 1, tzinfo=UTC)


def test_a_date_to_come_does_not_lock_a_feed(records: Records) -> None:
    outcome = take_in(records, flaw(modified="2999-01-01T00:00:00Z", published="2024-01-01T00:00:00Z"))
    assert outcome.state.published_at == datetime(2024, 1, 1, tzinfo=UTC)


def test_single_records_that_cannot_be_read_are_told(records: Records) -> None:
    outcome = take_in(records, flaw(), {"id": 7})
    assert list(iter_refused(outcome)) == ["1.json: not an OSV record: Expected `str`, got `int` - at `$.id`"]


def test_importing_is_for_administrators(records: Records) -> None:
    with pytest.raises(LadingError):
        import_advisories(records, Caller(ANONYMOUS, BoundRights(Bindings.of([]))), arrival(flaw()), NOON)


def test_a_feed_in_no_known_format_is_refused() -> None:
    with pytest.raises(Malformed) as caught:
        format_of("hearsay/ubuntu")
    assert caught.value.code == "feed-unknown"


@pytest.fixture
def fleet(records: Records) -> Records:
    """Two images with the old bash, one of them running; one with a new one; the starter set."""
    bad = keep_image(records, "bad", OLD_BASH, JINJA, repository="team/shop", tag="v1")
    keep_image(records, "hidden", OLD_BASH, repository="secret/app", tag="v1")
    keep_image(records, "good", deb("bash", "5.2.15-2"), repository="team/good", tag="v2")
    run_image(records, bad)
    with records.write() as kept:
        kept.people.save_team(Team("shop-team", "shop@example.org"))
        kept.people.own(Ownership("team/**", "shop-team"))
    feed = FeedArrival("starter", format_of("starter"), starter_documents(), "sha256:0")
    import_advisories(records, ROOT, feed, NOON)
    match_all(records)
    return records


def shown(holders: Iterable[Holder]) -> list[tuple[str, tuple[str, ...], str, int]]:
    return sorted(
        (
            owned.place.repository,
            owned.place.tags,
            owned.owner.name if owned.owner else "",
            len(holder.running),
        )
        for holder in holders
        for owned in holder.places
    )


@pytest.mark.parametrize(
    "question",
    ["CVE-2014-6271", "cve-2014-6271", "Shellshock", "bash < 4.3", "pkg:deb/debian/bash@4.2%2Bdfsg-0.1"],
)
def test_who_has_it_is_answered_with_places_owners_and_what_runs(fleet: Records, question: str) -> None:
    answer = who_has(fleet, ROOT, question)
    assert answer.about.known
    assert shown(answer.holders.items) == [
        ("secret/app", ("v1",), "", 0),
        ("team/shop", ("v1",), "shop-team", 1),
    ]


def test_an_answer_says_why_and_what_fixes_it(fleet: Records) -> None:
    answer = who_has(fleet, ROOT, "shellshock")
    assert (answer.about.severity, answer.about.known_exploited) == (Severity.CRITICAL, True)
    assert answer.about.flaws == ("CVE-2014-6271", "shellshock")
    assert answer.about.summary.startswith("Shellshock: bash runs commands")
    first = answer.holders.items[0]
    assert first.match is not None
    assert first.match.fixed_in == "4.3-9.1"
    assert first.why == "bash 4.2+dfsg-0.1 is before 4.3-9.1, which has the fix"


def test_a_package_is_found_in_every_version_and_kind(fleet: Records) -> None:
    answer = who_has(fleet, ROOT, "bash")
    assert len(answer.holders.items) == 3
    assert {holder.why for holder in answer.holders.items} == {
        "it has bash 4.2+dfsg-0.1",
        "it has bash 5.2.15-2",
    }
    assert len(who_has(fleet, ROOT, "bash >= 5").holders.items) == 1
    assert len(who_has(fleet, ROOT, "pkg:pypi/Jinja2").holders.items) == 1


def test_a_version_that_cannot_be_compared_is_shown_as_such(fleet: Records) -> None:
    keep_image(fleet, "odd", replace(OLD_BASH, version="not a version"), repository="team/odd")
    answer = who_has(fleet, ROOT, "bash < 4")
    (odd,) = answer.holders.items
    assert odd.undetermined
    assert odd.why == "not a version of bash could not be compared with the version asked for"


def test_nobody_sees_images_of_repositories_that_are_not_theirs(fleet: Records) -> None:
    of_team = RoleBinding(
        Subject(SubjectKind.PERSON, "ann"),
        frozenset({Verb.READ_EVIDENCE}),
        RepositoryPattern.parse("team/**"),
        role="reader",
    )
    ann = Caller(Principal(PrincipalKind.PERSON, "ann"), BoundRights(Bindings.of([of_team])))
    for question in ("CVE-2014-6271", "bash<5"):
        assert [place for place, *_ in shown(who_has(fleet, ann, question).holders.items)] == ["team/shop"]


def test_an_image_in_no_repository_that_runs_is_shown_to_who_sees_all(fleet: Records) -> None:
    lost = keep_image(fleet, "lost", OLD_BASH)
    run_image(fleet, lost, "old", host="h2")
    match_all(fleet)
    found = [one for one in who_has(fleet, ROOT, "CVE-2014-6271").holders.items if not one.places]
    assert [(one.use.manifest, len(one.running)) for one in found] == [(lost, 1)]


def test_a_flaw_that_no_advisory_names_is_not_known_rather_than_nowhere(fleet: Records) -> None:
    answer = who_has(fleet, ROOT, "CVE-2099-0001")
    assert not answer.about.known
    assert answer.holders.items == ()


def test_one_name_leads_to_the_others_but_a_notice_joins_no_flaws(records: Records) -> None:
    keep_image(records, "app", JINJA)
    take_in(records, flaw())
    notice = record("DSA-1", upstream=[CVE, "CVE-2019-9999"])
    take_in(records, notice, record("GHSA-aaaa", aliases=[CVE]), feed="osv/Debian")
    match_all(records)
    for question in (CVE, "PYSEC-2019-217", "ghsa-AAAA", "DSA-1"):
        assert len(who_has(records, ROOT, question).holders.items) == 1, question
    assert who_has(records, ROOT, "CVE-2019-9999").holders.items == ()
    assert "CVE-2019-9999" not in who_has(records, ROOT, CVE).about.flaws


def test_answers_come_in_pages(fleet: Records) -> None:
    for question in ("CVE-2014-6271", "bash < 5"):
        first = who_has(fleet, ROOT, question, limit=1)
        second = who_has(fleet, ROOT, question, limit=1, after=first.holders.next)
        found = {one.use.manifest for page in (first, second) for one in page.holders.items}
        assert len(found) == 2


def test_what_was_imported_tells_its_age(records: Records) -> None:
    state = take_in(records, flaw()).state
    assert state.published_at is not None
    assert NOON - state.published_at > timedelta(days=700)


SHIPPED = replace(JINJA, distro="debian-12", owner="deb/python3-jinja2 2.10-2")


def of_debian(release: str = "12", **members: Any) -> dict[str, Any]:
    bounds = affected(f"Debian:{release}", "bash", {"introduced": "0"}, {"fixed": "4.3"})
    return record("DSA-1", affected=[bounds], **members)


def found(records: Records, package: Package) -> tuple[str, ...]:
    for _ in match_packages(records, NOON):
        pass
    return tuple(each.flaw for each in matches(records, package))


def test_what_a_distribution_ships_changes_hands_when_its_feed_comes_and_goes(records: Records) -> None:
    keep_image(records, "app", SHIPPED, deb("python3-jinja2", "2.10-2"))
    take_in(records, flaw())
    assert found(records, SHIPPED) == (CVE,), "nobody else judges it"
    (match,) = matches(records, SHIPPED)
    assert match.reason["unheld"] == "debian-12"
    take_in(records, of_debian("11"), feed="osv/Debian")
    assert found(records, SHIPPED) == (CVE,), "another release says nothing of it"
    take_in(records, of_debian(), feed="osv/our-own")
    assert found(records, SHIPPED) == (CVE,), "a feed of one's own does not speak for Debian"
    take_in(records, of_debian(), feed="osv/Debian", force=True)
    assert found(records, SHIPPED) == ()
    take_in(records, of_debian(withdrawn="2026-01-01T00:00:00Z"), feed="osv/Debian", force=True)
    assert found(records, SHIPPED) == (CVE,), "a feed of nothing but withdrawn advisories says nothing"
    take_in(records, of_debian(), feed="osv/Debian", force=True)
    assert found(records, SHIPPED) == ()
    assert drop_feed(records, ROOT, "osv/Debian", NOON) == 1
    assert found(records, SHIPPED) == (CVE,)
    assert outcomes(records)[-1] == ("osv/Debian", "done")


def test_a_feed_that_is_dropped_leaves_what_only_it_spoke_for_unjudged(records: Records) -> None:
    image = keep_image(records, "app", JINJA, OLD_BASH)
    take_in(records, flaw())
    assert found(records, JINJA) == (CVE,)
    assert [(gap.words, gap.packages, gap.feeds) for gap in feed_gaps(records)] == [
        ("debian-12", 1, ("osv/Debian",))
    ]
    drop_feed(records, ROOT, "osv/PyPI", NOON)
    assert found(records, JINJA) == ()
    with records.read() as kept:
        missing = kept.matches.finding_counts([image])[image].unjudged
    assert (
        unjudged_words(missing) == "could not tell for 2 packages: no advisories held for debian-12 and pypi"
    )
    with pytest.raises(NotFound):
        drop_feed(records, ROOT, "osv/PyPI", NOON)


def test_only_administrators_drop_feeds(records: Records) -> None:
    take_in(records, flaw())
    with pytest.raises(LadingError):
        drop_feed(records, Caller(ANONYMOUS, BoundRights(Bindings.of([]))), "osv/PyPI", NOON)
    with records.read() as kept:
        assert [feed.name for feed in kept.advisories.feeds()] == ["osv/PyPI"]


def repositories(records: Records, question: str) -> list[str]:
    return sorted(place for place, *_ in shown(who_has(records, ROOT, question).holders.items))


def test_a_question_is_narrowed_by_owner_push_and_what_runs(fleet: Records) -> None:
    everything = repositories(fleet, "bash")
    assert len(everything) == 3
    of_team = repositories(fleet, "bash owner:shop-team")
    assert of_team
    assert set(of_team) < set(everything)
    assert all(place.startswith("team/") for place in of_team)
    rest = repositories(fleet, "bash owner:nobody")
    assert sorted([*of_team, *rest]) == everything
    assert repositories(fleet, "owner:shop-team") == of_team, "asked alone, it is every image of theirs"
    assert repositories(fleet, "bash owner:none-of-ours") == []
    assert repositories(fleet, "bash since:2099-01-01") == []
    assert repositories(fleet, "bash until:2099-01-01") == everything
    assert repositories(fleet, "bash at:2001-01-01") == [], "nothing had been pushed by then"
    running = repositories(fleet, "bash running:yes")
    assert 0 < len(running) < len(everything)


@pytest.mark.parametrize("question", ["bash env:nowhere", "owner:", "bash at:never"])
def test_a_question_about_what_is_not_there_is_refused(fleet: Records, question: str) -> None:
    with pytest.raises(Malformed):
        who_has(fleet, ROOT, question)


def test_a_base_that_the_caller_may_not_see_is_not_found(fleet: Records) -> None:
    nobody = Caller(Principal(PrincipalKind.PERSON, "eve"), BoundRights(Bindings.of([])))
    with pytest.raises(NotFound):
        who_has(fleet, nobody, "bash base:team/shop:v1")


def test_who_had_it_is_what_was_known_then(fleet: Records) -> None:
    old = [place for place, *_ in shown(who_has(fleet, ROOT, "CVE-2014-6271").holders.items)]
    assert old
    newer = flaw(identifier="CVE-2026-7")
    newer["affected"] = [affected("Debian:12", "bash", {"introduced": "0"})]
    take_in(fleet, newer, feed="osv/Debian")
    for _ in match_packages(fleet, NOON):
        pass
    before = (NOON - timedelta(hours=1)).isoformat()
    assert repositories(fleet, "CVE-2026-7")
    assert repositories(fleet, f"CVE-2026-7 at:{before}") == [], "nobody knew of it yet"
    answer = who_has(fleet, ROOT, f"CVE-2014-6271 at:{before}")
    assert answer.at is not None


def told(records: Records) -> list[tuple[str, Any, Any, Any, list[str]]]:
    """Entries that tell of changed verdicts: repository, team, affected, cleared, flaws by name."""
    with records.read() as kept:
        entries = kept.audit.page(newest_first=False, limit=1000).items
    events: list[Any] = [entry.event for entry in entries if entry.event.action == "verdict.change"]
    return [
        (
            event.subject,
            event.details["team"],
            event.details["affected"],
            event.details["cleared"],
            [each["flaw"] for each in event.details["changes"]],
        )
        for event in events
    ]


def test_a_changed_verdict_is_told_once_to_each_repository_that_has_it(fleet: Records) -> None:
    assert tell_verdicts(fleet, ROOT, NOON) == 0, "what is there from the beginning is no news"
    newer = flaw(identifier="CVE-2026-7") | {"aliases": []}
    newer["affected"] = [affected("Debian:12", "bash", {"introduced": "0"}, {"fixed": "5"})]
    take_in(fleet, newer, feed="osv/Debian")
    for _ in match_packages(fleet, NOON):
        pass
    assert tell_verdicts(fleet, ROOT, NOON) == 2
    assert tell_verdicts(fleet, ROOT, NOON) == 0
    assert told(fleet) == [
        ("secret/app", "", 1, 0, ["CVE-2026-7"]),
        ("team/shop", "shop-team", 1, 0, ["CVE-2026-7"]),
    ]
    drop_feed(fleet, ROOT, "osv/Debian", NOON)
    assert tell_verdicts(fleet, ROOT, NOON) == 2
    assert told(fleet)[2:] == [
        ("secret/app", "", 0, 1, ["CVE-2026-7"]),
        ("team/shop", "shop-team", 0, 1, ["CVE-2026-7"]),
    ]


def test_thousands_of_changes_are_one_entry_with_the_worst_by_name(fleet: Records) -> None:
    with fleet.write() as kept:
        (bash,) = kept.contents.known([OLD_BASH])
        changes = [
            VerdictChange(bash, f"CVE-2026-{at}", severity, None, MatchStatus.AFFECTED, "", NOON)
            for at, severity in enumerate([Severity.LOW] * 50 + [Severity.CRITICAL])
        ]
        kept.matches.note_changes(changes)
    assert tell_verdicts(fleet, ROOT, NOON) == 2
    (_, _, affected_by, _, named), _ = told(fleet)
    assert affected_by == 51
    assert named[0] == "CVE-2026-50"
    assert len(named) == 20

"""How things stood at a past moment, over every adapter."""

from datetime import UTC, datetime, timedelta

from lading.adapters.sql.engine import SqlRecords
from lading.advisories.advisory import Severity
from lading.ports.records.inventory import Host
from lading.ports.records.matches import Acknowledgement, MatchStatus, VerdictChange
from tests.contract.test_records_matches import (
    FLASK,
    OLD,
    OLD_BASH,
    SHELLSHOCK,
    advisory,
    import_feed,
    match,
    replace_matches,
    run,
    save_image,
)
from tests.support import manifests
from tests.support.analyses import digest, dist_info, layer

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)


def test_verdicts_are_those_of_then_with_every_later_change_undone(records: SqlRecords) -> None:
    save_image(records, "app", layer("all", *OLD.sources, dist_info(FLASK)))
    import_feed(records, advisory(SHELLSHOCK), advisory("CVE-2"))
    replace_matches(records, [OLD_BASH, FLASK], match(OLD_BASH), match(FLASK, "CVE-2"))
    with records.write() as written:
        bash, flask = written.contents.known([OLD_BASH, FLASK])

        def changed(flaw: str, before: MatchStatus | None, after: MatchStatus | None, at: datetime) -> None:
            one = flask if flaw == "CVE-2" else bash
            change = VerdictChange(one, flaw, Severity.HIGH, before, after, "", at)
            written.matches.note_changes([change])

        changed(SHELLSHOCK, None, MatchStatus.UNDETERMINED, TUESDAY)
        changed(SHELLSHOCK, MatchStatus.UNDETERMINED, MatchStatus.AFFECTED, WEDNESDAY)
        changed("CVE-3", MatchStatus.AFFECTED, None, TUESDAY)  # gone since

    with records.read() as view:

        def then(at: datetime, *flaws: str) -> list[tuple[int, str]]:
            return [(number, str(status)) for number, status in view.history.verdicts(flaws, at).items()]

        assert then(MONDAY, SHELLSHOCK) == []
        assert then(TUESDAY, SHELLSHOCK) == [(bash.number, "undetermined")]
        assert then(WEDNESDAY, SHELLSHOCK) == [(bash.number, "affected")]
        assert then(MONDAY, "CVE-2") == [(flask.number, "affected")], "from the beginning"
        assert then(MONDAY, "CVE-3") == [(bash.number, "affected")]
        assert then(TUESDAY, "CVE-3") == []
        assert then(MONDAY, SHELLSHOCK, "CVE-3") == [(bash.number, "affected")]
        assert then(MONDAY) == []


def test_changes_come_the_newest_first_and_by_severity(records: SqlRecords) -> None:
    save_image(records, "app", OLD)
    with records.write() as written:
        (bash,) = written.contents.known([OLD_BASH])
        for flaw, severity in (("CVE-1", Severity.LOW), ("CVE-2", Severity.HIGH), ("CVE-3", Severity.LOW)):
            change = VerdictChange(bash, flaw, severity, None, MatchStatus.AFFECTED, "", MONDAY)
            written.matches.note_changes([change])
    with records.read() as view:
        assert [each.flaw for each in view.matches.verdict_changes().items] == ["CVE-3", "CVE-2", "CVE-1"]
        low = view.matches.verdict_changes(severity=Severity.LOW, limit=1)
        assert [each.flaw for each in low.items] == ["CVE-3"]
        rest = view.matches.verdict_changes(severity=Severity.LOW, after=low.next)
        assert [each.flaw for each in rest.items] == ["CVE-1"]
        assert not rest.next
        assert view.matches.verdict_changes(severity=Severity.CRITICAL).items == ()


def test_a_change_that_got_worse_waits_until_the_first_who_acknowledges_it(records: SqlRecords) -> None:
    save_image(records, "app", OLD)
    with records.write() as written:
        (bash,) = written.contents.known([OLD_BASH])
        for flaw, after in (
            ("CVE-1", MatchStatus.AFFECTED),
            ("CVE-2", None),
            ("CVE-3", MatchStatus.UNDETERMINED),
        ):
            written.matches.note_changes([VerdictChange(bash, flaw, Severity.LOW, None, after, "", MONDAY)])
    with records.read() as view:
        waiting = view.matches.verdict_changes(waiting=True).items
        assert [each.flaw for each in waiting] == ["CVE-3", "CVE-1"]
        assert all(each.waits for each in waiting)
        assert view.matches.count_waiting_changes(most=10) == 2
        assert view.matches.count_waiting_changes(most=1) == 1
    number = waiting[0].number
    with records.write() as written:
        assert written.matches.acknowledge(number, Acknowledgement("seen", "person:ann", MONDAY))
        for late in (Acknowledgement("seen", "person:ann", MONDAY), Acknowledgement("late", "x", TUESDAY)):
            assert not written.matches.acknowledge(number, late)
        assert not written.matches.acknowledge(number + 1000, late), "there is no such change"
    with records.read() as view:
        kept = view.matches.verdict_change(number)
        assert kept is not None
        assert kept.acknowledged == Acknowledgement("seen", "person:ann", MONDAY)
        assert [each.flaw for each in view.matches.verdict_changes(waiting=True).items] == ["CVE-1"]
        assert view.matches.count_waiting_changes(most=10) == 1
        assert view.matches.verdict_change(number + 1000) is None


def test_containers_are_those_that_ran_then_by_manifest_config_and_index(records: SqlRecords) -> None:
    image = save_image(records, "one", OLD)
    by_config = run(records, "by-config", str(digest("config one")))
    with records.write() as written:
        written.inventory.report(Host("h1", "0.1", TUESDAY), [])
    with records.read() as view:
        assert view.history.ran_from([image, digest("nowhere")], MONDAY) == {image: (by_config,)}
        assert view.history.ran_from([image], TUESDAY) == {}, "the report of then was without it"
        assert view.history.ran_from([image], MONDAY - timedelta(days=30)) == {}
    by_manifest = run(records, "by-manifest", "sha256:" + "0" * 64, f"team/app@{image}")
    with records.read() as view:
        assert view.history.ran_from([image], WEDNESDAY) in ({image: (by_manifest,)}, {})


def test_tags_are_where_they_were_then(records: SqlRecords) -> None:
    old, new = manifests.image("old"), manifests.image("new")
    with records.write() as written:
        for at, one in ((MONDAY, old), (TUESDAY, new)):
            digest_of = manifests.digest_of(one)
            written.registry.save_manifest("team/app", digest_of, one, at=at, by="person:ann")
            written.registry.move_tag("team/app", "v1", digest_of, at=at, by="person:ann")
    before, after = manifests.digest_of(old), manifests.digest_of(new)
    with records.read() as view:
        assert view.history.tags(["team/app"], MONDAY - timedelta(days=1)) == {}
        assert view.history.tags(["team/app", "team/none"], MONDAY) == {"team/app": {"v1": before}}
        assert view.history.tags(["team/app"], WEDNESDAY) == {"team/app": {"v1": after}}
        assert view.history.pushed_at([before, after]) == {
            ("team/app", before): MONDAY,
            ("team/app", after): TUESDAY,
        }
        assert view.history.environments(WEDNESDAY) == {}

"""The chained log, over every adapter."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from lading.adapters.sql.engine import SqlRecords
from lading.audit import chain
from lading.audit.entry import Entry, Event
from lading.foundation.errors import Malformed
from lading.ports.records.audit import AuditFilter


def event(actor: str = "person:ann", action: str = "manifest.push", subject: str = "app:1") -> Event:
    return Event(
        at="2026-03-01T10:00:00Z",
        actor=actor,
        action=action,
        subject=subject,
        outcome="done",
        details={"size": 12, "tags": ["a", "b"], "nested": {"é": None}},
        request_id="r-1",
    )


def append(records: SqlRecords, *events: Event) -> list[Entry]:
    with records.write() as written:
        before = written.audit.head()
        for each in events:
            written.audit.append(each)
        return list(written.audit.entries_after(before.sequence if before else 0, limit=10_000))


def all_entries(records: SqlRecords) -> tuple[Entry, ...]:
    with records.read() as view:
        return view.audit.page(newest_first=False, limit=10_000).items


def test_an_empty_log_has_no_head(records: SqlRecords) -> None:
    with records.read() as view:
        assert view.audit.head() is None
        assert view.audit.page().items == ()


def test_entries_come_back_as_they_were_appended_and_their_chain_holds(records: SqlRecords) -> None:
    written = append(records, event(), event(subject="app:2"), event(actor="robot:ci"))
    assert [entry.sequence for entry in written] == [1, 2, 3]
    assert all_entries(records) == tuple(written)
    with records.read() as view:
        assert view.audit.head() == written[-1]
    assert chain.verify(all_entries(records)) == chain.Intact(3, chain.Head(3, written[-1].digest))


def test_several_at_once_are_chained_as_one_after_the_other(records: SqlRecords) -> None:
    append(records, event())
    with records.write() as written:
        written.audit.append_all([event(subject="app:2"), event(subject="app:3")])
        written.audit.append_all([])
        written.audit.append(event(subject="app:4"))
    entries = all_entries(records)
    assert [entry.event.subject for entry in entries] == ["app:1", "app:2", "app:3", "app:4"]
    assert isinstance(chain.verify(entries), chain.Intact)


def test_hostile_text_survives_and_stays_verifiable(records: SqlRecords) -> None:
    hostile = event(actor="a\x00b", subject="back\\slash \\u0041 \u202e 💥")
    (entry,) = append(records, hostile)
    assert entry.event == hostile
    assert all_entries(records) == (entry,)
    assert chain.verify([entry]) == chain.Intact(1, chain.Head(1, entry.digest))


def test_a_write_that_raises_leaves_no_entry_and_no_gap(records: SqlRecords) -> None:
    append(records, event())

    def fail_half_way() -> None:
        with records.write() as written:
            written.audit.append(event())
            written.state.keep("a.b", "lost")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    append(records, event())
    assert [entry.sequence for entry in all_entries(records)] == [1, 2]
    with records.read() as view:
        assert view.state.value("a.b") is None


def test_pages_go_both_ways_and_meet_every_entry_once(records: SqlRecords) -> None:
    append(records, *[event(subject=f"app:{number}") for number in range(7)])
    for newest_first in (True, False):
        seen: list[int] = []
        after = ""
        while True:
            with records.read() as view:
                page = view.audit.page(newest_first=newest_first, after=after, limit=3)
            seen += [entry.sequence for entry in page.items]
            after = page.next
            if not after:
                break
        assert seen == sorted(range(1, 8), reverse=newest_first)


def test_entries_are_found_by_actor_action_noun_and_subject_prefix(records: SqlRecords) -> None:
    append(
        records,
        event(),
        event(actor="robot:ci", action="manifest.delete", subject="app:2"),
        event(action="manifests.count", subject="application"),
        event(action="sign-in.fail", subject="ann%"),
    )

    def found(wanted: AuditFilter) -> list[int]:
        with records.read() as view:
            return [entry.sequence for entry in view.audit.page(wanted=wanted, newest_first=False).items]

    assert found(AuditFilter(actor="robot:ci")) == [2]
    assert found(AuditFilter(action="manifest")) == [1, 2]
    assert found(AuditFilter(action="manifest.push")) == [1]
    assert found(AuditFilter(subject="app:")) == [1, 2]
    assert found(AuditFilter(subject="ann%")) == [4]
    assert found(AuditFilter(subject="APP")) == []
    assert found(AuditFilter(actor="person:ann", subject="app")) == [1, 3]


def test_a_page_key_that_was_not_given_out_is_refused(records: SqlRecords) -> None:
    with records.read() as view, pytest.raises(Malformed) as refused:
        view.audit.page(after="1; drop table audit_entry")
    assert refused.value.code == "page-key-invalid"


def test_concurrent_threads_lose_no_entry_and_leave_no_gap(records: SqlRecords) -> None:
    def write_many(thread: int) -> None:
        for number in range(20):
            append(records, event(actor=f"robot:{thread}", subject=str(number)))

    with ThreadPoolExecutor(5) as threads:
        list(threads.map(write_many, range(5)))
    entries = all_entries(records)
    assert isinstance(chain.verify(entries), chain.Intact)
    assert [entry.sequence for entry in entries] == list(range(1, 101))
    for thread_number in range(5):
        by_one = [e.event.subject for e in entries if e.event.actor == f"robot:{thread_number}"]
        assert by_one == [str(number) for number in range(20)]

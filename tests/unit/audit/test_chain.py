"""Whatever is done to the log is named."""

from dataclasses import replace

import pytest

from lading.audit.chain import (
    EMPTY,
    FIRST_PREVIOUS,
    MAX_TEXT,
    Broken,
    Head,
    Intact,
    digest_of,
    link,
    verify,
)
from lading.audit.entry import Entry, Event


def event(number: int) -> Event:
    return Event(
        at="2026-03-01T10:00:00Z",
        actor="person:ann",
        action="manifest.push",
        subject=f"app:{number}",
        outcome="done",
        details={"size": number, "names": ["x", "y"]},
        request_id=f"r-{number}",
    )


def log(count: int = 5) -> list[Entry]:
    entries: list[Entry] = []
    head = EMPTY
    for number in range(count):
        entries.append(link(head, event(number)))
        head = Head(entries[-1].sequence, entries[-1].digest)
    return entries


def head_of(entries: list[Entry]) -> Head:
    return Head(entries[-1].sequence, entries[-1].digest)


def test_a_log_as_written_is_intact() -> None:
    entries = log()
    assert verify(entries) == Intact(5, head_of(entries))
    assert verify(entries, expected=head_of(entries)) == Intact(5, head_of(entries))


def test_an_empty_log_is_intact_and_has_the_empty_head() -> None:
    assert verify([]) == Intact(0, Head(0, FIRST_PREVIOUS))


def test_the_digest_is_of_canonical_json_and_does_not_change_between_versions() -> None:
    # Computed with sha256sum over the canonical text: a chain written today must verify for ever.
    entry = link(EMPTY, Event("2026-01-01T00:00:00Z", "a", "b.c", "é", "done", {"z": 1, "a": [True, None]}))
    assert entry.digest == "147363183283f0a79674211b21e5c4c28d0a52dffecd8a73044e29a9bbb4c717"


@pytest.mark.parametrize("member", ["at", "actor", "action", "subject", "outcome", "request_id"])
@pytest.mark.parametrize("at", range(5))
def test_one_changed_character_of_any_member_is_named(member: str, at: int) -> None:
    entries = log()
    old = getattr(entries[at].event, member)
    changed = chr(ord(old[0]) ^ 1) + old[1:]
    entries[at] = replace(entries[at], event=replace(entries[at].event, **{member: changed}))
    assert verify(entries) == Broken(at + 1, "its content or its digest was changed")


@pytest.mark.parametrize("details", [{"size": 9, "names": ["x", "y"]}, {"size": 2, "names": ["y", "x"]}, {}])
def test_a_changed_detail_is_named(details: dict[str, object]) -> None:
    entries = log()
    entries[2] = replace(entries[2], event=replace(entries[2].event, details=details))
    assert verify(entries) == Broken(3, "its content or its digest was changed")


@pytest.mark.parametrize("at", range(5))
def test_a_changed_digest_is_named(at: int) -> None:
    entries = log()
    entries[at] = replace(entries[at], digest="f" * 64)
    assert verify(entries) == Broken(at + 1, "its content or its digest was changed")


@pytest.mark.parametrize("at", range(4))
def test_an_entry_that_is_gone_is_named(at: int) -> None:
    entries = log()
    del entries[at]
    result = verify(entries)
    assert isinstance(result, Broken)
    assert result.sequence == at + 1
    assert "missing" in result.reason


def test_entries_that_changed_places_are_named() -> None:
    entries = log()
    entries[1], entries[2] = entries[2], entries[1]
    result = verify(entries)
    assert isinstance(result, Broken)
    assert result.sequence == 2


def test_entries_that_changed_places_and_numbers_are_named() -> None:
    entries = log()
    entries[1], entries[2] = replace(entries[2], sequence=2), replace(entries[1], sequence=3)
    result = verify(entries)
    assert isinstance(result, Broken)
    assert result.sequence == 2


@pytest.mark.parametrize("at", range(5))
def test_an_entry_put_in_is_named_where_it_or_the_next_stands(at: int) -> None:
    entries = log()
    before = head_of(entries[:at]) if at else EMPTY
    forged = link(before, event(99))
    renumbered = [replace(entry, sequence=entry.sequence + 1) for entry in entries[at:]]
    result = verify([*entries[:at], forged, *renumbered])
    assert isinstance(result, Broken)
    assert result.sequence == at + 2


def test_a_suffix_that_was_written_anew_shows_against_a_remembered_head() -> None:
    entries = log()
    remembered = head_of(entries)
    forged = entries[:3]
    for number in (77, 78):
        forged.append(link(head_of(forged), event(number)))
    assert isinstance(verify(forged), Intact)
    result = verify(forged, expected=remembered)
    assert isinstance(result, Broken)
    assert result.sequence == 5


def test_entries_cut_off_the_end_show_against_a_remembered_head() -> None:
    entries = log()
    assert isinstance(verify(entries[:3]), Intact)
    assert verify(entries[:3], expected=head_of(entries)) == Broken(
        4, "the log was cut: its last 2 remembered entries are gone"
    )
    assert isinstance(verify([], expected=head_of(entries)), Broken)


def test_a_log_that_grew_since_the_head_was_remembered_is_intact() -> None:
    entries = log()
    assert verify(entries, expected=head_of(entries[:2])) == Intact(5, head_of(entries))


def test_the_sequence_and_the_previous_digest_are_part_of_the_digest() -> None:
    one = digest_of(FIRST_PREVIOUS, 1, event(1))
    assert one != digest_of(FIRST_PREVIOUS, 2, event(1))
    assert one != digest_of("1" * 64, 1, event(1))


def test_a_text_from_anybody_is_cut_before_it_is_chained() -> None:
    entry = link(EMPTY, replace(event(1), subject="x" * 100_000))
    assert len(entry.event.subject) == MAX_TEXT
    assert entry.event.subject.endswith("…")
    assert isinstance(verify([entry]), Intact)

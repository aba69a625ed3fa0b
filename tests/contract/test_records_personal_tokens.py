"""Personal tokens, over every adapter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lading.adapters.sql.engine import SqlRecords
from lading.foundation.errors import Conflict
from lading.ports.records.personal_tokens import PersonalToken

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)
TOKEN = PersonalToken("1", "d1", "ann", "laptop", NOW, NOW + timedelta(days=30), reading_only=True)


def test_a_token_comes_back_by_digest_and_by_id(records: SqlRecords) -> None:
    with records.write() as written:
        written.personal_tokens.add(TOKEN)
    with records.read() as kept:
        assert kept.personal_tokens.by_digest("d1") == TOKEN
        assert kept.personal_tokens.by_digest("1") is None
        assert kept.personal_tokens.by_id("1") == TOKEN
        assert kept.personal_tokens.by_id("d1") is None


def test_a_person_has_one_token_of_a_name(records: SqlRecords) -> None:
    with records.write() as written:
        written.personal_tokens.add(TOKEN)
        written.personal_tokens.add(replace(TOKEN, id="2", digest="d2", person="ben"))
        with pytest.raises(Conflict) as refused:
            written.personal_tokens.add(replace(TOKEN, id="3", digest="d3"))
        assert refused.value.code == "token-exists"
        assert written.personal_tokens.of_person("ann") == (TOKEN,)


def test_tokens_of_a_person_are_listed_newest_first(records: SqlRecords) -> None:
    newer = replace(TOKEN, id="2", digest="d2", name="build", created_at=SOON)
    with records.write() as written:
        written.personal_tokens.add(TOKEN)
        written.personal_tokens.add(newer)
        assert written.personal_tokens.of_person("ann") == (newer, TOKEN)
        assert written.personal_tokens.of_person("ben") == ()


def test_the_newest_use_is_remembered_also_when_told_of_late(records: SqlRecords) -> None:
    with records.write() as written:
        written.personal_tokens.add(TOKEN)
        written.personal_tokens.was_used("1", SOON)
        written.personal_tokens.was_used("1", NOW)
        assert written.personal_tokens.by_id("1") == replace(TOKEN, last_used_at=SOON)


def test_tokens_end_when_removed_or_long_expired(records: SqlRecords) -> None:
    lasting = replace(TOKEN, id="2", digest="d2", name="build", expires_at=NOW + timedelta(days=31))
    with records.write() as written:
        written.personal_tokens.add(TOKEN)
        written.personal_tokens.add(lasting)
        assert written.personal_tokens.forget_expired(before=TOKEN.expires_at) == 0
        assert written.personal_tokens.forget_expired(before=lasting.expires_at) == 1
        assert written.personal_tokens.of_person("ann") == (lasting,)
        assert written.personal_tokens.remove("2")
        assert not written.personal_tokens.remove("2")
        assert written.personal_tokens.by_digest("d2") is None


def test_all_tokens_of_a_person_end_together_and_nobody_elses(records: SqlRecords) -> None:
    with records.write() as written:
        written.personal_tokens.add(TOKEN)
        written.personal_tokens.add(replace(TOKEN, id="2", digest="d2", name="build"))
        written.personal_tokens.add(replace(TOKEN, id="3", digest="d3", person="ben"))
        assert written.personal_tokens.remove_of_person("ann") == 2
        assert written.personal_tokens.remove_of_person("ann") == 0
        assert len(written.personal_tokens.of_person("ben")) == 1

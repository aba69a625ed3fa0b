"""Commands that ask to be signed in, over every adapter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lading.access.device_grant import DeviceGrant, GrantState
from lading.adapters.sql.engine import SqlRecords

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)
GRANT = DeviceGrant("d1", "BCDFGHJK", "a command", "10.0.0.1", NOW, SOON)


def test_a_grant_comes_back_whole_by_digest_and_by_code(records: SqlRecords) -> None:
    with records.write() as written:
        assert written.device_grants.add(GRANT)
        assert not written.device_grants.add(replace(GRANT, digest="d2")), "the code is taken"
        assert written.device_grants.by_digest("d1") == GRANT
        assert written.device_grants.by_code("BCDFGHJK") == GRANT
        assert written.device_grants.by_code("d1") is None
        granted = replace(GRANT, state=GrantState.GRANTED, person="ann", asked_at=NOW)
        written.device_grants.change(granted)
        assert written.device_grants.by_digest("d1") == granted


def test_a_grant_is_removed_once_and_what_has_ended_is_forgotten(records: SqlRecords) -> None:
    with records.write() as written:
        written.device_grants.add(GRANT)
        written.device_grants.add(replace(GRANT, digest="d2", user_code="Z", expires_at=NOW))
        assert written.device_grants.waiting("10.0.0.1") == 2
        assert written.device_grants.waiting("10.0.0.2") == 0
        assert written.device_grants.forget_expired(now=NOW) == 1
        assert written.device_grants.remove("d1")
        assert not written.device_grants.remove("d1")
        written.device_grants.change(GRANT)  # told of late: nothing comes back
        assert written.device_grants.by_digest("d1") is None

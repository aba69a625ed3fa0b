"""What identity providers said, over every adapter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lading.access.scim.people import ProvisionedPerson
from lading.adapters.sql.engine import SqlRecords
from lading.ports.records.provisioning import EndedBy, KnownGroup, ProvisioningToken

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOKEN = ProvisioningToken("corp", "d1", NOW, "person:root")
ANN = ProvisionedPerson("ann", "x1", None, "Ann", "Ann", "E", (("ann@example.com", "work", True),))


def test_a_directory_has_one_token(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.provisioning.save_token(replace(TOKEN, digest="d0"))
        kept.provisioning.save_token(TOKEN)
        kept.provisioning.save_token(replace(TOKEN, directory="ad", digest="d2"))
    with records.read() as kept:
        assert kept.provisioning.token_by_digest("d0") is None
        assert kept.provisioning.token_by_digest("d1") == TOKEN
        assert [token.directory for token in kept.provisioning.tokens()] == ["ad", "corp"]
    with records.write() as kept:
        assert kept.provisioning.end_token("corp")
        assert not kept.provisioning.end_token("corp")
        assert kept.provisioning.token_by_digest("d1") is None


def test_the_newest_use_of_a_token_counts(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.provisioning.save_token(TOKEN)
        for at in (NOW + timedelta(hours=1), NOW):
            kept.provisioning.token_was_used("corp", at)
        (token,) = kept.provisioning.tokens()
    assert token.last_used_at == NOW + timedelta(hours=1)


def test_what_is_said_last_counts(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.provisioning.describe("corp", replace(ANN, external_id="x0"), EndedBy.INACTIVE)
        kept.provisioning.describe("corp", replace(ANN, active=True), EndedBy.NOTHING)
        kept.provisioning.describe("ad", replace(ANN, user_name="ben"), EndedBy.DELETED)
    with records.read() as kept:
        assert kept.provisioning.description("ann") == (ANN, EndedBy.NOTHING)
        assert kept.provisioning.description("nobody") is None
        assert kept.provisioning.descriptions("corp") == {"ann": (ANN, EndedBy.NOTHING)}
        assert kept.provisioning.named_outside("corp", "x1") == ("ann",)
        assert kept.provisioning.named_outside("ad", "x1") == ("ben",)
        assert kept.provisioning.named_outside("corp", "x0") == ()


def test_what_an_administrator_decides_is_not_the_providers(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.provisioning.describe("corp", ANN, EndedBy.INACTIVE)
        kept.provisioning.decided_here("ann")
        kept.provisioning.decided_here("nobody")
        assert kept.provisioning.description("ann") == (ANN, EndedBy.NOTHING)


def test_a_group_has_just_the_members_said_last(records: SqlRecords) -> None:
    dev = KnownGroup("g1", "corp", "dev", "x")
    with records.write() as kept:
        assert not kept.provisioning.has_groups("corp")
        kept.provisioning.save_group(dev, frozenset({"ann", "ben"}))
        kept.provisioning.save_group(replace(dev, id="g2", name="art"), frozenset({"ann"}))
        kept.provisioning.save_group(replace(dev, name="devs"), frozenset({"ann", "cid"}))
    with records.write() as kept:
        assert kept.provisioning.has_groups("corp")
        assert not kept.provisioning.has_groups("ad")
        assert kept.provisioning.members("g1") == {"ann", "cid"}
        assert kept.provisioning.groups_of("ann") == ("art", "devs")
        assert [group.id for group in kept.provisioning.groups("corp")] == ["g2", "g1"]
        assert kept.provisioning.leave_groups("ann")
        assert not kept.provisioning.leave_groups("ann")
        kept.provisioning.remove_group("g1")
        assert kept.provisioning.group("g1") is None
        assert kept.provisioning.members("g1") == frozenset()
        assert kept.provisioning.group("g2") == replace(dev, id="g2", name="art")

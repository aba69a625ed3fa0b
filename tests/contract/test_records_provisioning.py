"""What identity providers said, over every adapter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lading.access.scim.people import ProvisionedPerson
from lading.adapters.sql.engine import SqlRecords
from lading.ports.records.provisioning import EndedBy, ProvisioningToken

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

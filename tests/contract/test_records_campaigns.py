"""Campaigns, their items, notices and derivations, over every adapter."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from lading.adapters.sql.engine import SqlRecords
from lading.campaigns.campaign import Campaign, CampaignState, Deadlines, Item, ItemState, Method
from lading.foundation.errors import Conflict
from lading.oci.digest import Digest
from lading.ports.records.campaigns import Derivation, ItemOf, Notice

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLD, NEW = Digest.of(b"old"), Digest.of(b"new")
CAMPAIGN = Campaign(
    "c1",
    "Leave \x00",
    "CVE-1",
    "",
    "",
    "why",
    CampaignState.OPEN,
    NOW,
    "person:ann",
    Deadlines(warn=date(2026, 4, 1)),
)
ITEM = Item("shop/app", OLD, (OLD,), ("1", "2"), "shop", "prod", 3, Method.REBASE, "why", "base:2", 1)


def test_a_campaign_comes_back_as_it_was_kept_and_changed(records: SqlRecords) -> None:
    paused = replace(CAMPAIGN, state=CampaignState.PAUSED, wave=2, wave_begun_at=NOW)
    with records.write() as kept:
        kept.campaigns.add_campaign(CAMPAIGN, [ITEM])
        kept.campaigns.add_campaign(replace(CAMPAIGN, id="c2"), [])
        kept.campaigns.save_campaign(paused)
    with records.read() as view:
        assert view.campaigns.campaign("c1") == paused
        assert view.campaigns.campaign("c9") is None
        assert [one.id for one in view.campaigns.campaigns(state="open")] == ["c2"]
        assert {one.id for one in view.campaigns.campaigns()} == {"c1", "c2"}
    with pytest.raises(Conflict), records.write() as kept:
        kept.campaigns.add_campaign(CAMPAIGN, [])


def test_items_are_listed_by_wave_and_filtered(records: SqlRecords) -> None:
    first = replace(ITEM, repository="z", wave=0)
    gone = replace(ITEM, repository="a", state=ItemState.GONE, team="", gone_at=NOW, new_image=NEW)
    with records.write() as kept:
        kept.campaigns.add_campaign(CAMPAIGN, [ITEM, first, gone])
        kept.campaigns.save_items("c1", [replace(ITEM, note="said")])
    with records.read() as view:
        listed = view.campaigns.items("c1", limit=2)
        rest = view.campaigns.items("c1", after=listed.next, limit=2)
        assert [item.repository for item in (*listed.items, *rest.items)] == ["z", "a", "shop/app"]
        assert view.campaigns.items("c1", state="gone").items == (gone,)
        assert view.campaigns.items("c1", team="").items == (gone,)
        assert view.campaigns.item("c1", "shop/app", OLD) == replace(ITEM, note="said")
        assert view.campaigns.item("c1", "shop/app", NEW) is None


def test_an_image_knows_the_campaigns_that_are_about_it(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.campaigns.add_campaign(CAMPAIGN, [ITEM])
        kept.campaigns.add_campaign(replace(CAMPAIGN, id="c2", state=CampaignState.CLOSED), [ITEM])
    with records.read() as view:
        assert view.campaigns.items_of_image([OLD, NEW]) == {OLD: (ItemOf("c1", ITEM),)}


def test_a_team_is_told_each_thing_once(records: SqlRecords) -> None:
    notice = Notice("c1", "shop", "opened", "text\x00", NOW)
    with records.write() as kept:
        kept.campaigns.add_campaign(CAMPAIGN, [])
        assert kept.campaigns.add_notice(notice)
        assert not kept.campaigns.add_notice(replace(notice, text="other"))
        assert kept.campaigns.add_notice(replace(notice, team=""))
    with records.read() as view:
        assert view.campaigns.notices("c1") == (replace(notice, team=""), notice)


def test_what_was_made_from_what_is_kept(records: SqlRecords) -> None:
    made = Derivation("app", NEW, OLD, "rebase", "base@x", "safe", "sha256:p", "1-r1", "person:ann", NOW)
    with records.write() as kept:
        kept.campaigns.save_derivation(made)
        kept.campaigns.save_derivation(made)
    with records.read() as view:
        assert view.campaigns.derivation("app", NEW) == made
        assert view.campaigns.derivation("other", NEW) is None
        assert view.campaigns.derived_from("app", OLD) == (made,)


def test_one_holds_a_campaign_until_the_lease_ends(records: SqlRecords) -> None:
    later, last = NOW + timedelta(minutes=5), NOW + timedelta(minutes=9)
    with records.write() as kept:
        kept.campaigns.add_campaign(CAMPAIGN, [])
        assert kept.campaigns.take_lease("c1", "a", NOW, later)
        assert not kept.campaigns.take_lease("c1", "b", NOW, later)
        assert kept.campaigns.take_lease("c1", "a", NOW, last), "who holds it may hold it longer"
        assert not kept.campaigns.take_lease("c1", "b", later, last)
        kept.campaigns.save_campaign(replace(CAMPAIGN, wave=1))
        assert not kept.campaigns.take_lease("c1", "b", later, last), "saving it does not end the lease"
        kept.campaigns.end_lease("c1", "b")
        assert not kept.campaigns.take_lease("c1", "b", later, last), "only the holder ends it"
        assert kept.campaigns.take_lease("c1", "b", last, last + timedelta(minutes=1)), "it ends by itself"
        assert not kept.campaigns.take_lease("c9", "b", NOW, later)

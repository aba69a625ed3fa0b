"""Campaigns in every state, for pages to show: one under way, one that stopped, one that is over."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from lading.campaigns.campaign import Campaign, CampaignState, Deadlines, Item, ItemState, Method
from lading.oci.digest import Digest
from lading.ports.records.campaigns import Notice
from lading.ports.records.record_set import Records

UNDER_WAY, STOPPED, OVER = "under-way", "stopped", "over"


def add_campaigns(records: Records, now: datetime) -> None:
    """Keep them."""
    opened = now - timedelta(days=9)
    today = now.date()
    dates = Deadlines(*(today + timedelta(days=days) for days in (-3, 2, 9, 16)))
    under_way = Campaign(
        UNDER_WAY, "Leave OpenSSL before 3.0.22", "CVE-2026-63072", "", "",
        "heap overflow in CMS key unwrapping",
        CampaignState.OPEN, opened, "person:ann", dates, wave=1, team_days={"payments": 7},
    )  # fmt: skip
    stopped = replace(
        under_way, id=STOPPED, title="Move off Debian 12.10", flaw="", base="base/debian@sha256:" + "b" * 64,
        state=CampaignState.PAUSED, opened_at=opened + timedelta(days=4), deadlines=Deadlines(),
        paused_because="2 of 6 in the first wave failed: shop/cart: rolled back: only the old image runs",
    )  # fmt: skip
    over = replace(
        under_way, id=OVER, title="Leave xz 5.4.1", flaw="CVE-2026-34180", state=CampaignState.CLOSED,
        opened_at=now - timedelta(days=60), closed_at=now - timedelta(days=41), deadlines=Deadlines(),
    )  # fmt: skip
    with records.write() as kept:
        kept.campaigns.add_campaign(under_way, _items(opened, 60))
        kept.campaigns.add_campaign(stopped, _items(stopped.opened_at, 6))
        kept.campaigns.add_campaign(
            over, [_gone(item, over.opened_at, at) for at, item in enumerate(_items(opened, 20))]
        )
        for team, kind in (("payments", "late"), ("payments", "opened"), ("shop", "opened"), ("", "opened")):
            text = "12 images are left (payments/app-1:1.0): from Friday on they are not promoted any more"
            kept.campaigns.add_notice(Notice(UNDER_WAY, team, kind, text, opened))


def _items(opened: datetime, number: int) -> Iterator[Item]:
    states = [ItemState.GONE] * 5 + [ItemState.MADE] * 3 + [ItemState.ASKED, ItemState.PLANNED]
    teams = ("shop", "payments", "search", "")
    for at in range(number):
        team, state, image = teams[at % 4], states[at % 10], Digest.of(f"old {at}".encode())
        method = (Method.REBASE, Method.REBASE, Method.PATCH, Method.REBUILD)[at % 4]
        item = Item(
            f"{team or 'team-x'}/app-{at}", image, (image,), ("1.0",), team,
            "prod" if at % 3 else "test", at % 5,
            method, "it comes with the base runtime/python:3.11", "runtime/python:3.11-r1", at % 3, state,
        )  # fmt: skip
        if state is ItemState.MADE:
            note = "rebased onto runtime/python:3.11-r1: safe with notes"
            item = replace(item, new_image=Digest.of(b"new"), new_tag="1.0-r1", note=note)
        elif state is ItemState.ASKED:
            note = "a merge request changes the base to runtime/python:3.11-r1: https://git.example/pull/7"
            item = replace(item, note=note)
        yield _gone(item, opened, at % 8) if state is ItemState.GONE else item
    excluded = Digest.of(b"excluded")
    yield Item(
        "search/index", excluded, (excluded,), ("9",), "search", "prod", 2, Method.REBUILD,
        "its own layers", "", 2,
        ItemState.EXCLUDED, note="it is switched off in January", until=opened.date() + timedelta(days=40),
    )  # fmt: skip


def _gone(item: Item, opened: datetime, days: int) -> Item:
    at = opened + timedelta(days=days % 19, hours=7)
    return replace(
        item, state=ItemState.GONE, gone_at=at, containers=0, new_image=Digest.of(b"new"), new_tag="1.0-r1"
    )

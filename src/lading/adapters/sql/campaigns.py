"""Campaigns in SQL."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection, in_batches
from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.tables.campaigns import CAMPAIGN, CAMPAIGN_ITEM, CAMPAIGN_NOTICE, DERIVATION
from lading.adapters.sql.writing import insert_one, upsert_all
from lading.campaigns.campaign import Campaign, CampaignState, Item
from lading.foundation.errors import Conflict
from lading.oci.digest import Digest
from lading.ports.records.campaigns import Derivation, ItemOf, Notice
from lading.ports.records.page import DEFAULT_LIMIT, Page


class SqlCampaigns(OnConnection):
    """See ``lading.ports.records.campaigns.CampaignRecords``."""

    __slots__ = ()

    def add_campaign(self, campaign: Campaign, items: Iterable[Item]) -> None:
        """Keep a new campaign with its plan."""
        if not insert_one(self._connection, CAMPAIGN, _campaign_row(campaign)):
            raise Conflict("campaign-exists", f"there is a campaign {campaign.id} already")
        self.save_items(campaign.id, items)

    def save_campaign(self, campaign: Campaign) -> None:
        """Put a campaign in place of the one of this id."""
        this = CAMPAIGN.update().where(CAMPAIGN.c.id == campaign.id)
        self._connection.execute(this.values(_campaign_row(campaign)))

    def campaign(self, campaign_id: str) -> Campaign | None:
        """One campaign."""
        wanted = sa.select(CAMPAIGN.c.document).where(CAMPAIGN.c.id == campaign_id)
        found = self._connection.execute(wanted).scalar()
        return None if found is None else msgspec.convert(found, Campaign)

    def campaigns(self, *, state: str = "") -> tuple[Campaign, ...]:
        """Campaigns, the newest first."""
        wanted = sa.select(CAMPAIGN.c.document).order_by(CAMPAIGN.c.opened_at.desc(), CAMPAIGN.c.id)
        if state:
            wanted = wanted.where(CAMPAIGN.c.state == state)
        return tuple(msgspec.convert(each, Campaign) for each in self._connection.execute(wanted).scalars())

    def take_lease(self, campaign_id: str, holder: str, now: datetime, until: datetime) -> bool:
        """Whether ``holder`` alone may step it until then."""
        columns = CAMPAIGN.c
        free = sa.or_(columns.holder == holder, columns.leased_until.is_(None), columns.leased_until <= now)
        taken = (
            CAMPAIGN.update().where(columns.id == campaign_id, free).values(holder=holder, leased_until=until)
        )
        return self._connection.execute(taken).rowcount == 1

    def end_lease(self, campaign_id: str, holder: str) -> None:
        """Give the lease back."""
        this = CAMPAIGN.update().where(CAMPAIGN.c.id == campaign_id, CAMPAIGN.c.holder == holder)
        self._connection.execute(this.values(holder="", leased_until=None))

    def save_items(self, campaign_id: str, items: Iterable[Item]) -> None:
        """Put items in place of those that are there."""
        for batch in in_batches(items):
            upsert_all(self._connection, CAMPAIGN_ITEM, [_item_row(campaign_id, item) for item in batch])

    def items(
        self,
        campaign_id: str,
        *,
        state: str = "",
        team: str | None = None,
        after: str = "",
        limit: int = DEFAULT_LIMIT,
    ) -> Page[Item]:
        """Items by wave, repository and image."""
        columns = CAMPAIGN_ITEM.c
        wanted = sa.select(columns.document).where(columns.campaign == campaign_id)
        if state:
            wanted = wanted.where(columns.state == state)
        if team is not None:
            wanted = wanted.where(columns.team == team)
        key = (columns.wave, columns.repository, columns.image)
        return fetch_page(self._connection, wanted, key, _item, after=after, limit=limit)

    def item(self, campaign_id: str, repository: str, image: Digest) -> Item | None:
        """One item."""
        columns = CAMPAIGN_ITEM.c
        wanted = sa.select(columns.document).where(
            columns.campaign == campaign_id, columns.repository == repository, columns.image == image
        )
        found = self._connection.execute(wanted).scalar()
        return None if found is None else msgspec.convert(found, Item)

    def items_of_image(self, images: Iterable[Digest]) -> Mapping[Digest, tuple[ItemOf, ...]]:
        """The items of open and paused campaigns that are about these images."""
        found: dict[Digest, list[ItemOf]] = {}
        for batch in in_batches(dict.fromkeys(images)):
            wanted = (
                sa.select(CAMPAIGN_ITEM.c.campaign, CAMPAIGN_ITEM.c.image, CAMPAIGN_ITEM.c.document)
                .join_from(CAMPAIGN_ITEM, CAMPAIGN)
                .where(CAMPAIGN_ITEM.c.image.in_(batch), CAMPAIGN.c.state != CampaignState.CLOSED.value)
                .order_by(CAMPAIGN_ITEM.c.campaign, CAMPAIGN_ITEM.c.repository)
            )
            for row in self._connection.execute(wanted):
                item = msgspec.convert(row.document, Item)
                found.setdefault(row.image, []).append(ItemOf(row.campaign, item))
        return {image: tuple(items) for image, items in found.items()}

    def add_notice(self, notice: Notice) -> bool:
        """Keep what a team was told."""
        return insert_one(self._connection, CAMPAIGN_NOTICE, _notice_row(notice))

    def notices(self, campaign_id: str) -> tuple[Notice, ...]:
        """What was told, the newest first."""
        columns = CAMPAIGN_NOTICE.c
        wanted = sa.select(CAMPAIGN_NOTICE).where(columns.campaign == campaign_id)
        rows = self._connection.execute(wanted.order_by(columns.sequence.desc()))
        return tuple(Notice(row.campaign, row.team, row.kind, row.text, row.at) for row in rows)

    def save_derivation(self, derivation: Derivation) -> None:
        """Keep what an image was made from."""
        row = {name: getattr(derivation, name) for name in _DERIVED}
        insert_one(self._connection, DERIVATION, row)

    def derivation(self, repository: str, image: Digest) -> Derivation | None:
        """What an image was made from."""
        wanted = sa.select(DERIVATION).where(
            DERIVATION.c.repository == repository, DERIVATION.c.image == image
        )
        row = self._connection.execute(wanted).first()
        return None if row is None else _derivation(row)

    def derived_from(self, repository: str, image: Digest) -> tuple[Derivation, ...]:
        """What was made from an image, the newest first."""
        wanted = (
            sa.select(DERIVATION)
            .where(DERIVATION.c.repository == repository, DERIVATION.c.made_from == image)
            .order_by(DERIVATION.c.sequence.desc())
        )
        return tuple(_derivation(row) for row in self._connection.execute(wanted))


_DERIVED = ("repository", "image", "made_from", "method", "onto", "verdict", "proof", "tag", "by", "at")


def _campaign_row(campaign: Campaign) -> dict[str, Any]:
    return {
        "id": campaign.id,
        "state": campaign.state.value,
        "opened_at": campaign.opened_at,
        "document": msgspec.to_builtins(campaign),
    }


def _item_row(campaign_id: str, item: Item) -> dict[str, Any]:
    return {
        "campaign": campaign_id,
        "repository": item.repository,
        "image": item.image,
        "wave": item.wave,
        "state": item.state.value,
        "team": item.team,
        "document": msgspec.to_builtins(item),
    }


def _item(row: sa.Row[Any]) -> Item:
    return msgspec.convert(row.document, Item)


def _notice_row(notice: Notice) -> dict[str, Any]:
    return {
        "campaign": notice.campaign,
        "team": notice.team,
        "kind": notice.kind,
        "text": notice.text,
        "at": notice.at,
    }


def _derivation(row: sa.Row[Any]) -> Derivation:
    return Derivation(*(getattr(row, name) for name in _DERIVED))

"""Campaigns, their items, what was said to whom; and which image was made from which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lading.campaigns.campaign import Campaign, Item
from lading.oci.digest import Digest
from lading.ports.records.page import DEFAULT_LIMIT, Page


@dataclass(frozen=True, slots=True)
class Derivation:
    """An image that was made from another one without a build."""

    repository: str
    image: Digest
    made_from: Digest
    method: str  # "rebase" or "patch"
    onto: str  # the base that it was put on, repository@digest; empty for a patch
    verdict: str
    proof: str  # digest
    tag: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """What a team was told: once of each kind for each campaign."""

    campaign: str
    team: str
    kind: str  # "opened", "reminder-1", "escalated" …
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ItemOf:
    """An item, with the campaign that it is of."""

    campaign: str
    item: Item


class CampaignRecords(Protocol):
    """Campaigns. An item is known by campaign, repository and image."""

    def add_campaign(self, campaign: Campaign, items: Iterable[Item]) -> None:
        """Keep a new campaign with its plan; raises Conflict ``campaign-exists``."""
        ...

    def save_campaign(self, campaign: Campaign) -> None:
        """Put a campaign in place of the one of this id."""
        ...

    def campaign(self, campaign_id: str) -> Campaign | None:
        """One campaign."""
        ...

    def campaigns(self, *, state: str = "") -> tuple[Campaign, ...]:
        """Campaigns, the newest first."""
        ...

    def take_lease(self, campaign_id: str, holder: str, now: datetime, until: datetime) -> bool:
        """Whether ``holder`` alone may step it until then: not while somebody else's lease lasts.

        Who holds it takes it again to hold it longer.
        """
        ...

    def end_lease(self, campaign_id: str, holder: str) -> None:
        """Give the lease back, where it is still ``holder``'s."""
        ...

    def save_items(self, campaign_id: str, items: Iterable[Item]) -> None:
        """Put items in place of those that are there; new ones are added."""
        ...

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
        ...

    def item(self, campaign_id: str, repository: str, image: Digest) -> Item | None:
        """One item."""
        ...

    def items_of_image(self, images: Iterable[Digest]) -> Mapping[Digest, tuple[ItemOf, ...]]:
        """The items of open and paused campaigns that are about these images."""
        ...

    def add_notice(self, notice: Notice) -> bool:
        """Keep what a team was told; False when it was told that already."""
        ...

    def notices(self, campaign_id: str) -> tuple[Notice, ...]:
        """What was told, the newest first."""
        ...

    def save_derivation(self, derivation: Derivation) -> None:
        """Keep what an image was made from."""
        ...

    def derivation(self, repository: str, image: Digest) -> Derivation | None:
        """What an image was made from without a build; None for all others."""
        ...

    def derived_from(self, repository: str, image: Digest) -> tuple[Derivation, ...]:
        """What was made from an image, the newest first."""
        ...

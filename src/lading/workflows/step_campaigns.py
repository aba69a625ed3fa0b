"""One step of every open campaign: look at what runs, make what is due, tell owners, close what is over.

1. What happened since (``observe_fleet``): new images that owners made themselves, containers that have
   moved, exclusions that ended.
2. What waited for a base is planned again.
3. The next wave begins when the one before has nothing left to make, and its days are over. When too much
   of the first wave is in trouble (``campaigns.canaries``), the campaign pauses by itself.
4. Items of waves that have begun are made (``make_item``), each kept as soon as it is.
5. Each team is told once what and why, and once of each date and goal that comes (``campaigns.notices``).
6. A campaign whose items are all gone or excluded is closed: by what runs, so never without an agent's
   report.

One at a time steps a campaign: who does holds a lease on it. What people change meanwhile stands: an item
is only put in place of what the step saw, and a campaign that was paused makes nothing more. Every step
begins from records, so it may be done twice, or stop anywhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM
from lading.audit.entry import Event
from lading.campaigns.campaign import DONE, Campaign, CampaignState, Item, ItemState, Method
from lading.campaigns.canaries import why_to_stop
from lading.campaigns.notices import due_notices
from lading.oci.digest import Digest
from lading.policy.decision import Outcome
from lading.ports.records.campaigns import Notice
from lading.ports.records.record_set import RecordSet
from lading.registry.caller import BoundRights, Caller
from lading.workflows.campaigns import iter_items
from lading.workflows.make_item import CampaignPorts, make_item
from lading.workflows.observe_fleet import Watched, observe
from lading.workflows.plan_campaign import plan_items

MOST_MADE = 200  # images in one step of one campaign
_STEP_TIME = timedelta(minutes=2)  # after which a step begins no further image
_LEASE = timedelta(minutes=15)  # taken anew with each image, which takes far less

_CALLER = Caller(SYSTEM, BoundRights(NO_BINDINGS))
_Key = tuple[str, Digest]


def step_campaigns(ports: CampaignPorts) -> int:
    """Do one step of each open campaign; return how many were looked at."""
    with ports.records.read() as kept:
        campaigns = [each for each in kept.campaigns.campaigns() if each.state is not CampaignState.CLOSED]
    for campaign in campaigns:
        step_campaign(ports, campaign.id)
    return len(campaigns)


def step_campaign(ports: CampaignPorts, campaign_id: str) -> bool:
    """Do one step, by the numbered steps above; False when somebody else does one just now."""
    holder, now = ports.new_id(), ports.clock()
    with ports.records.write() as kept:
        if not kept.campaigns.take_lease(campaign_id, holder, now, now + _LEASE):
            return False
    try:
        _Step(ports, campaign_id, holder, now).run()
    finally:
        with ports.records.write() as kept:
            kept.campaigns.end_lease(campaign_id, holder)
    return True


@dataclass(slots=True)
class _Step:
    """One holder's step of one campaign."""

    ports: CampaignPorts
    campaign_id: str
    holder: str
    now: datetime

    def run(self) -> None:
        """Steps 1 to 6."""
        with self.ports.records.read() as kept:
            campaign = kept.campaigns.campaign(self.campaign_id)
            if campaign is None or campaign.state is CampaignState.CLOSED:
                return
            before = {(item.repository, item.image): item for item in iter_items(kept, campaign.id)}
            # Step 1.
            watched = Watched.of(kept, campaign, self.now)
            after = {key: observe(kept, watched, item, self.now) for key, item in before.items()}
        # Step 2.
        after = self._planned_again(campaign, after)
        # Step 3.
        if campaign.state is CampaignState.OPEN:
            campaign = _next_wave(campaign, list(after.values()), self.now)
        after = self._keep(campaign, before, after)
        # Step 4.
        if campaign.state is CampaignState.OPEN:
            self._make(campaign, after)
        # Steps 3, 5 and 6.
        self._conclude(watched, after)

    def _planned_again(self, campaign: Campaign, items: dict[_Key, Item]) -> dict[_Key, Item]:
        """Step 2."""
        waiting = {key for key, item in items.items() if _waits(item)}
        if not waiting:
            return items
        planned = plan_items(self.ports.records, self.ports.patching.mirror, campaign)
        fresh = {(item.repository, item.image): item for item in planned}
        return {
            key: replace(item, method=fresh[key].method, why=fresh[key].why, onto=fresh[key].onto)
            if key in waiting and key in fresh
            else item
            for key, item in items.items()
        }

    def _keep(
        self, campaign: Campaign, before: dict[_Key, Item], after: dict[_Key, Item]
    ) -> dict[_Key, Item]:
        """Keep what steps 1 to 3 found; what somebody changed meanwhile is as they left it."""
        result = dict(after)
        changed = [(before[key], item) for key, item in after.items() if item != before[key]]
        with self.ports.records.write() as kept:
            for old, new in changed:
                result[new.repository, new.image] = self._keep_item(kept, old, new)
            now_kept = kept.campaigns.campaign(campaign.id)
            if now_kept is not None and now_kept.wave != campaign.wave:
                kept.campaigns.save_campaign(
                    replace(now_kept, wave=campaign.wave, wave_begun_at=campaign.wave_begun_at)
                )
        return result

    def _keep_item(self, kept: RecordSet, old: Item, new: Item) -> Item:
        standing = kept.campaigns.item(self.campaign_id, new.repository, new.image)
        if standing is None or standing != old:
            return standing or new
        kept.campaigns.save_items(self.campaign_id, [new])
        if new.state is not old.state or (new.note != old.note and new.note):
            kept.audit.append(_told(self.campaign_id, new, self.now))
        return new

    def _make(self, campaign: Campaign, items: dict[_Key, Item]) -> None:
        """Step 4."""
        due = [
            item
            for item in items.values()
            if item.wave <= campaign.wave and item.state is ItemState.PLANNED and not _waits(item)
        ]
        for item in sorted(due, key=lambda item: (item.wave, item.repository))[:MOST_MADE]:
            if self.ports.clock() - self.now > _STEP_TIME or not self._may_go_on(item):
                return
            made = make_item(self.ports, campaign, item, _CALLER)
            with self.ports.records.write() as kept:
                items[item.repository, item.image] = self._keep_item(kept, item, made)

    def _may_go_on(self, item: Item) -> bool:
        """Whether the lease is still held, and the campaign was not paused, nor this item changed."""
        now = self.ports.clock()
        with self.ports.records.write() as kept:
            if not kept.campaigns.take_lease(self.campaign_id, self.holder, now, now + _LEASE):
                return False
            campaign = kept.campaigns.campaign(self.campaign_id)
            standing = kept.campaigns.item(self.campaign_id, item.repository, item.image)
        return campaign is not None and campaign.state is CampaignState.OPEN and standing == item

    def _conclude(self, watched: Watched, items: dict[_Key, Item]) -> None:
        """Steps 3, 5 and 6, on the campaign as it is now."""
        listed = list(items.values())
        over = bool(listed) and all(item.state in DONE for item in listed)
        with self.ports.records.write() as kept:
            campaign = kept.campaigns.campaign(self.campaign_id)
            if campaign is None or campaign.state is CampaignState.CLOSED:
                return
            first = [item for item in listed if item.wave == 0]
            if campaign.state is CampaignState.OPEN and campaign.wave == 0:
                why = why_to_stop(first, _denied(kept, first))
                if why:
                    campaign = replace(campaign, state=CampaignState.PAUSED, paused_because=why)
                    kept.campaigns.save_campaign(campaign)
                    kept.audit.append(_CALLER.did("campaign.stop", campaign.id, self.now, reason=why))
            if campaign.state is not CampaignState.PAUSED:
                _tell(kept, campaign, listed, self.now)
            if over and watched.reported:
                closed = replace(campaign, state=CampaignState.CLOSED, closed_at=self.now)
                kept.campaigns.save_campaign(closed)
                kept.audit.append(
                    _CALLER.did("campaign.close", campaign.id, self.now, reason="nothing old runs any more")
                )


def _waits(item: Item) -> bool:
    return item.method is Method.WAIT and item.state is ItemState.PLANNED


def _next_wave(campaign: Campaign, items: Iterable[Item], now: datetime) -> Campaign:
    """Step 3."""
    listed = list(items)
    last = max((item.wave for item in listed), default=0)
    if campaign.wave >= last:
        return campaign
    if campaign.wave >= 0:
        to_make = any(
            item.wave <= campaign.wave and item.state is ItemState.PLANNED and not _waits(item)
            for item in listed
        )
        begun = campaign.wave_begun_at or campaign.opened_at
        if to_make or now - begun < timedelta(days=campaign.wave_days):
            return campaign
    return replace(campaign, wave=campaign.wave + 1, wave_begun_at=now)


def _denied(kept: RecordSet, items: Iterable[Item]) -> dict[Digest, str]:
    """What a gate said last of each new image that it denies."""
    denied: dict[Digest, str] = {}
    for item in items:
        for manifest in item.new_manifests if item.new_image is not None else ():
            standing = kept.governance.standing_decision(manifest)
            if standing is not None and standing.decision.outcome is Outcome.DENY and item.new_image:
                rules = [one.rule for one in standing.decision.results if one.effect is Outcome.DENY]
                denied[item.new_image] = ", ".join(rules[:3])
    return denied


def _tell(kept: RecordSet, campaign: Campaign, items: list[Item], now: datetime) -> None:
    """Step 5: of each kind one for each team, however often this is done."""
    for team, kind, text in due_notices(campaign, items, now):
        if kept.campaigns.add_notice(Notice(campaign.id, team, kind, text, now)):
            kept.audit.append(
                _CALLER.did("campaign.notice", campaign.id, now, team=team, kind=kind, text=text)
            )


def _told(campaign_id: str, item: Item, now: datetime) -> Event:
    return _CALLER.did(
        f"campaign.{item.state}",
        f"{item.repository}@{item.image}",
        now,
        campaign=campaign_id,
        method=str(item.method),
        new_image=str(item.new_image or ""),
        note=item.note,
    )

"""One step of every open campaign: look at what runs, make what is due, tell owners, close what is over.

1. What happened since: new images that owners made themselves, containers that have moved, exclusions that
   ended.
2. What waited for a base is planned again.
3. The next wave begins when the one before has nothing left to make, and its days are over. When more than
   one in five of the first wave fails, the campaign pauses by itself.
4. Items of waves that have begun are made: a rebase on its proof, else a patch, else their owners are asked.
5. Each team is told once what and why, reminded once at each stage, and once more when the goal has passed.
6. A campaign whose items are all gone or excluded is closed: by what runs, so never without an agent's
   report.

Every step begins from records, so it may be done twice, or stop anywhere.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM
from lading.campaigns.campaign import (
    DONE,
    Campaign,
    CampaignState,
    Item,
    ItemState,
    Method,
    Stage,
)
from lading.foundation.errors import LadingError
from lading.lineage.proof import Allowances
from lading.oci.digest import Digest
from lading.ports.records.campaigns import Notice
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import BoundRights, Caller
from lading.workflows.campaigns import iter_items
from lading.workflows.patch_image import PatchPorts, PatchRequest, patch_image
from lading.workflows.plan_campaign import plan_items
from lading.workflows.rebase_image import RebaseRequest, rebase_image

MOST_MADE = 200  # images in one step of one campaign
_CANARIES_THAT_MAY_FAIL = 0.2
_FRESH = timedelta(days=1)  # a report of an agent that still says what runs

AskForRebuild = Callable[[Campaign, Item], str]
"""Ask a pipeline to build an image again; returns what it was asked, empty where there is none to ask."""


@dataclass(frozen=True, slots=True)
class CampaignPorts:
    """What campaigns need."""

    patching: PatchPorts
    ask_for_rebuild: AskForRebuild

    @property
    def records(self) -> Records:
        """Where all of it is kept."""
        return self.patching.rebasing.signing.push.records


def step_campaigns(ports: CampaignPorts, now: datetime) -> int:
    """Do one step of each open campaign; return how many were looked at."""
    with ports.records.read() as kept:
        campaigns = [each for each in kept.campaigns.campaigns() if each.state is not CampaignState.CLOSED]
    for campaign in campaigns:
        step_campaign(ports, campaign, now)
    return len(campaigns)


def step_campaign(ports: CampaignPorts, campaign: Campaign, now: datetime) -> Campaign:
    """Do one step, by the numbered steps above."""
    caller = Caller(SYSTEM, BoundRights(NO_BINDINGS))
    with ports.records.read() as kept:
        items = {(item.repository, item.image): item for item in iter_items(kept, campaign.id)}
        # Step 1.
        watched = _Watched.of(kept, now)
        changed = {key: _observed(kept, watched, item, now) for key, item in items.items()}
    # Step 2.
    changed = _planned_again(ports, campaign, changed)
    if campaign.state is CampaignState.OPEN:
        # Step 3.
        campaign = _next_wave(campaign, list(changed.values()), now)
        # Step 4.
        due = [
            item
            for item in changed.values()
            if item.wave <= campaign.wave
            and item.state is ItemState.PLANNED
            and item.method is not Method.WAIT
        ]
        for item in sorted(due, key=lambda item: (item.wave, item.repository))[:MOST_MADE]:
            changed[item.repository, item.image] = _made(ports, campaign, item, caller, now)
        if campaign.state is CampaignState.OPEN and campaign.wave == 0:
            campaign = _stopped_by_canaries(campaign, list(changed.values()))
    # Steps 5 and 6.
    return _keep(ports.records, caller, campaign, before=items, after=changed, watched=watched, now=now)


@dataclass(frozen=True, slots=True)
class _Watched:
    """What runs, and whether anybody says so."""

    running: "Counter[Digest]"
    reported: bool

    @classmethod
    def of(cls, kept: RecordSet, now: datetime) -> "_Watched":
        hosts = kept.inventory.hosts().items
        return cls(
            Counter(kept.lineage.running_counts()), any(now - host.last_seen_at < _FRESH for host in hosts)
        )


def _observed(kept: RecordSet, watched: _Watched, item: Item, now: datetime) -> Item:
    """Step 1."""
    containers = sum(watched.running[manifest] for manifest in item.manifests)
    item = replace(item, containers=containers) if containers != item.containers else item
    if item.state is ItemState.EXCLUDED and item.until is not None and item.until <= now.date():
        item = replace(item, state=ItemState.PLANNED, note="its exclusion ended", until=None, changed_at=now)
    if item.state in (ItemState.PLANNED, ItemState.ASKED, ItemState.FAILED):
        item = _made_by_others(kept, item, now)
    if item.state is ItemState.MADE and not containers and watched.reported:
        return replace(item, state=ItemState.GONE, changed_at=now, gone_at=now)
    return item


def _made_by_others(kept: RecordSet, item: Item, now: datetime) -> Item:
    """A tag of the image that points elsewhere now was moved by its owners: that is the new image."""
    for tag in item.tags:
        standing = kept.registry.tag(item.repository, tag)
        if standing is not None and standing.digest != item.image:
            note = f"{standing.moved_by} moved the tag {tag}"
            return replace(
                item, state=ItemState.MADE, new_image=standing.digest, new_tag=tag, note=note, changed_at=now
            )
    return item


def _planned_again(
    ports: CampaignPorts, campaign: Campaign, items: dict[tuple[str, Digest], Item]
) -> dict[tuple[str, Digest], Item]:
    """Step 2."""
    if not any(item.method is Method.WAIT and item.state is ItemState.PLANNED for item in items.values()):
        return items
    fresh = {
        (item.repository, item.image): item
        for item in plan_items(ports.records, ports.patching.mirror, campaign)
    }
    result = dict(items)
    for key, item in items.items():
        again = fresh.get(key)
        if item.method is Method.WAIT and item.state is ItemState.PLANNED and again is not None:
            result[key] = replace(item, method=again.method, why=again.why, onto=again.onto)
    return result


def _next_wave(campaign: Campaign, items: Iterable[Item], now: datetime) -> Campaign:
    """Step 3."""
    listed = list(items)
    last = max((item.wave for item in listed), default=0)
    if campaign.wave >= last:
        return campaign
    if campaign.wave >= 0:
        open_ = [
            item
            for item in listed
            if item.wave <= campaign.wave
            and item.state is ItemState.PLANNED
            and item.method is not Method.WAIT
        ]
        begun = campaign.wave_begun_at or campaign.opened_at
        if open_ or now - begun < timedelta(days=campaign.wave_days):
            return campaign
    return replace(campaign, wave=campaign.wave + 1, wave_begun_at=now)


def _stopped_by_canaries(campaign: Campaign, items: Iterable[Item]) -> Campaign:
    first = [item for item in items if item.wave == 0 and item.state is not ItemState.PLANNED]
    failed = [item for item in first if item.state is ItemState.FAILED]
    if first and len(failed) / len(first) > _CANARIES_THAT_MAY_FAIL:
        why = f"{len(failed)} of {len(first)} in the first wave failed: {failed[0].note}"
        return replace(campaign, state=CampaignState.PAUSED, paused_because=why)
    return campaign


def _made(ports: CampaignPorts, campaign: Campaign, item: Item, caller: Caller, now: datetime) -> Item:
    """Step 4. What one method refuses, the next one tries; in the end the owners are asked."""
    said: list[str] = []
    try:
        if item.method is Method.RETIRE:
            return replace(
                item, state=ItemState.MADE, note="it is to be deleted; nothing uses it", changed_at=now
            )
        if item.method is Method.REBASE and campaign.automatic:
            done = _rebase(ports, campaign, item, caller, now)
            if isinstance(done, Item):
                return done
            said.append(f"a rebase is refused: {done}")
        if item.method in (Method.PATCH, Method.REBASE) and campaign.automatic and campaign.flaw:
            done = _patch(ports, campaign, item, caller, now)
            if isinstance(done, Item):
                return done
            said.append(f"a patch is refused: {done}")
        asked = ports.ask_for_rebuild(campaign, item)
    except LadingError as error:
        return replace(
            item, state=ItemState.FAILED, note="; ".join([*said, str(error)])[:2_000], changed_at=now
        )
    said.append(asked or "its owners are asked to build it again")
    method = Method.REBUILD if campaign.automatic else item.method
    return replace(item, method=method, state=ItemState.ASKED, note="; ".join(said)[:2_000], changed_at=now)


def _rebase(
    ports: CampaignPorts, campaign: Campaign, item: Item, caller: Caller, now: datetime
) -> "Item | str":
    repository, separator, reference = item.onto.partition("@")
    if not separator:
        repository, _, reference = item.onto.rpartition(":")
    request = RebaseRequest(
        item.repository,
        str(item.image),
        repository,
        reference,
        allow=Allowances(),
        reason=f"campaign {campaign.id}: {campaign.title}",
    )
    done = rebase_image(ports.patching.rebasing, caller, request, now)
    if done.digest is None:
        return _first_reason(
            remark.reason for proof in done.proofs for remark in proof.remarks if remark.weight != "note"
        )
    note = f"rebased onto {item.onto}: {done.verdict}"
    return replace(
        item, state=ItemState.MADE, new_image=done.digest, new_tag=done.tag, note=note, changed_at=now
    )


def _patch(
    ports: CampaignPorts, campaign: Campaign, item: Item, caller: Caller, now: datetime
) -> "Item | str":
    request = PatchRequest(
        item.repository, str(item.image), reason=f"campaign {campaign.id}: {campaign.title}"
    )
    done = patch_image(ports.patching, caller, request, now)
    if done.digest is None:
        return _first_reason(
            remark.reason
            for _, patch in done.platforms
            for remark in patch.remarks
            if remark.weight != "note"
        )
    upgraded = sorted({f"{name} {after}" for _, patch in done.platforms for name, _, after in patch.upgraded})
    note = f"patched with {', '.join(upgraded[:5])}"
    return replace(
        item,
        method=Method.PATCH,
        state=ItemState.MADE,
        new_image=done.digest,
        new_tag=done.tag,
        note=note,
        changed_at=now,
    )


def _first_reason(reasons: Iterable[str]) -> str:
    listed = list(reasons)
    return (
        f"{listed[0]}{f' (and {len(listed) - 1} more)' if len(listed) > 1 else ''}" if listed else "no reason"
    )


def _keep(
    records: Records,
    caller: Caller,
    campaign: Campaign,
    *,
    before: dict[tuple[str, Digest], Item],
    after: dict[tuple[str, Digest], Item],
    watched: _Watched,
    now: datetime,
) -> Campaign:
    """Steps 5 and 6, with all that changed, in one transaction."""
    changed = [item for key, item in after.items() if item != before[key]]
    over = bool(after) and all(item.state in DONE for item in after.values())
    if over and watched.reported:
        campaign = replace(campaign, state=CampaignState.CLOSED, closed_at=now)
    with records.write() as kept:
        kept.campaigns.save_items(campaign.id, changed)
        if kept.campaigns.campaign(campaign.id) != campaign:
            kept.campaigns.save_campaign(campaign)
        for notice in _notices(campaign, list(after.values()), now):
            if kept.campaigns.add_notice(notice):
                kept.audit.append(
                    caller.did(
                        "campaign.notice",
                        campaign.id,
                        now,
                        team=notice.team,
                        kind=notice.kind,
                        text=notice.text,
                    )
                )
        for item in changed:
            if item.state is not before[item.repository, item.image].state:
                kept.audit.append(
                    caller.did(
                        f"campaign.{item.state}",
                        f"{item.repository}@{item.image}",
                        now,
                        campaign=campaign.id,
                        method=str(item.method),
                        new_image=str(item.new_image or ""),
                        note=item.note,
                    )
                )
        if campaign.state is CampaignState.CLOSED:
            kept.audit.append(
                caller.did("campaign.close", campaign.id, now, reason="nothing old runs any more")
            )
    return campaign


def _notices(campaign: Campaign, items: list[Item], now: datetime) -> Iterable[Notice]:
    """Step 5: of each kind one for each team, however often this is done."""
    if campaign.state is CampaignState.PAUSED:
        return
    teams: dict[str, list[Item]] = {}
    for item in items:
        teams.setdefault(item.team, []).append(item)
    about = campaign.flaw or campaign.base.partition("@")[0]
    stage = campaign.deadlines.stage(now.date())
    for team, own in sorted(teams.items()):
        left = [item for item in own if item.state not in DONE]
        methods = Counter(str(item.method) for item in own)
        plan = ", ".join(f"{number} {method}" for method, number in sorted(methods.items()))
        why = f" {campaign.reason}" if campaign.reason else ""
        yield Notice(campaign.id, team, "opened", f"{_images(len(own))} to leave {about}: {plan}.{why}", now)
        if left and stage is not Stage.FREE:
            yield Notice(
                campaign.id, team, f"reminder-{stage}", f"{_images(len(left))} left, and now: {stage}", now
            )
        if left and now > campaign.goal:
            yield Notice(campaign.id, team, "escalated", f"{_images(len(left))} left after the goal", now)


def _images(number: int) -> str:
    return "1 image is" if number == 1 else f"{number} images are"

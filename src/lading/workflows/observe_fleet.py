"""What has become of the images of a campaign since the last look: step 1 of ``step_campaigns``.

1. An exclusion that has ended puts an image back to where it was planned.
2. A tag that points elsewhere now was moved by the image's owners: that is the new image, where it was looked
   into and does not have what the campaign leaves. Where it has, the owners are told so.
3. An image whose new one is there, and that nothing runs, is gone, where an agent says what runs.
   One that is started again is not.
4. An image whose new one ran, and of which only the old one runs now, was rolled back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lading.campaigns.campaign import Campaign, Item, ItemState
from lading.oci.digest import Digest
from lading.ports.records.matches import MatchStatus
from lading.ports.records.page import MAX_LIMIT
from lading.ports.records.record_set import RecordSet
from lading.workflows.make_item import MAX_NOTE
from lading.workflows.show_lineage import platforms_of
from lading.workflows.who_has import all_names

FRESH = timedelta(days=1)  # a report of an agent that still says what runs


@dataclass(frozen=True, slots=True)
class Watched:
    """What runs, whether anybody says so, and what the campaign leaves."""

    running: Mapping[Digest, int]
    reported: bool
    flaws: frozenset[str]  # all names of the flaw
    left: frozenset[Digest]  # chains of layers of the base

    @classmethod
    def of(cls, kept: RecordSet, campaign: Campaign, now: datetime) -> "Watched":
        """As it is now."""
        hosts = kept.inventory.hosts(limit=MAX_LIMIT).items
        repository, _, digest = campaign.base.partition("@")
        tops = (
            placed.top
            for manifest in (platforms_of(kept, repository, Digest.parse(digest)) if digest else ())
            if (placed := kept.lineage.placed(manifest)) is not None
        )
        return cls(
            kept.lineage.running_counts(),
            any(now - host.last_seen_at < FRESH for host in hosts),
            frozenset(all_names(kept, (campaign.flaw,))[0]) if campaign.flaw else frozenset(),
            frozenset(top for top in tops if top is not None),
        )

    def containers(self, kept: RecordSet, manifests: tuple[Digest, ...]) -> int:
        """How many containers run any of these; one whose engine knows only an index is counted once."""
        known = [manifest for manifest in manifests if manifest in self.running]
        if len(known) < 2:
            return sum(self.running[manifest] for manifest in known)
        runs = kept.inventory.running_from(known)
        return len({(each.host, each.id) for found in runs.values() for each in found})


def observe(kept: RecordSet, watched: Watched, item: Item, now: datetime) -> Item:
    """Look at one image, by the numbered rules."""
    before = item
    item = replace(
        item,
        containers=watched.containers(kept, item.manifests),
        new_containers=watched.containers(kept, item.new_manifests),
    )
    if item.state is ItemState.EXCLUDED and item.until is not None and item.until <= now.date():
        return replace(item, state=ItemState.PLANNED, note="its exclusion ended", until=None, changed_at=now)
    if item.state in (ItemState.PLANNED, ItemState.ASKED, ItemState.FAILED):
        item = _made_by_owners(kept, watched, item, now)
    if item.state is ItemState.GONE and item.containers:
        note = f"it runs again, in {item.containers} containers"
        return replace(item, state=ItemState.MADE, note=note, changed_at=now, gone_at=None)
    if item.state is ItemState.FAILED and item.new_containers:
        item = replace(item, state=ItemState.MADE, note="its new image runs", changed_at=now)
    if item.state is not ItemState.MADE:
        return item
    if before.new_containers and not item.new_containers and item.containers:
        note = f"rolled back: only the old image runs, in {item.containers} containers"
        return replace(item, state=ItemState.FAILED, note=note, changed_at=now)
    if not item.containers and watched.reported:
        return replace(item, state=ItemState.GONE, changed_at=now, gone_at=now)
    return item


def _made_by_owners(kept: RecordSet, watched: Watched, item: Item, now: datetime) -> Item:
    """Rule 2."""
    for tag in item.tags:
        standing = kept.registry.tag(item.repository, tag)
        if standing is None or standing.digest in (item.image, item.new_image):
            continue
        manifests = tuple(platforms_of(kept, item.repository, standing.digest))
        if standing.digest in item.manifests or any(kept.lineage.placed(each) is None for each in manifests):
            continue  # a tag of one platform; or not looked into yet, which takes a moment
        moved = f"{standing.moved_by} moved the tag {tag}"
        wrong = what_is_left(kept, watched, manifests)
        if wrong:
            note = f"{moved} to an image that {wrong}"
            return item if item.note == note else replace(item, note=note, changed_at=now)
        return replace(
            item,
            state=ItemState.MADE,
            new_image=standing.digest,
            new_manifests=manifests,
            new_tag=tag,
            note=f"{moved}; {item.note}"[:MAX_NOTE] if item.note else moved,
            changed_at=now,
        )
    return item


def what_is_left(kept: RecordSet, watched: Watched, manifests: tuple[Digest, ...]) -> str:
    """Say in what way an image still is what the campaign leaves; empty where it is not."""
    for manifest in manifests:
        placed = kept.lineage.placed(manifest)
        if placed is not None and watched.left & set(placed.chains):
            return "still stands on the old base"
        if not watched.flaws:
            continue
        after = ""
        while True:
            page = kept.matches.image_findings(manifest, after=after, limit=MAX_LIMIT)
            for finding in page.items:
                if finding.match.flaw in watched.flaws and finding.match.status is MatchStatus.AFFECTED:
                    package = finding.installed.package
                    return f"still has {package.name} {package.version}"
            after = page.next
            if not after:
                break
    return ""

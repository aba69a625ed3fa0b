"""What gates are told of an image's base and of the campaigns that it is in.

1. The base is the nearest image that stands below it by its layers; what it says of itself is only believed
   where no such image is here.
2. What it says is refuted where it names an image that is here and its layers do not begin with that one's.
3. How the base stands is for the catalogue to say; where that is empty, for the patterns of the settings.
4. An image that an open campaign replaces carries the stage of the campaign, also when nothing runs it any
   more, so that it does not come back; one that is excluded does not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time

from lading.campaigns.campaign import ItemState
from lading.lineage.catalogue import BaseState, standing_of
from lading.lineage.placement import Declared, Lineage
from lading.oci.digest import Digest
from lading.policy.evidence import BaseFacts, CampaignFact, Proof
from lading.ports.records.record_set import RecordSet
from lading.ports.records.registry import Place
from lading.workflows.show_lineage import find_lineage


def base_facts(
    kept: RecordSet, registry: str, manifests: Sequence[Digest], said: BaseFacts, now: datetime
) -> BaseFacts:
    """Steps 1 to 3, for the images of one index; the base that stands worst speaks for all."""
    found = [_of_one(kept, registry, manifest, said, now) for manifest in manifests]
    order = (Proof.REJECTED, Proof.UNDETERMINED, Proof.VERIFIED)
    return min(found, key=lambda facts: order.index(facts.approved), default=said)


def campaign_facts(kept: RecordSet, images: Iterable[Digest], now: datetime) -> tuple[CampaignFact, ...]:
    """Step 4."""
    found: dict[str, CampaignFact] = {}
    for items in kept.campaigns.items_of_image(images).values():
        for one in items:
            campaign = kept.campaigns.campaign(one.campaign)
            # What is gone stays refused as long as the campaign lasts: else it could come back.
            if campaign is None or one.item.state is ItemState.EXCLUDED:
                continue
            found[campaign.id] = CampaignFact(
                id=campaign.id,
                title=campaign.title,
                stage=str(campaign.deadlines.stage(now.date())),
                instead=f"{one.item.repository}:{one.item.new_tag}" if one.item.new_tag else "",
            )
    return tuple(found[key] for key in sorted(found))


def _of_one(kept: RecordSet, registry: str, manifest: Digest, said: BaseFacts, now: datetime) -> BaseFacts:
    placed = kept.lineage.placed(manifest)
    if placed is None:
        return said
    lineage, _ = find_lineage(kept, placed)
    if lineage.base is None:
        if lineage.declared is Declared.FALSE:
            reason = f"it says that it was built on {said.reference or said.digest}, and it is not below"
            return replace(said, approved=Proof.REJECTED, reason=reason)
        return said
    names = _names(kept, lineage)
    repository, tags, digest = names[-1]
    facts = BaseFacts(
        reference=f"{registry}/{repository}{f':{tags[0]}' if tags else ''}",
        digest=str(digest),
        pinned=said.pinned,
        by_layers=True,
        chain=tuple(f"{registry}/{name}{f':{listed[0]}' if listed else ''}" for name, listed, _ in names),
    )
    entries = kept.lineage.catalogue()
    if not entries:
        return facts
    standing = standing_of(repository, tags, entries, now.date())
    entry = standing.entry
    allowed = standing.state in {BaseState.APPROVED, BaseState.DEPRECATED}
    leave = entry.deprecated_on if entry is not None else None
    return replace(
        facts,
        approved=Proof.VERIFIED if allowed else Proof.REJECTED,
        reason="" if allowed else standing.reason,
        state=str(standing.state or ""),
        leave_by=datetime.combine(leave, time(), UTC) if leave is not None else None,
        successor=entry.successor if entry is not None else "",
    )


def _names(kept: RecordSet, lineage: Lineage) -> list[tuple[str, tuple[str, ...], Digest]]:
    """Repository, tags and digest of each level below the image, the lowest first."""
    below = lineage.levels[:-1]
    places = kept.registry.places_of(digest for level in below for digest in level.images)
    names: list[tuple[str, tuple[str, ...], Digest]] = []
    for level in below:
        listed: list[tuple[Digest, Place]] = [
            (digest, place) for digest in level.images for place in places.get(digest, ())
        ]
        chosen = next((one for one in listed if one[1].tags), listed[0] if listed else None)
        if chosen is not None:
            names.append((chosen[1].repository, chosen[1].tags, chosen[0]))
    return names or [("", (), below[-1].images[0])]

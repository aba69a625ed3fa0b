"""Make the new image of one item of a campaign: what one method refuses, the next one tries.

1. An image that nothing needs any more is left to retention: nothing is made.
2. What was made before, by this campaign before it was stopped or by anybody, is taken and not made again.
3. A rebase on its proof; where that is refused a patch; where that is refused, its owners are asked.
4. What breaks off is a failure, with the reason: it is not asked from owners what a machine could not do.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from lading.campaigns.campaign import Campaign, Item, ItemState, Method
from lading.foundation.errors import LadingError
from lading.oci.digest import Digest
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller
from lading.workflows.ask_for_rebuild import AskForRebuild
from lading.workflows.patch_image import PatchPorts, PatchRequest, patch_image
from lading.workflows.rebase_image import RebaseRequest, rebase_image
from lading.workflows.show_image import find_image
from lading.workflows.show_lineage import platforms_of

MAX_NOTE = 2_000  # characters


@dataclass(frozen=True, slots=True)
class CampaignPorts:
    """What campaigns need. ``new_id`` gives fresh short ids, ``clock`` aware instants in UTC."""

    patching: PatchPorts
    ask_for_rebuild: AskForRebuild
    new_id: Callable[[], str]
    clock: Callable[[], datetime]

    @property
    def records(self) -> Records:
        """Where all of it is kept."""
        return self.patching.rebasing.signing.push.records


@dataclass(frozen=True, slots=True)
class _Made:
    image: Digest
    tag: str
    method: Method
    note: str


def make_item(ports: CampaignPorts, campaign: Campaign, item: Item, caller: Caller) -> Item:
    """Do what is due, by the numbered rules; the item as it stands then."""
    now, said = ports.clock(), list[str]()
    try:
        if item.method is Method.RETIRE:
            return replace(item, state=ItemState.MADE, note=item.why, changed_at=now)
        for attempt in (_already, _rebase, _patch) if campaign.automatic else ():
            done = attempt(ports, campaign, item, caller, now)
            if isinstance(done, _Made):
                return _with(ports, item, done, now)
            said += [done] if done else []
        asked = ports.ask_for_rebuild(campaign, item)
    except LadingError as error:
        note = "; ".join([*said, str(error)])[:MAX_NOTE]
        return replace(item, state=ItemState.FAILED, note=note, changed_at=now)
    said.append(asked or "its owners are asked to build it again")
    method = Method.REBUILD if campaign.automatic else item.method
    return replace(
        item, method=method, state=ItemState.ASKED, note="; ".join(said)[:MAX_NOTE], changed_at=now
    )


def _with(ports: CampaignPorts, item: Item, made: _Made, now: datetime) -> Item:
    with ports.records.read() as kept:
        manifests = tuple(platforms_of(kept, item.repository, made.image))
    return replace(
        item,
        method=made.method,
        state=ItemState.MADE,
        new_image=made.image,
        new_manifests=manifests,
        new_tag=made.tag,
        note=made.note[:MAX_NOTE],
        changed_at=now,
    )


def _already(
    ports: CampaignPorts, _campaign: Campaign, item: Item, caller: Caller, _now: datetime
) -> "_Made | str":
    """Rule 2: what was put on just this base, and is still under its tag."""
    if item.method is not Method.REBASE:
        return ""
    onto_repository, onto = _named(item.onto)
    base = find_image(ports.records, caller, onto_repository, onto)
    with ports.records.read() as kept:
        for made in kept.campaigns.derived_from(item.repository, item.image):
            standing = kept.registry.tag(item.repository, made.tag) if made.tag else None
            if made.onto == f"{onto_repository}@{base}" and standing and standing.digest == made.image:
                note = f"rebased onto {item.onto} by {made.by}: {made.verdict}"
                return _Made(made.image, made.tag, Method.REBASE, note)
    return ""


def _rebase(
    ports: CampaignPorts, campaign: Campaign, item: Item, caller: Caller, now: datetime
) -> "_Made | str":
    if item.method is not Method.REBASE:
        return ""
    repository, reference = _named(item.onto)
    request = RebaseRequest(item.repository, str(item.image), repository, reference, reason=_reason(campaign))
    done = rebase_image(ports.patching.rebasing, caller, request, now)
    if done.digest is not None:
        return _Made(done.digest, done.tag, Method.REBASE, f"rebased onto {item.onto}: {done.verdict}")
    remarks = (remark for proof in done.proofs for remark in proof.remarks if remark.weight != "note")
    reasons = (f"{one.path}: {one.reason}" if one.path else one.reason for one in remarks)
    return f"a rebase is refused: {_first(reasons)}"


def _patch(
    ports: CampaignPorts, campaign: Campaign, item: Item, caller: Caller, now: datetime
) -> "_Made | str":
    if item.method not in (Method.PATCH, Method.REBASE) or not campaign.flaw:
        return ""
    request = PatchRequest(item.repository, str(item.image), reason=_reason(campaign))
    done = patch_image(ports.patching, caller, request, now)
    if done.digest is not None:
        upgraded = sorted(
            {f"{name} {after}" for _, each in done.platforms for name, _, after in each.upgraded}
        )
        return _Made(done.digest, done.tag, Method.PATCH, f"patched with {', '.join(upgraded[:5])}")
    remarks = (remark for _, each in done.platforms for remark in each.remarks if remark.weight != "note")
    return f"a patch is refused: {_first(one.reason for one in remarks)}"


def _reason(campaign: Campaign) -> str:
    return f"campaign {campaign.id}: {campaign.title}"


def _named(onto: str) -> tuple[str, str]:
    """Repository and tag or digest."""
    repository, separator, digest = onto.partition("@")
    if separator:
        return repository, digest
    repository, _, tag = onto.rpartition(":")
    return repository, tag


def _first(reasons: Iterable[str]) -> str:
    listed = list(reasons)
    if not listed:
        return "no reason"
    return f"{listed[0]}{f' (and {len(listed) - 1} more)' if len(listed) > 1 else ''}"

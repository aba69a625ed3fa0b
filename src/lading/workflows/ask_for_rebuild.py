"""Ask for an image to be built again on the base that it is to stand on.

1. Where its Dockerfile is known and a base is to be moved to, the change of the FROM line is proposed there,
   with the base's digest, the reason and the difference, for its owners to merge.
2. What cannot be changed there (a FROM put together from parts) is said, and the pipeline is asked.
3. A pipeline is triggered by one signed request. Its id is the same for the same image of a campaign, so a
   receiver builds once.
4. Where there is neither, owners are asked by what they are told of the campaign.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lading.access.repository_pattern import RepositoryPattern
from lading.campaigns.campaign import Campaign, Item
from lading.campaigns.sources import SourcePlace, place_of, proposal_of
from lading.dockerfile.move_base import move_base
from lading.foundation.errors import Conflict, Malformed
from lading.ports.rebuilds import Pipeline, SourceForge
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller
from lading.workflows.show_image import find_image

AskForRebuild = Callable[[Campaign, Item], str]
"""Ask; returns what was asked, empty where there is nobody to ask. Raises Upstream where it is not taken."""


@dataclass(frozen=True, slots=True)
class RebuildPorts:
    """Who is asked, and where Dockerfiles are, by patterns of repositories."""

    records: Records
    forge: SourceForge
    pipeline: Pipeline
    sources: Mapping[RepositoryPattern, SourcePlace] = field(default_factory=dict)


def ask_for_rebuild(ports: RebuildPorts, caller: Caller, campaign: Campaign, item: Item) -> str:
    """Ask by the numbered rules."""
    said = ""
    place = place_of(item.repository, ports.sources)
    onto = pinned(ports.records, caller, item.onto)
    # Rule 1.
    if place is not None and onto:
        repository, _, reference = onto.partition(":")
        before = ports.forge.read(place)
        try:
            moved = move_base(before, place.path, repository, reference)
        except (Conflict, Malformed) as error:
            said = f"{error}; "  # rule 2
        else:
            url = ports.forge.propose(place, proposal_of(campaign, item, place, before, moved.content))
            return f"a merge request changes the base to {item.onto}: {url}"
    # Rule 3.
    if ports.pipeline.trigger(
        f"{campaign.id}-{item.repository}-{item.image.short}", _body(campaign, item, onto)
    ):
        return f"{said}the pipeline was asked to build it again{f' on {item.onto}' if item.onto else ''}"
    # Rule 4.
    return said.removesuffix("; ")


def pinned(records: Records, caller: Caller, onto: str) -> str:
    """``repository:tag@digest`` of a base; empty for none, and for one that is named by digest alone."""
    repository, colon, tag = onto.partition("@")[0].rpartition(":")
    if not colon:
        return ""
    return f"{onto.partition('@')[0]}@{find_image(records, caller, repository, tag)}"


def _body(campaign: Campaign, item: Item, onto: str) -> dict[str, object]:
    return {
        "campaign": campaign.id,
        "title": campaign.title,
        "reason": campaign.reason,
        "repository": item.repository,
        "image": str(item.image),
        "tags": list(item.tags),
        "base": item.onto,
        "base_digest": onto.partition("@")[2],
        "why": item.why,
        "team": item.team,
    }

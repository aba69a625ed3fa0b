"""`/api/v1/lineage`, `/api/v1/bases`: what images stand on, and what stands on them."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from lading.api import lineage as api
from lading.api.message import Listing
from lading.foundation.errors import Malformed
from lading.foundation.instants import rfc3339
from lading.lineage.catalogue import BaseState, CatalogueEntry
from lading.ports.records.registry import Place
from lading.server.management.asking import Asking, Services
from lading.server.management.image_lines import counts_message
from lading.server.management.images import Limit, Ref, own_reference
from lading.workflows.base_catalogue import ShownEntry, remove_entry, save_entry, show_catalogue
from lading.workflows.reach import (
    ShownReach,
    reach_of_base,
    reach_of_flaw,
    unknown_foundations,
    used_bases,
    users_of_base,
)
from lading.workflows.show_lineage import ShownLevel, ShownLineage, show_lineage

router = APIRouter(tags=["lineage"])


@router.get("/lineage")
def get_lineage(services: Services, caller: Asking, ref: Ref) -> api.LineageAnswer:
    """Show what an image was built on, level by level, found by its layers alone."""
    own = own_reference(services, ref)
    shown = show_lineage(services.records, caller, own.repository, own.tag_or_digest, services.clock())
    return api.LineageAnswer(images=[_lineage(each) for each in shown])


@router.get("/bases")
def get_bases(services: Services, caller: Asking, limit: Limit = 100) -> Listing[api.UsedBaseLine]:
    """List images that others stand on, the most used first."""
    found = used_bases(services.records, caller, limit=limit)
    return Listing(
        items=[
            api.UsedBaseLine(digest=str(one.manifest), users=one.users, places=_places(one.places))
            for one in found
        ]
    )


@router.get("/bases/unknown")
def get_unknown(services: Services, caller: Asking, limit: Limit = 100) -> Listing[api.FoundationLine]:
    """List groups of images that share layers which no image here is made of."""
    return Listing(
        items=[
            api.FoundationLine(
                chain=str(one.chain), layers=one.depth, images=one.images, example=str(one.example)
            )
            for one in unknown_foundations(services.records, caller, limit=limit)
        ]
    )


@router.get("/bases/users")
def get_users(
    services: Services, caller: Asking, ref: Ref, after: str = "", limit: Limit = 100
) -> Listing[api.BaseUserLine]:
    """List images that stand on a base, at any depth."""
    own = own_reference(services, ref)
    page = users_of_base(
        services.records, caller, own.repository, own.tag_or_digest, after=after, limit=limit
    )
    return Listing(
        items=[
            api.BaseUserLine(digest=str(one.manifest), platform=one.platform, places=_places(one.places))
            for one in page.items
        ],
        next=page.next,
    )


@router.get("/bases/reach")
def get_reach(
    services: Services,
    caller: Asking,
    ref: Annotated[str, Query(max_length=600, description="a base, repository[:tag][@digest]")] = "",
    flaw: Annotated[str, Query(max_length=200, description="a CVE or another name of a flaw")] = "",
) -> api.ReachAnswer:
    """Count what a base or a flaw reaches: images, running containers, repositories, teams."""
    if bool(ref) == bool(flaw):
        raise Malformed("request-invalid", "name either a base (ref) or a flaw")
    if flaw:
        return _reach(flaw, reach_of_flaw(services.records, caller, flaw))
    own = own_reference(services, ref)
    return _reach(str(own), reach_of_base(services.records, caller, own.repository, own.tag_or_digest))


@router.get("/bases/catalogue")
def get_catalogue(services: Services, caller: Asking) -> Listing[api.CatalogueLine]:
    """List the catalogue of bases, each with how it stands today."""
    shown = show_catalogue(services.records, caller, services.clock())
    return Listing(items=[_entry(each) for each in shown])


@router.put("/bases/catalogue")
def put_entry(services: Services, caller: Asking, body: api.CatalogueRequest) -> api.CatalogueRequest:
    """Put an entry into the catalogue, in place of the one for this repository and tag pattern."""
    if body.state not in set(BaseState):
        raise Malformed(
            "base-invalid", f"{body.state[:40]!r} is no state", hint=f"one of {', '.join(BaseState)}"
        )
    entry = CatalogueEntry(
        repository=body.repository,
        tags=body.tags,
        state=BaseState(body.state),
        purpose=body.purpose,
        contents=body.contents,
        tools=body.tools,
        owner=body.owner,
        supported_until=_date(body.supported_until, "supported_until"),
        deprecated_on=_date(body.deprecated_on, "deprecated_on"),
        variants=tuple(body.variants),
        successor=body.successor,
    )
    save_entry(services.records, caller, entry, services.clock())
    return body


@router.delete("/bases/catalogue")
def delete_entry(
    services: Services, caller: Asking, name: Annotated[str, Query(min_length=1, max_length=400)]
) -> None:
    """Take an entry out of the catalogue."""
    remove_entry(services.records, caller, name, services.clock())


def _lineage(shown: ShownLineage) -> api.LineageLine:
    guess = shown.guess
    return api.LineageLine(
        repository=shown.repository,
        digest=str(shown.manifest),
        platform=shown.platform,
        levels=[_level(level) for level in shown.levels],
        declared=str(shown.lineage.declared),
        declared_name=shown.declared_name,
        declared_digest=shown.declared_digest,
        guess=None
        if guess is None
        else api.GuessLine(
            digest=str(guess.manifest),
            likeness=str(guess.likeness),
            share=guess.share,
            reason=guess.reason,
            places=_places(shown.guess_places),
        ),
    )


def _level(level: ShownLevel) -> api.LevelLine:
    team = level.owner
    return api.LevelLine(
        kind=str(level.kind),
        digest=str(level.manifest),
        others=[str(other) for other in level.others],
        places=_places(level.places),
        bottom=level.bottom,
        top=level.top,
        created=level.created,
        owner=team.name if team else "",
        contact=team.contact if team else "",
        on_call=team.on_call if team else "",
        state=str(level.standing.state or ""),
        state_reason=level.standing.reason,
        findings=level.findings,
        packages=level.packages,
    )


def _reach(of: str, shown: ShownReach) -> api.ReachAnswer:
    return api.ReachAnswer(
        of=of,
        images=shown.images,
        containers=shown.containers,
        whole=shown.whole,
        teams=[
            api.TeamReachLine(
                team=one.team, repositories=one.repositories, images=one.images, containers=one.containers
            )
            for one in shown.teams
        ],
        repositories=[
            api.RepositoryReachLine(repository=one.repository, images=one.images, containers=one.containers)
            for one in shown.repositories
        ],
    )


def _entry(shown: ShownEntry) -> api.CatalogueLine:
    entry = shown.entry
    return api.CatalogueLine(
        name=entry.name,
        repository=entry.repository,
        tags=entry.tags,
        state=str(entry.state),
        state_now=str(shown.standing.state or ""),
        reason=shown.standing.reason,
        purpose=entry.purpose,
        contents=entry.contents,
        tools=entry.tools,
        owner=entry.owner,
        supported_until=str(entry.supported_until or ""),
        deprecated_on=str(entry.deprecated_on or ""),
        variants=list(entry.variants),
        successor=entry.successor,
        newest=str(shown.newest or ""),
        newest_tag=shown.newest_tag,
        pushed_at=rfc3339(shown.pushed_at) if shown.pushed_at else "",
        users=shown.users,
        counts=counts_message(shown.findings),
    )


def _places(places: Iterable[Place]) -> list[api.PlaceLine]:
    return [api.PlaceLine(repository=place.repository, tags=list(place.tags)) for place in places]


def _date(text: str, member: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Malformed(
            "base-invalid", f"{member}: {text[:40]!r} is not a date", hint="write YYYY-MM-DD"
        ) from error

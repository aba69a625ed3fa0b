"""`/api/v1/usage`, `/api/v1/quotas`: who keeps how much, and how much they may."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from lading.api import usage as api
from lading.api.message import Listing
from lading.foundation.instants import rfc3339
from lading.registry.quotas import Quota
from lading.server.management.asking import Asking, Services
from lading.workflows import storage_use

router = APIRouter(tags=["storage"])

Project = Annotated[str, Query(max_length=255)]
Most = Annotated[int, Query(ge=1, le=1000)]


@router.get("/usage")
def get_usage(services: Services, caller: Asking) -> Listing[api.UsageLine]:
    """List what each project keeps, the most bytes first."""
    return Listing(items=[_usage(used) for used in storage_use.list_usage(services.records, caller)])


@router.get("/usage/images")
def get_image_usage(
    services: Services, caller: Asking, project: Project = "", limit: Most = 100
) -> Listing[api.ImageUsageLine]:
    """List artifacts by what only they keep, the most bytes first; of one project, or of all."""
    found = storage_use.list_image_usage(services.records, caller, project=project, limit=limit)
    return Listing(
        items=[
            api.ImageUsageLine(
                repository=each.repository, digest=str(each.digest), listed=each.listed, alone=each.alone
            )
            for each in found
        ]
    )


@router.get("/usage/bases")
def get_base_usage(services: Services, caller: Asking, limit: Most = 20) -> Listing[api.BaseUsageLine]:
    """List the bases that most images stand on: what they weigh, and what sharing them saves."""
    found = storage_use.list_base_usage(services.records, caller, limit=limit)
    return Listing(
        items=[
            api.BaseUsageLine(
                name=each.name,
                digest=str(each.usage.base),
                images=each.usage.images,
                own=each.usage.own,
                added=each.usage.added,
                shared=each.usage.shared,
            )
            for each in found
        ]
    )


@router.put("/quotas")
def put_quota(services: Services, caller: Asking, project: Project, body: api.QuotaAsk) -> api.QuotaLine:
    """Give a project a quota. What is there stays; what is new must fit."""
    quota = storage_use.set_quota(
        services.records,
        caller,
        project,
        services.clock(),
        most_bytes=None if body.most_bytes < 0 else body.most_bytes,
        most_artifacts=None if body.most_artifacts < 0 else body.most_artifacts,
    )
    return _quota(quota)


@router.delete("/quotas", status_code=204, response_class=Response)
def delete_quota(services: Services, caller: Asking, project: Project) -> Response:
    """Take a quota away."""
    storage_use.remove_quota(services.records, caller, project, services.clock())
    return Response(status_code=204)


def _quota(quota: Quota) -> api.QuotaLine:
    return api.QuotaLine(
        project=quota.project,
        most_bytes=_limit(quota.most_bytes),
        most_artifacts=_limit(quota.most_artifacts),
        made_at=rfc3339(quota.made_at),
        made_by=quota.made_by,
    )


def _usage(used: storage_use.UsedProject) -> api.UsageLine:
    usage, quota = used.usage, used.quota
    return api.UsageLine(
        project=usage.project,
        repositories=usage.repositories,
        artifacts=usage.artifacts,
        logical=usage.logical,
        unique=usage.unique,
        alone=usage.alone,
        never_pulled=usage.never_pulled,
        most_bytes=_limit(quota.most_bytes if quota else None),
        most_artifacts=_limit(quota.most_artifacts if quota else None),
    )


def _limit(limit: int | None) -> int:
    return -1 if limit is None else limit

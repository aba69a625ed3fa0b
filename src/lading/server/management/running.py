"""`/api/v1/hosts`, `/api/v1/running`: what runs, and how it stands."""

from fastapi import APIRouter

from lading.access.ownership import Owned, owner_of
from lading.api import gates as api
from lading.api.message import Listing
from lading.foundation.instants import rfc3339
from lading.inventory.container import RunningContainer
from lading.ports.records.inventory import Host
from lading.server.management.asking import Asking, Services
from lading.server.management.gates import Id
from lading.server.management.images import Limit
from lading.workflows.list_running import RunningEntry, list_running
from lading.workflows.partial_deployments import PartialDeployment, partial_deployments
from lading.workflows.report_running import report_running
from lading.workflows.rights import load_ownership_rules, require_signed_in

router = APIRouter(tags=["running"])


@router.put("/hosts/{host}")
def put_host(services: Services, caller: Asking, host: Id, body: api.HostReport) -> api.ReportTaken:
    """Take an agent's report: the whole of what runs on its host now."""
    containers = [
        RunningContainer(
            host=host,
            engine=each.engine,
            id=each.id,
            name=each.name,
            image_reference=each.image_reference,
            image_id=each.image_id,
            manifest_digests=tuple(each.manifest_digests),
            started_at=each.started_at,
            labels=each.labels,
            privileged=each.privileged,
            user=each.user,
        )
        for each in body.containers
    ]
    report_running(services.records, caller, Host(host, body.agent, services.clock()), containers)
    return api.ReportTaken(host=host, containers=len(containers))


@router.get("/deployments")
def get_deployments(services: Services, caller: Asking) -> Listing[api.DeploymentLine]:
    """List tags that run in several digests, or not in the one that they point to, and what to go back to."""
    require_signed_in(caller)
    found = partial_deployments(services.records, caller, services.gate.sources.registries.ours)
    return Listing(items=[_deployment_line(one) for one in found])


@router.get("/running")
def get_running(
    services: Services, caller: Asking, host: str = "", after: str = "", limit: Limit = 100
) -> Listing[api.RunningLine]:
    """List running containers, each with how it stands to what the registry and the policy know now."""
    require_signed_in(caller)
    page = list_running(
        services.gate,
        caller,
        services.clock(),
        environment_of=services.environment_of_host,
        host=host,
        after=after,
        limit=limit,
    )
    rules = load_ownership_rules(services.records)
    items = []
    for entry in page.items:
        owner = owner_of(entry.image.repository, rules) if entry.image else None
        items.append(_line(entry, owner.team.name if isinstance(owner, Owned) else ""))
    return Listing(items=items, next=page.next)


def _line(entry: RunningEntry, owner: str) -> api.RunningLine:
    container = entry.seen.container
    return api.RunningLine(
        host=container.host,
        id=container.id,
        name=container.name,
        image_reference=container.image_reference,
        repository=entry.image.repository if entry.image else "",
        digest=str(entry.image.digest) if entry.image else "",
        environment=entry.environment,
        owner=owner,
        started_at=container.started_at,
        first_seen_at=rfc3339(entry.seen.first_seen_at),
        flags={str(remark.flag): remark.reason for remark in entry.standing},
    )


def _deployment_line(one: PartialDeployment) -> api.DeploymentLine:
    deployment, target = one.deployment, one.rollback
    return api.DeploymentLine(
        repository=deployment.repository,
        tag=deployment.tag,
        state=str(deployment.wholeness),
        now=str(deployment.now or ""),
        running=[
            api.DeployedDigest(
                digest=str(digest),
                current=digest == deployment.now,
                containers=[f"{each.host}/{each.name}" for each in those[:100]],
            )
            for digest, those in deployment.running
        ],
        rollback=str(target.digest) if target else "",
        rollback_here=target is not None and target.here,
        rollback_tested=target.tested if target else "",
    )

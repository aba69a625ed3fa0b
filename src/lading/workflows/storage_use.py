"""Who keeps how much; quotas, set by administrators and asked at every push."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lading.access.principal import PrincipalKind
from lading.access.verbs import Verb
from lading.foundation.errors import Malformed, NotFound
from lading.ports.records.page import DEFAULT_LIMIT
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.records.registry import Place
from lading.ports.records.usage import BaseUsage, ImageUsage, ProjectUsage
from lading.registry.caller import Caller
from lading.registry.quotas import Quota, check_project, check_quota
from lading.workflows.rights import require_on_installation


@dataclass(frozen=True, slots=True)
class UsedProject:
    """A project's sums, and its quota if it has one."""

    usage: ProjectUsage
    quota: Quota | None


@dataclass(frozen=True, slots=True)
class UsedBase:
    """A base, and where it stands: ``repository:tag``, or ``repository`` where it has no tag."""

    usage: BaseUsage
    name: str


def list_usage(records: Records, caller: Caller) -> tuple[UsedProject, ...]:
    """All projects that keep something or have a quota, the most bytes first."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.read() as kept:
        quotas = {quota.project: quota for quota in kept.usage.quotas()}
        names = sorted({*kept.usage.projects(), *quotas})
        found = [UsedProject(kept.usage.usage(name), quotas.get(name)) for name in names]
    return tuple(sorted(found, key=lambda each: (-each.usage.unique, each.usage.project)))


def list_image_usage(
    records: Records, caller: Caller, *, project: str = "", limit: int = DEFAULT_LIMIT
) -> tuple[ImageUsage, ...]:
    """Artifacts by what only they keep, the most bytes first."""
    require_on_installation(caller, Verb.ADMINISTER)
    if project:
        check_project(project)
    with records.read() as kept:
        return kept.usage.image_usage(project, limit=limit)


def list_base_usage(records: Records, caller: Caller, *, limit: int) -> tuple[UsedBase, ...]:
    """The bases that most images stand on: what they weigh, and how much room is saved by sharing them."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.read() as kept:
        used = kept.usage.base_usage(kept.lineage.bases(limit=limit))
        places = kept.registry.places_of(each.base for each in used)
    return tuple(UsedBase(each, _name(places.get(each.base, ()))) for each in used)


def set_quota(
    records: Records,
    caller: Caller,
    project: str,
    now: datetime,
    *,
    most_bytes: int | None,
    most_artifacts: int | None,
) -> Quota:
    """Give a project a quota. What is there stays, also when it is more."""
    require_on_installation(caller, Verb.ADMINISTER)
    if most_bytes is None and most_artifacts is None:
        raise Malformed("quota-empty", "a quota is about bytes or artifacts or both")
    quota = Quota(check_project(project), most_bytes, most_artifacts, now, str(caller.principal))
    with records.write() as kept:
        kept.usage.set_quota(quota)
        told = {"bytes": most_bytes, "artifacts": most_artifacts}
        kept.audit.append(caller.did("quota.set", project, now, **told))
    return quota


def remove_quota(records: Records, caller: Caller, project: str, now: datetime) -> None:
    """Take a quota away; raise NotFound ``quota-unknown``."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        if not kept.usage.remove_quota(project):
            raise NotFound("quota-unknown", f"the project {project[:255]!r} has no quota")
        kept.audit.append(caller.did("quota.remove", project, now))


def held_quotas(kept: RecordSet, caller: Caller, repository: str) -> tuple[Quota, ...]:
    """The quotas that a push has to fit into, held until the block ends: ask before anything is added.

    What the server itself attaches (bills of materials) counts, and is never refused.
    """
    return () if caller.principal.kind is PrincipalKind.SYSTEM else kept.usage.hold_quotas(repository)


def check_quotas(kept: RecordSet, quotas: tuple[Quota, ...], repository: str, *, small: bool) -> None:
    """Raise OverLimit ``quota-exceeded`` in the transaction that has just added something (rule 3).

    ``small`` says that it is an accessory, or a blob that may be of one: where a rule opens accessories they
    are let in.
    """
    if not quotas or (small and kept.rules.tag_rules().opening(repository)):
        return
    for quota in quotas:
        check_quota(quota, kept.usage.kept(quota.project))


def _name(places: Sequence[Place]) -> str:
    if not places:
        return ""
    first = min(places, key=lambda place: (not place.tags, place.repository))
    return f"{first.repository}:{min(first.tags)}" if first.tags else first.repository

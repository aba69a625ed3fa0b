"""What bringing content in from upstreams needs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM
from lading.foundation.errors import NotFound, Upstream
from lading.ports.blob_store import BlobStore
from lading.ports.records.record_set import Records
from lading.ports.remote_registry import Absent, OpenRemote, RemoteRegistry, Unanswered
from lading.registry.caller import BoundRights, Caller
from lading.registry.limits import RegistryLimits
from lading.registry.rate_limits import Quota
from lading.registry.upstreams import Caches, UpstreamRegistry
from lading.workflows.push_manifest import OnManifestPushed

SERVER = Caller(SYSTEM, BoundRights(NO_BINDINGS))


@dataclass(frozen=True, slots=True)
class CachePorts:
    """``new_id`` gives a fresh short id; ``sleep`` waits for seconds."""

    records: Records
    blobs: BlobStore
    open_remote: OpenRemote
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    sleep: Callable[[float], None]
    limits: RegistryLimits
    on_pushed: OnManifestPushed


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a repository comes from."""

    upstream: UpstreamRegistry
    repository: str  # here
    there: str  # its name at the upstream


def load_filled(records: Records) -> Caches:
    """All caches, with the repositories that mirrors fill: where nobody pushes."""
    with records.read() as kept:
        rules = kept.mirrors.mirrors()
        mirrored = tuple(
            (rule.repository_here(there), rule.name) for rule in rules for there in rule.repositories
        )
        return replace(kept.upstreams.caches(), mirrored=mirrored)


def origin_of(records: Records, repository: str) -> Origin | None:
    """Where a repository comes from; None for one that is no cache's."""
    with records.read() as kept:
        cache = kept.upstreams.caches().of(repository)
        upstream = kept.upstreams.upstream(cache.upstream) if cache is not None else None
    if cache is None or upstream is None:
        return None
    return Origin(upstream, repository, cache.repository_there(repository))


def note_answer(ports: CachePorts, name: str, remote: RemoteRegistry, answer: object) -> None:
    """Write down how an upstream answered: it counts for all servers."""
    failure = answer.why if isinstance(answer, Unanswered) else ""
    quota = remote.quota
    if isinstance(answer, Unanswered) and answer.until is not None:
        quota = Quota(held_until=answer.until)
    with ports.records.write() as kept:
        kept.upstreams.note_answer(name, ports.clock(), failure, quota)


def cannot_tell(origin: Origin, what: str, why: str, until: datetime | None, now: datetime) -> Upstream:
    """The error for what is not here, and may or may not be there."""
    details: dict[str, object] = {"upstream": origin.upstream.name}
    if until is not None and until > now:
        details["retry_after"] = int((until - now) / timedelta(seconds=1)) + 1
    return Upstream(
        "upstream-unanswered",
        f"{what} is not here, and whether the upstream {origin.upstream.name} has it cannot be told: {why}",
        hint="what was pulled before is still served; try again",
        details=details,
    )


def not_there(origin: Origin, code: str, what: str, absent: Absent) -> NotFound:
    """The error for what the upstream itself says that it has not."""
    said = f" ({absent.said})" if absent.said else ""
    return NotFound(code, f"the upstream {origin.upstream.name} has no {what}{said}")

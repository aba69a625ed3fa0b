"""Keeping what is stored: collections."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from lading.bootstrap.installation import Installation, clock, new_id
from lading.bootstrap.registry import registry_limits
from lading.foundation.errors import Malformed
from lading.ports.jobs import JobRunner, Jobs
from lading.workflows import collect_garbage
from lading.workflows.collect_garbage import CollectionAsked, CollectPorts
from lading.workflows.periodic_work import Periodic

_COLLECT_IN_TURN = "collect-in-turn"


def collect_ports(installation: Installation, jobs: Callable[[], Jobs]) -> CollectPorts:
    """What collecting needs."""
    settings = installation.settings
    if settings.keeping.grace_hours < 1 or settings.keeping.collect_hours < 0:
        raise Malformed("settings-invalid", "keeping.grace_hours must be at least 1, collect_hours 0 or more")
    uploads_kept = registry_limits(settings.registry).abandoned_upload
    asked = CollectionAsked(timedelta(hours=settings.keeping.grace_hours), uploads_kept)
    return CollectPorts(installation.records, installation.blobs, clock, jobs, asked)


def keeping_jobs(installation: Installation, jobs: Callable[[], Jobs]) -> Mapping[str, JobRunner]:
    """The jobs of keeping, by name."""
    ports = collect_ports(installation, jobs)

    def collect_in_turn(_arguments: Mapping[str, str]) -> None:
        collect_garbage.collect_in_turn(ports, run_id=new_id())

    def collect(arguments: Mapping[str, str]) -> None:
        collect_garbage.work_on_collection(ports, arguments)

    return {collect_garbage.JOB: collect, _COLLECT_IN_TURN: collect_in_turn}


def keeping_periodic(installation: Installation) -> tuple[Periodic, ...]:
    """What of it comes round by itself."""
    hours = installation.settings.keeping.collect_hours
    return (Periodic(_COLLECT_IN_TURN, every=timedelta(hours=hours)),) if hours else ()

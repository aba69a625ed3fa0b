"""Keeping what is stored: collections, retention, reading everything again, pulls."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM
from lading.adapters.registry_blobs import RegistryBlobs
from lading.adapters.ticker import Ticker
from lading.bootstrap.installation import Installation, clock, new_id
from lading.bootstrap.registry import registry_limits
from lading.foundation.errors import Malformed
from lading.ports.jobs import JobRunner, Jobs
from lading.ports.pull_log import PullLog
from lading.registry.caller import BoundRights, Caller
from lading.workflows import collect_garbage, retain, scrub_storage
from lading.workflows.collect_garbage import CollectionAsked, CollectPorts
from lading.workflows.note_pulls import note_pulls
from lading.workflows.periodic_work import Periodic
from lading.workflows.retain import RetainPorts
from lading.workflows.scrub_storage import ScrubPorts
from lading.workflows.set_aside import HealPorts

_COLLECT_IN_TURN = "collect-in-turn"
_RETAIN_IN_TURN = "retain-in-turn"
_SCRUB_IN_TURN = "scrub-in-turn"
_LOOK_WHETHER_TO_SCRUB = Periodic(
    _SCRUB_IN_TURN, every=timedelta(hours=1)
)  # a turn begins a pass when one is due
_PULLS_EVERY = 30.0  # seconds


def collect_ports(installation: Installation, jobs: Callable[[], Jobs]) -> CollectPorts:
    """What collecting needs."""
    settings = installation.settings
    keeping = settings.keeping
    if keeping.grace_hours < 1 or min(keeping.collect_hours, keeping.retain_hours) < 0:
        raise Malformed("settings-invalid", "keeping.grace_hours must be at least 1, the others 0 or more")
    uploads_kept = registry_limits(settings.registry).abandoned_upload
    asked = CollectionAsked(timedelta(hours=settings.keeping.grace_hours), uploads_kept)
    return CollectPorts(installation.records, installation.blobs, clock, jobs, asked)


def scrub_ports(installation: Installation, jobs: Callable[[], Jobs]) -> ScrubPorts:
    """What reading everything again needs."""
    keeping = installation.settings.keeping
    if min(keeping.scrub_days, keeping.scrub_mib) < 0:
        raise Malformed("settings-invalid", "keeping.scrub_days and keeping.scrub_mib must be 0 or more")
    elsewhere = None
    if keeping.heal_from:
        if not keeping.heal_from.startswith(("https://", "http://")):
            raise Malformed("settings-invalid", "keeping.heal_from must be http[s]://host[:port]")
        elsewhere = RegistryBlobs(keeping.heal_from, user=keeping.heal_user, password=keeping.heal_password)
    heal = HealPorts(installation.records, installation.blobs, clock, elsewhere)
    every = timedelta(days=keeping.scrub_days)
    return ScrubPorts(heal, jobs, time.sleep, rate=keeping.scrub_mib << 20, every=every)


def retain_ports(installation: Installation, jobs: Callable[[], Jobs]) -> RetainPorts:
    """What retention needs."""
    return RetainPorts(installation.records, clock, jobs)


def pull_writer(installation: Installation, pulls: PullLog) -> Ticker:
    """What writes pulls down now and then."""

    def write() -> None:
        note_pulls(installation.records, pulls, clock())

    def complain(error: Exception) -> None:
        structlog.get_logger("lading.pulls").error("pulls were not written down", said=str(error))

    return Ticker(write, seconds=_PULLS_EVERY, complain=complain)


def keeping_jobs(installation: Installation, jobs: Callable[[], Jobs]) -> Mapping[str, JobRunner]:
    """The jobs of keeping, by name."""
    ports = collect_ports(installation, jobs)

    def collect_in_turn(_arguments: Mapping[str, str]) -> None:
        collect_garbage.collect_in_turn(ports, run_id=new_id())

    def collect(arguments: Mapping[str, str]) -> None:
        collect_garbage.work_on_collection(ports, arguments)

    retaining = retain_ports(installation, jobs)

    def retain_in_turn(_arguments: Mapping[str, str]) -> None:
        caller = Caller(SYSTEM, BoundRights(NO_BINDINGS))
        retain.ask_for_retention(retaining, caller, clock(), run_id=new_id())

    def retain_some(arguments: Mapping[str, str]) -> None:
        retain.work_on_retention(retaining, arguments)

    scrubbing = scrub_ports(installation, jobs)

    def scrub_in_turn(_arguments: Mapping[str, str]) -> None:
        scrub_storage.scrub_in_turn(scrubbing, run_id=new_id())

    def scrub(arguments: Mapping[str, str]) -> None:
        scrub_storage.work_on_scrub(scrubbing, arguments)

    return {
        scrub_storage.JOB: scrub,
        _SCRUB_IN_TURN: scrub_in_turn,
        collect_garbage.JOB: collect,
        _COLLECT_IN_TURN: collect_in_turn,
        retain.JOB: retain_some,
        _RETAIN_IN_TURN: retain_in_turn,
    }


def keeping_periodic(installation: Installation) -> tuple[Periodic, ...]:
    """What of it comes round by itself."""
    keeping = installation.settings.keeping
    turns = ((_COLLECT_IN_TURN, keeping.collect_hours), (_RETAIN_IN_TURN, keeping.retain_hours))
    periodic = tuple(Periodic(job, every=timedelta(hours=hours)) for job, hours in turns if hours)
    return (*periodic, _LOOK_WHETHER_TO_SCRUB) if keeping.scrub_days else periodic

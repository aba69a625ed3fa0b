"""Curated mirrors of other registries."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from lading.bootstrap.gates import approval_rules, gate_ports, trust_policy
from lading.bootstrap.installation import Installation, clock
from lading.oci.digest import Digest
from lading.oci.manifest import ManifestOrIndex
from lading.ports.jobs import JobRunner, Jobs
from lading.registry.caller import Caller
from lading.workflows.cache_ports import CachePorts
from lading.workflows.gate_push import gate_push
from lading.workflows.hold_change import RUN_MIRROR, HoldPorts
from lading.workflows.periodic_work import Periodic
from lading.workflows.push_manifest import ManifestUpload, PushGate
from lading.workflows.run_mirrors import MirrorPorts, due_mirrors, run_mirror
from lading.workflows.trust_in_force import load_trust

_RUN_DUE = "run-due-mirrors"
MIRROR_PERIODIC = (Periodic(_RUN_DUE, every=timedelta(minutes=5)),)


def mirror_ports(installation: Installation, cache: CachePorts, jobs: Callable[[], Jobs]) -> MirrorPorts:
    """What mirroring needs."""
    shipped = trust_policy(installation)
    return MirrorPorts(
        cache=cache,
        hold=HoldPorts(cache, approval_rules(installation.settings.approvals), jobs),
        trust=lambda: load_trust(installation.records, shipped),
        gate=push_gate(installation),
    )


def push_gate(installation: Installation) -> PushGate | None:
    """What asks the policy before an image is taken in; None where the settings leave it out."""
    if not installation.settings.policy.gate_pushes:
        return None
    gate = gate_ports(installation)

    def ask_at_push(
        caller: Caller, upload: ManifestUpload, pushed: tuple[Digest, ManifestOrIndex], now: datetime
    ) -> None:
        gate_push(gate, caller, upload, pushed, now)

    return ask_at_push


def mirror_jobs(ports: MirrorPorts) -> Mapping[str, JobRunner]:
    """The jobs of mirroring, by name."""
    log = structlog.get_logger("lading.mirrors")

    def run_one(name: str) -> None:
        run = run_mirror(ports, name)
        if run is not None:
            log.info(
                "mirror run", mirror=name, looked=run.looked, brought=run.brought, failures=len(run.failures)
            )

    def run(arguments: Mapping[str, str]) -> None:
        run_one(arguments["mirror"])

    def run_due(_arguments: Mapping[str, str]) -> None:
        for name in due_mirrors(ports, clock()):
            run_one(name)

    return {RUN_MIRROR: run, _RUN_DUE: run_due}

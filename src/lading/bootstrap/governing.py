"""What watches over policies and excuses while nobody asks."""

from collections.abc import Mapping
from datetime import timedelta

from lading.bootstrap.gates import gate_ports
from lading.bootstrap.installation import Installation, clock
from lading.ports.jobs import JobRunner
from lading.workflows.periodic_work import Periodic
from lading.workflows.remind import HYGIENE, REMIND, remind, tell_hygiene
from lading.workflows.step_back_policy import JOB as STEP_BACK
from lading.workflows.step_back_policy import step_back_policy

GOVERNING_PERIODIC = (
    Periodic(STEP_BACK, every=timedelta(minutes=5)),
    Periodic(REMIND, every=timedelta(hours=1)),
    Periodic(HYGIENE, every=timedelta(days=7)),
)


def governing_jobs(installation: Installation) -> Mapping[str, JobRunner]:
    """The jobs of governing, by name."""
    ports = gate_ports(installation)

    def step_back(_arguments: Mapping[str, str]) -> None:
        step_back_policy(ports, clock())

    def remind_in_turn(_arguments: Mapping[str, str]) -> None:
        remind(ports, clock())

    def tell_in_turn(_arguments: Mapping[str, str]) -> None:
        tell_hygiene(ports, clock())

    return {STEP_BACK: step_back, REMIND: remind_in_turn, HYGIENE: tell_in_turn}

"""Take an agent's report of what runs on its host."""

from collections.abc import Sequence

from lading.access.verbs import Verb
from lading.foundation.errors import OverLimit
from lading.inventory.container import RunningContainer
from lading.ports.records.inventory import Host
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller
from lading.workflows.rights import require_on_installation

MAX_CONTAINERS = 20_000  # on one host


def report_running(
    records: Records, caller: Caller, host: Host, containers: Sequence[RunningContainer]
) -> None:
    """Keep the whole of what runs on one host now; what is not in it has stopped.

    Raises Forbidden for who may not report, OverLimit, and Malformed for a container of another host.
    """
    require_on_installation(caller, Verb.REPORT_RUNTIME)
    if len(containers) > MAX_CONTAINERS:
        raise OverLimit(
            "report-too-large",
            f"a host reports at most {MAX_CONTAINERS} containers",
            details={"limit": MAX_CONTAINERS},
        )
    with records.write() as kept:
        kept.inventory.report(host, containers)

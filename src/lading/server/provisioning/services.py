"""What provisioning works with."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime

from lading.access.directory import GroupRules
from lading.ports.records.record_set import Records


@dataclass(frozen=True, slots=True)
class ProvisioningServices:
    """``directories`` are those that the settings name; ``executor`` runs what blocks."""

    records: Records
    directories: Mapping[str, GroupRules]
    address: str  # URL of this installation
    clock: Callable[[], datetime]  # aware, UTC
    new_id: Callable[[], str]
    executor: Executor

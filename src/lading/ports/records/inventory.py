"""What runs where, as agents reported it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lading.inventory.container import RunningContainer
from lading.oci.digest import Digest
from lading.ports.records.page import DEFAULT_LIMIT, Page


@dataclass(frozen=True, slots=True)
class Host:
    """A machine with an agent on it."""

    name: str
    agent: str  # the agent's version
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class SeenContainer:
    """A container with its time in the inventory. ``ended_at`` is the first report without it."""

    container: RunningContainer
    first_seen_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None = None


class InventoryRecords(Protocol):
    """Hosts and containers."""

    def report(self, host: Host, containers: Iterable[RunningContainer]) -> None:
        """Everything that runs on the host now; what is not in it has ended.

        A report older than the host's newest one changes nothing. Raises Malformed ``report-invalid`` when
        a container names another host.
        """
        ...

    def hosts(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[Host]:
        """Hosts by name."""
        ...

    def running(self, *, host: str = "", after: str = "", limit: int = DEFAULT_LIMIT) -> Page[SeenContainer]:
        """Containers that run now, by host and container."""
        ...

    def running_image(
        self, digest: str, *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[SeenContainer]:
        """Containers that run now from an image, by the digest of its manifest, index or config."""
        ...

    def running_from(self, images: Iterable[Digest]) -> Mapping[Digest, tuple[RunningContainer, ...]]:
        """Containers that run now from each of these images, by the digest of the image's manifest.

        A container whose engine knows only an index counts for every image of the index.
        """
        ...

    def history(self, host: str, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[SeenContainer]:
        """Containers of a host, those that ended too, by container."""
        ...

"""A container engine on this host, as far as Lading looks at it: read-only."""

from typing import Protocol

from lading.inventory.container import RunningContainer


class ContainerEngine(Protocol):
    """Docker, Podman, or another engine that speaks the Docker Engine API."""

    @property
    def name(self) -> str:
        """``docker`` or ``podman``."""
        ...

    def running(self, host: str) -> tuple[RunningContainer, ...]:
        """Everything that runs now, by id. Raises Upstream ``engine-unreachable`` or ``engine-nonsense``."""
        ...

    def wait_for_change(self, seconds: float) -> None:
        """Return when a container starts or ends, and after ``seconds`` at the latest."""
        ...

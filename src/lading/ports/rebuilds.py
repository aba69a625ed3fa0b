"""Those who build images again: pipelines that are triggered, and forges where a change is proposed."""

from collections.abc import Mapping
from typing import Protocol

from lading.campaigns.sources import Proposal, SourcePlace

MAX_SOURCE = 1 << 20  # bytes of a Dockerfile


class SourceForge(Protocol):
    """Servers that keep sources. Everything raises Upstream where one does not do what it is asked."""

    def read(self, place: SourcePlace) -> bytes:
        """The file as it is on its branch; raises NotFound ``source-unknown``."""
        ...

    def propose(self, place: SourcePlace, proposal: Proposal) -> str:
        """Propose a change and return the URL where it is looked at; the one that is open already, if any."""
        ...


class Pipeline(Protocol):
    """What builds images."""

    def trigger(self, request_id: str, body: Mapping[str, object]) -> bool:
        """Ask for a build; False where there is nobody to ask. Raises Upstream where it is not taken."""
        ...

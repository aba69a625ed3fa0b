"""What the gate in front of a Docker Engine asks of the engine, of the server, and of its own memory."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lading.admission.engine_requests import EngineRequest


@dataclass(frozen=True, slots=True)
class LocalImage:
    """An image as the engine has it: its id, and the digests under which it came from registries."""

    id: str
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What the server said, and when."""

    allow: bool
    message: str
    at: datetime


class LocalImages(Protocol):
    """The engine's images."""

    def find_image(self, name: str) -> LocalImage | None:
        """Give what a name means there; None where it means nothing. Raises Upstream."""
        ...


class EngineAnswers(Protocol):
    """The server."""

    def ask(self, request: EngineRequest, image: LocalImage | None) -> GivenAnswer:
        """Ask; raise Upstream where it did not answer."""
        ...


class RememberedAnswers(Protocol):
    """Answers that outlive the process."""

    def find(self, key: str) -> GivenAnswer | None:
        """Give the last answer under this key."""
        ...

    def keep(self, key: str, answer: GivenAnswer) -> None:
        """Keep an answer in place of the one before."""
        ...

"""A running container, as an agent saw it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunningContainer:
    """One container on one host.

    ``image_reference`` is the name it was started by; ``image_id`` is the digest of the image config;
    ``manifest_digests`` are the digests under which the engine knows the image from registries
    (``repository@digest``), empty for an image that never came from one.
    """

    host: str
    engine: str  # "docker", "podman"
    id: str
    name: str
    image_reference: str
    image_id: str
    manifest_digests: tuple[str, ...]
    started_at: str
    labels: Mapping[str, str]
    privileged: bool
    user: str

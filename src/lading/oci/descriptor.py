"""Descriptors (OCI image-spec v1.1, descriptor.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from lading.foundation.errors import Malformed
from lading.oci.digest import Digest

NO_ANNOTATIONS: Mapping[str, str] = MappingProxyType({})
MAX_SIZE = 1 << 53  # bytes; the largest integer that every JSON reader holds exactly


@dataclass(frozen=True, slots=True)
class Platform:
    """What an image runs on; ``variant`` and ``os_version`` are empty where not given."""

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A typed, sized pointer to content."""

    media_type: str
    digest: Digest
    size: int  # bytes
    platform: Platform | None = None
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=lambda: NO_ANNOTATIONS)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of the specification, without empty members."""
        document: dict[str, Any] = {
            "mediaType": self.media_type,
            "digest": str(self.digest),
            "size": self.size,
        }
        if self.artifact_type:
            document["artifactType"] = self.artifact_type
        if self.platform is not None:
            document["platform"] = _platform_json(self.platform)
        if self.annotations:
            document["annotations"] = dict(self.annotations)
        return document


def parse_descriptor(value: object, where: str) -> Descriptor:
    """Read a descriptor object; ``where`` names its place in errors ("layers[3]")."""
    if not isinstance(value, dict):
        raise Malformed("manifest-invalid", f"{where} must be a descriptor object")
    media_type = value.get("mediaType")
    digest = value.get("digest")
    size = value.get("size")
    if not isinstance(media_type, str) or not media_type:
        raise Malformed("manifest-invalid", f"{where}.mediaType must be a string")
    if not isinstance(digest, str):
        raise Malformed("manifest-invalid", f"{where}.digest must be a string")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= MAX_SIZE:
        raise Malformed("manifest-invalid", f"{where}.size must be a number of bytes")
    artifact_type = value.get("artifactType", "")
    if not isinstance(artifact_type, str):
        raise Malformed("manifest-invalid", f"{where}.artifactType must be a string")
    return Descriptor(
        media_type=media_type,
        digest=Digest.parse(digest),
        size=size,
        platform=_parse_platform(value.get("platform"), f"{where}.platform"),
        artifact_type=artifact_type,
        annotations=parse_annotations(value.get("annotations"), f"{where}.annotations"),
    )


def parse_annotations(value: object, where: str) -> Mapping[str, str]:
    """Read a string map; an absent or null one is empty."""
    if value is None:
        return NO_ANNOTATIONS
    if not isinstance(value, dict) or not all(isinstance(member, str) for member in value.values()):
        raise Malformed("manifest-invalid", f"{where} must map strings to strings")
    return MappingProxyType(value)


def _parse_platform(value: object, where: str) -> Platform | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Malformed("manifest-invalid", f"{where} must be an object")
    parts = [value.get(key, "") for key in ("os", "architecture", "variant", "os.version")]
    if not all(isinstance(part, str) for part in parts):
        raise Malformed("manifest-invalid", f"{where} must hold strings")
    return Platform(*parts)


def _platform_json(platform: Platform) -> dict[str, str]:
    document = {"architecture": platform.architecture, "os": platform.os}
    if platform.variant:
        document["variant"] = platform.variant
    if platform.os_version:
        document["os.version"] = platform.os_version
    return document

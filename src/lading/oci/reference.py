"""References: names of images, as people and workload specs write them.

The grammar is that of the distribution reference (distribution/reference, "Grammar"); a name without a
registry belongs to Docker Hub, because that is where every container engine will look.
"""

import re
from dataclasses import dataclass

from lading.foundation.errors import Malformed
from lading.oci.digest import Digest

DEFAULT_REGISTRY = "docker.io"
DEFAULT_TAG = "latest"
MAX_REPOSITORY = 255  # characters

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*\Z")
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}\Z")
_HOST = re.compile(
    r"(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*)(?::[0-9]{1,5})?\Z"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A registry, a repository, and a tag or a digest or both. ``tag`` is empty where none was written."""

    registry: str
    repository: str
    tag: str = ""
    digest: Digest | None = None

    @property
    def is_pinned(self) -> bool:
        """Whether the name can only ever mean one image."""
        return self.digest is not None

    @property
    def tag_or_digest(self) -> str:
        """What the distribution API calls <reference>: the digest if there is one, else the tag."""
        return str(self.digest) if self.digest is not None else self.tag or DEFAULT_TAG

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest is not None else ""
        return f"{self.registry}/{self.repository}{tag}{digest}"


def parse_reference(text: str, *, default_registry: str = DEFAULT_REGISTRY) -> Reference:
    """Read ``[registry/]repository[:tag][@digest]``; raise Malformed with the part that is wrong."""
    name, at, digest_text = text.partition("@")
    digest = Digest.parse(digest_text) if at else None
    slash, colon = name.rfind("/"), name.rfind(":")
    tag = ""
    if colon > slash:
        name, tag = name[:colon], name[colon + 1 :]
        if not is_tag(tag):
            raise Malformed("reference-invalid", f"{tag[:160]!r} in {text[:300]!r} is not a tag")
    first, separator, rest = name.partition("/")
    if separator and ("." in first or ":" in first or first == "localhost"):
        registry, repository = first, rest
        if not _HOST.match(registry):
            raise Malformed(
                "reference-invalid", f"{registry[:160]!r} in {text[:300]!r} is not a registry host"
            )
    else:
        registry, repository = default_registry, name
    if registry in {"index.docker.io", "registry-1.docker.io"}:
        registry = DEFAULT_REGISTRY
    if registry == DEFAULT_REGISTRY and "/" not in repository:
        repository = f"library/{repository}"
    if not is_repository(repository):
        raise Malformed(
            "reference-invalid",
            f"{repository[:300]!r} is not a repository name",
            hint="use lower-case letters, digits and single . _ - between them, parts separated by /",
        )
    return Reference(registry, repository, tag, digest)


def is_repository(text: str) -> bool:
    """Whether ``text`` is a repository name (distribution-spec v1.1, "Pulling manifests")."""
    return len(text) <= MAX_REPOSITORY and _REPOSITORY.match(text) is not None


def is_tag(text: str) -> bool:
    """Whether ``text`` is a tag (distribution-spec v1.1, "Pulling manifests")."""
    return _TAG.match(text) is not None

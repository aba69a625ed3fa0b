"""Packages of operating systems that are at hand without any network."""

from dataclasses import dataclass
from typing import Protocol

from lading.foundation.errors import NotFound


@dataclass(frozen=True, slots=True)
class MirroredPackage:
    """A package file."""

    name: str
    architecture: str
    version: str
    location: str  # where the mirror has it


class PackageMirror(Protocol):
    """Package files by name."""

    def versions(self, name: str, architecture: str) -> tuple[MirroredPackage, ...]:
        """All versions of a package for an architecture, or for all of them, in no order."""
        ...

    def read(self, package: MirroredPackage) -> bytes:
        """The file, whole; raises NotFound ``package-unknown``."""
        ...


class NoMirror:
    """A mirror without packages."""

    def versions(self, name: str, architecture: str) -> tuple[MirroredPackage, ...]:  # noqa: ARG002 - the port's
        """None."""
        return ()

    def read(self, package: MirroredPackage) -> bytes:
        """Raise NotFound."""
        raise NotFound("package-unknown", f"there is no mirror that has {package.name}")

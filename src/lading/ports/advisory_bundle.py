"""The file that a bundle of advisories is."""

from collections.abc import Iterable
from typing import Protocol

from lading.foundation.bounded import Reader


class BundleSink(Protocol):
    """A bundle that is being written."""

    def add(self, name: str, parts: Iterable[bytes]) -> str:
        """Add a member; return the digest of its content ("sha256:…")."""
        ...


class BundleFile(Protocol):
    """A bundle that is open to be read."""

    def member(self, name: str) -> Reader:
        """Read a member from its beginning; raise Malformed ``bundle-invalid`` where there is none."""
        ...

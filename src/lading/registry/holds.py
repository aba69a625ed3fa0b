"""Legal holds: nothing that one covers is deleted until it is released."""

from dataclasses import dataclass
from datetime import datetime

from lading.access.repository_pattern import RepositoryPattern
from lading.oci.digest import Digest


@dataclass(frozen=True, slots=True)
class LegalHold:
    """A hold on all of some repositories, or on one image wherever they have it."""

    id: str
    repositories: RepositoryPattern
    digest: Digest | None  # None: everything in them
    reason: str
    placed_at: datetime
    placed_by: str

    def covers(self, repository: str, digest: Digest) -> bool:
        """Whether a manifest of this repository is held."""
        return self.repositories.matches(repository) and self.digest in {None, digest}

"""What evidence is collected from, and about what it is asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from lading.access.repository_pattern import RepositoryPattern
from lading.foundation.errors import LadingError
from lading.oci.digest import Digest
from lading.oci.reference import Reference
from lading.policy.evidence import Gate, Subject, Undetermined
from lading.policy.workload_evidence import WorkloadFacts
from lading.ports.blob_store import BlobStore
from lading.ports.claim_source import ClaimSource
from lading.ports.records.record_set import Records
from lading.signing.trust_policy import TrustPolicy
from lading.workflows.verdicts_at_hand import VerdictsAtHand

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RegistryNames:
    """Host names of registries, ``host[:port]``.

    ``name`` is the one by which images name this registry, ``aliases`` are others that mean it. ``allowed``
    are registries of others that images may come from all the same.
    """

    name: str
    aliases: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()

    @property
    def ours(self) -> frozenset[str]:
        """All names of this registry."""
        return self.aliases | {self.name}


@dataclass(frozen=True, slots=True)
class EvidenceSources:
    """Where facts are looked up.

    ``approved_bases`` are repositories of this registry that hold the bases to build on, none where there is
    no catalogue.
    """

    records: Records
    blobs: BlobStore
    verdicts: VerdictsAtHand
    registries: RegistryNames
    approved_bases: tuple[RepositoryPattern, ...] = ()

    @property
    def claims(self) -> ClaimSource:
        """Where signatures and attestations are found."""
        return self.verdicts.claims

    @property
    def shipped_trust(self) -> TrustPolicy:
        """The trust policy before any was set."""
        return self.verdicts.shipped


@dataclass(frozen=True, slots=True)
class Asked:
    """What a gate asks about: an image by its name, on its way into an environment."""

    gate: Gate
    environment: str  # empty where the gate guards none
    reference: Reference
    workload: WorkloadFacts = field(default_factory=WorkloadFacts)
    about: tuple[Subject, ...] = (Subject.IMAGE,)
    images: tuple[Digest, ...] = ()  # of an index, only these are looked into; empty for all of its images


class LookUps:
    """Look-ups, each of which may fail: what fails is remembered as undetermined, and never raised."""

    def __init__(self) -> None:
        self._failed: dict[str, Undetermined] = {}
        self._where = ""

    def on(self, platform: str) -> "LookUps":
        """Look up what is of one platform: reasons say which, and are remembered here."""
        there = LookUps()
        there._failed, there._where = self._failed, f"{platform}: "
        return there

    def try_for(self, paths: tuple[str, ...], look_up: Callable[[], T], default: T) -> T:
        """Give what is looked up, or ``default`` where that fails: then ``paths`` are not known."""
        try:
            return look_up()
        except (LadingError, OSError) as error:
            self.not_known(paths, str(error))
            return default

    def not_known(self, paths: tuple[str, ...], reason: str) -> None:
        """Note that these facts could not be found out."""
        for path in paths:
            self._failed.setdefault(path, Undetermined(path, self._where + reason))

    @property
    def undetermined(self) -> tuple[Undetermined, ...]:
        """What could not be found out, by path."""
        return tuple(self._failed[path] for path in sorted(self._failed))

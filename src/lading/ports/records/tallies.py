"""Numbers of the whole installation: what an overview counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from lading.ports.records.contents import AnalysisState


@dataclass(frozen=True, slots=True)
class InstallationCounts:
    """How many of everything there are.

    An image or index counts once for each repository that has it, as in the list of images. ``analyses``
    counts the images among them by how far their analysis is; states without any are absent.
    """

    repositories: int
    images: int
    analyses: Mapping[AnalysisState, int]
    hosts: int
    containers: int  # that run now


@dataclass(frozen=True, slots=True)
class ExploitedFlaw:
    """A flaw that is known to be exploited, and in how many images a visible package has or may have it."""

    flaw: str
    images: int


class Tallies(Protocol):
    """Counting; nothing is kept here."""

    def counts(self) -> InstallationCounts:
        """Count everything."""
        ...

    def denied_and_running(self) -> int:
        """How many images run now whose newest decision denies; once for each repository that has them."""
        ...

    def exploited_flaws(self, *, limit: int) -> tuple[ExploitedFlaw, ...]:
        """Flaws with most images first, at most ``limit`` of them."""
        ...

    def refresh_statistics(self) -> None:
        """Let the database see how much there is of what, so that questions go the short way.

        For after much changed: a database that plans by how things were before the first import reads all of
        the advisories to answer about one. In a write block that is ``long``.
        """
        ...

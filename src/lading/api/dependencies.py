"""Why packages are in an image."""

from lading.api.images import PackageLine
from lading.api.message import Message


class NeighbourLine(Message):
    """A package that needs another one, or is needed by it."""

    type: str
    name: str  # with its scope or group
    version: str
    path: str


class WhyLine(Message):
    """One package of the image, what needs it, and what it needs.

    ``chains`` lead to it from packages that nothing needs, the shortest first. ``is_known`` is false where no
    package of its type in the image says what it needs: then nothing can be told. ``unanswered`` are needs
    that nothing in the image answers.
    """

    package: PackageLine
    is_known: bool
    is_root: bool
    chains: list[list[NeighbourLine]]
    shipped_by: NeighbourLine | None  # the package of the system that it came with
    needed_by: list[NeighbourLine]
    needs: list[NeighbourLine]
    unanswered: list[str]


class WhyAnswer(Message):
    """Every package of a name in one image, by where it stands."""

    digest: str
    packages: list[WhyLine]

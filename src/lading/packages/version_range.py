"""Sets of versions, as people and package managers write them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

MAX_RANGE = 1_000  # characters

Contains: TypeAlias = Callable[[str], bool | None]
"""Whether a version is in the set; None where its place in the order is undetermined."""


@dataclass(frozen=True, slots=True)
class RangeSyntax:
    """How one ecosystem writes sets of versions. ``parse`` gives None for what is no such text."""

    name: str
    rules: str
    parse: Callable[[str], Contains | None]

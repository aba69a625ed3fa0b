"""Where recorded decisions are asked again: it takes a processor for seconds to minutes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from lading.policy.replay import Recorded, ReplayTally
from lading.policy.waiver import Waiver, WaiverBounds


@dataclass(frozen=True, slots=True)
class Question:
    """A policy as it is written, and the waivers as they ever stood.

    With ``before``, what each decision is compared with is what that policy says, not what was said then.
    """

    policy: bytes
    waivers: tuple[Waiver, ...] = ()
    bounds: WaiverBounds = field(default_factory=WaiverBounds)
    before: bytes = b""


# Evidence as it is kept, and the decisions that rest on it.
Part: TypeAlias = Sequence[tuple[bytes, Sequence[Recorded]]]


class Replaying(Protocol):
    """Asks a policy again about parts of what was decided, some at once."""

    def tallies(self, question: Question, parts: Iterable[Part]) -> Iterable[ReplayTally]:
        """Give what is found in each part, in order. Evidence that cannot be read any more is left out."""
        ...

"""Values that take long to make, kept at hand while they are asked for."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(slots=True)
class LatelyUsed(Generic[K, V]):
    """A map of at most so many values, or so much of what they weigh; what was not asked for longest goes
    first. Safe among threads."""

    most: int
    weigh: Callable[[V], int] | None = None
    _kept: "OrderedDict[K, V]" = field(default_factory=OrderedDict)

    def get(self, key: K) -> V | None:
        """The value, if it is at hand."""
        # Each of these is one step for other threads; between two of them another may drop or add a value.
        found = self._kept.pop(key, None)
        if found is not None:
            self._kept[key] = found
        return found

    def keep(self, key: K, value: V) -> None:
        """Keep a value at hand; one that is heavier than all may be together is not kept."""
        if self.weigh is not None and self.weigh(value) > self.most:
            return
        self._kept.pop(key, None)
        self._kept[key] = value
        while self._load() > self.most:
            try:
                self._kept.popitem(last=False)
            except KeyError:  # others dropped the rest
                return

    def _load(self) -> int:
        if self.weigh is None:
            return len(self._kept)
        return sum(map(self.weigh, list(self._kept.values())))

"""Decisions that were made a short while ago, kept in memory: the same grounds, the same answer."""

from collections import OrderedDict
from typing import Generic, TypeVar

from lading.oci.digest import Digest

MOST = 2_000  # decisions kept; each is some kilobytes

Key = tuple[Digest, Digest, Digest]  # policy, evidence, waivers
_Kept = TypeVar("_Kept")


class DecisionCache(Generic[_Kept]):
    """The newest of them, by what they rest on. How long one stands is for who asks to say."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()

    def get(self, key: Key) -> _Kept | None:
        """Give what is kept on these grounds."""
        return self._kept.get(key)

    def keep(self, key: Key, decision: _Kept) -> None:
        """Keep it in the place of an older one, and let the oldest go where there are too many."""
        self._kept[key] = decision
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

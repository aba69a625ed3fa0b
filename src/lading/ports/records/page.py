"""Lists in pages by key: the cost of a page does not grow with its place in the list."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

DEFAULT_LIMIT = 100
MAX_LIMIT = 10_000  # items in one page; more is cut to this


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items in the order of the list, and where to go on.

    Hand ``next`` back as ``after`` to get the following page; it is empty on the last one. It stays good
    when items come and go. In lists that say "by name" it is the name of the last item, and any name may be
    asked for; in others it is opaque, and one that was not given out raises Malformed ``page-key-invalid``.
    """

    items: tuple[T, ...]
    next: str = ""

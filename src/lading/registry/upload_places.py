"""How many uploads may be under way at once: in all, and of one account.

1. An upload takes a place when it begins, and gives it back when it is finished or thrown away.
2. One that got no byte for ``idle`` seconds, and is getting none now, loses its place: who forgot it does
   not hold up others. It can still be gone on with, and takes a place again then, also beyond the limit.
3. What has no place is refused before anything is kept for it.

One server counts its own. Behind several, each has these limits.
"""

from collections import Counter, OrderedDict

from lading.foundation.errors import OverLimit

_TRY_AGAIN = 10  # seconds


class UploadPlaces:
    """The places of one server. Times are seconds on any clock that only goes on; not for several threads."""

    def __init__(self, *, most: int, of_one: int, idle: float) -> None:
        self._most, self._of_one, self._idle = most, of_one, idle
        self._waiting: OrderedDict[str, tuple[str, float]] = OrderedDict()  # the one touched last at the end
        self._writing: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._waiting) + len(self._writing)

    def take(self, account: str, session: str, now: float) -> None:
        """Give a new upload a place, or raise OverLimit ``too-many-uploads`` (rule 3)."""
        self._drop_idle(now)
        if self._counts[account] >= self._of_one:
            raise _too_many(f"{account} has {self._of_one} uploads under way", self._of_one)
        if len(self) >= self._most:
            raise _too_many(f"{self._most} uploads are under way", self._most)
        self._waiting[session] = (account, now)
        self._counts[account] += 1

    def begin(self, account: str, session: str) -> None:
        """Note that bytes of an upload are coming now (rule 2)."""
        known = self._waiting.pop(session, None)
        if known is None and session not in self._writing:
            self._counts[account] += 1
        self._writing.setdefault(session, known[0] if known is not None else account)

    def pause(self, session: str, now: float) -> None:
        """Note that no bytes of an upload are coming just now."""
        account = self._writing.pop(session, None)
        if account is not None:
            self._waiting[session] = (account, now)

    def free(self, session: str) -> None:
        """Give the place of an upload back; harmless to repeat."""
        waiting = self._waiting.pop(session, None)
        account = waiting[0] if waiting is not None else self._writing.pop(session, None)
        if account is not None:
            self._uncount(account)

    def _drop_idle(self, now: float) -> None:
        while self._waiting:
            account, touched = next(iter(self._waiting.values()))
            if now - touched < self._idle:
                return
            self._waiting.popitem(last=False)
            self._uncount(account)

    def _uncount(self, account: str) -> None:
        self._counts[account] -= 1
        if not self._counts[account]:
            del self._counts[account]


def _too_many(message: str, limit: int) -> OverLimit:
    return OverLimit(
        "too-many-uploads",
        f"{message}, and no more may be",
        hint="finish or cancel some; one that gets no byte for a while loses its place",
        details={"limit": limit, "retry_after": _TRY_AGAIN},
    )

"""Ask recorded decisions again in processes of their own, one for each core.

A replay keeps a processor busy for a long time; in the server's process it would hold up every request. The
processes give way to everything else. The first part is done here, and where there is no other, none starts:
starting one takes a second of its processor.
"""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from lading.adapters.replay_here import ReplayHere, candidate_of, replay_part
from lading.foundation.errors import Upstream
from lading.policy.replay import Candidate, ReplayTally
from lading.ports.replaying import Part, Question

_AHEAD = 2  # parts that wait for each process: they are in memory
_NICENESS = 10


class ReplayInProcesses:
    """Replaying on every core. ``processes`` is how many at most; 0 for as many as there are cores."""

    def __init__(self, processes: int = 0) -> None:
        self._processes = processes or os.cpu_count() or 1

    def tallies(self, question: Question, parts: Iterable[Part]) -> Iterator[ReplayTally]:
        """Give what is found in each part; raise Upstream ``replay-stopped`` where a process was ended."""
        coming = iter(parts)
        first = next(coming, None)
        if first is None:
            return
        yield from ReplayHere().tallies(question, [first])
        second = next(coming, None)
        if second is None:
            return
        try:
            yield from self._in_processes(question, second, coming)
        except BrokenProcessPool as error:
            raise Upstream(
                "replay-stopped", "a process of the replay was ended from outside", hint="was memory short?"
            ) from error

    def _in_processes(
        self, question: Question, second: Part, coming: Iterator[Part]
    ) -> Iterator[ReplayTally]:
        waiting: deque[Future[ReplayTally]] = deque()
        # Not by fork: the server has threads, whose locks a child would inherit as they are.
        pool = ProcessPoolExecutor(self._processes, get_context("spawn"), _begin, (question,))
        try:
            waiting.append(pool.submit(_replay, second))
            for part in coming:
                waiting.append(pool.submit(_replay, part))
                if len(waiting) >= _AHEAD * self._processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


_candidates: list[Candidate] = []  # of a process that replays: the one that it was started for


def _begin(question: Question) -> None:
    os.nice(_NICENESS)
    _candidates[:] = [candidate_of(question)]


def _replay(part: Part) -> ReplayTally:
    return replay_part(_candidates[0], part)

"""The agent: tells the server what a container engine runs, whenever that changes.

Each report is the whole state, so a lost one is made good by the next, and a server that was away learns
everything from one report. The agent only reads; it needs the engine's socket and the right to report.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from lading.foundation.errors import LadingError
from lading.inventory.container import RunningContainer
from lading.ports.container_engine import ContainerEngine

MAX_PAUSE = 300.0  # seconds between attempts while the server or the engine is away


@dataclass(frozen=True, slots=True)
class AgentWork:
    """What an agent does. ``send`` raises a LadingError when the server did not take the report."""

    host: str
    engines: Sequence[ContainerEngine]
    send: Callable[[Sequence[RunningContainer]], None]
    pause: Callable[[float], object]  # waits; an argument so that tests need not
    every: float  # seconds between reports when nothing changes: the server sees that the agent lives


def report_once(work: AgentWork) -> int:
    """Send one report and return how many containers it names. Raises what the engine or server raised."""
    containers = [container for engine in work.engines for container in engine.running(work.host)]
    work.send(containers)
    return len(containers)


def report_always(work: AgentWork, should_stop: Callable[[], bool]) -> None:
    """Report on every change, and at least ``every`` seconds; wait longer and longer while that fails."""
    log = structlog.get_logger("lading.agent")
    failures = 0
    while not should_stop():
        try:
            count = report_once(work)
        except LadingError as error:
            failures += 1
            wait = min(MAX_PAUSE, work.every * 2 ** min(failures, 10))
            log.warning("report not sent", code=error.code, reason=str(error), again_in_seconds=wait)
            work.pause(wait)
            continue
        if failures:
            log.info("reporting again", failures=failures)
        failures = 0
        log.debug("reported", containers=count)
        work.engines[0].wait_for_change(work.every)

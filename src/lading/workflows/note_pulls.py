"""Write down together what was pulled since the last time."""

from datetime import datetime

from lading.ports.pull_log import PullLog
from lading.ports.records.record_set import Records


def note_pulls(records: Records, log: PullLog, now: datetime) -> int:
    """Write pulls down in one transaction; return of how many names. That pulls are recorded at all is noted
    also when there were none."""
    pulls = log.drain()
    with records.read() as kept:
        known = kept.use.pulls_since() is not None
    if pulls or not known:
        with records.write() as kept:
            kept.use.note_pulls(pulls, at=now)
    return len(pulls)

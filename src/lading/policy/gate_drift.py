"""Which gate asks which policy, beside the one in force: a gate that asks another one has drifted.

1. A gate that asks the policy in force is current, for as long as it is heard of.
2. One that asks another after the policy in force was set has had time to take it: it has drifted. Gates that
   keep answers for a while (an engine's, while the server is away) have a grace.
3. One that was not heard of for a day is silent: nobody knows what it asks, or it is gone.
"""

from datetime import datetime, timedelta
from enum import StrEnum

GRACE = timedelta(minutes=15)
SILENT_AFTER = timedelta(days=1)


class GateStanding(StrEnum):
    """How a gate stands."""

    CURRENT = "current"
    LATE = "late"  # another policy, within the grace
    DRIFTED = "drifted"
    SILENT = "silent"


def gate_standing(
    asks: str, seen_at: datetime, in_force: str, set_at: datetime | None, now: datetime
) -> GateStanding:
    """Tell by the numbered rules; ``set_at`` is None for the shipped policy, in force since ever."""
    if now - seen_at > SILENT_AFTER:
        return GateStanding.SILENT
    if asks == in_force:
        return GateStanding.CURRENT
    return GateStanding.LATE if set_at is not None and now < set_at + GRACE else GateStanding.DRIFTED

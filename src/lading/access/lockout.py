"""How long to wait after failed sign-ins.

Failures in a row are counted under three keys, so that guessing is slow and nobody can lock another out for
long from elsewhere (OWASP ASVS 4.0, 2.2.1: at most 100 failures an hour on one account):

    name and address   few are free, then the wait doubles: somebody mistypes, or one machine guesses
    name               more are free: many machines guess one person's password
    address            more are free: one machine tries many names
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)  # since the last failure


@dataclass(frozen=True, slots=True)
class FailureLimit:
    """``free`` failures in a row cost nothing; after them the wait doubles from ``first_wait``."""

    free: int
    first_wait: timedelta

    def wait(self, failures: int) -> timedelta:
        """How long after the newest of this many failures in a row nothing is tried."""
        if failures < self.free:
            return timedelta(0)
        doublings = min(failures - self.free, 20)  # 2**20 seconds is far beyond the longest wait
        return min(self.first_wait * (1 << doublings), LONGEST_WAIT)


NAME_AND_ADDRESS = FailureLimit(free=5, first_wait=timedelta(seconds=5))
NAME = FailureLimit(free=20, first_wait=timedelta(seconds=30))
ADDRESS = FailureLimit(free=30, first_wait=timedelta(seconds=30))


def failure_keys(name: str, address: str) -> tuple[tuple[str, FailureLimit], ...]:
    """The keys to count under, each with its limit; the first is the one to clear on success."""
    return (
        (f"pair:{name} {address}", NAME_AND_ADDRESS),
        (f"name:{name}", NAME),
        (f"address:{address}", ADDRESS),
    )


def locked_until(limit: FailureLimit, failures: int, last_at: datetime, now: datetime) -> datetime | None:
    """When the next attempt may be made, or None if it may be made now."""
    wait = limit.wait(failures)
    until = last_at + wait
    # A failure that another server saw a moment ahead of our clock makes nobody wait for that alone.
    return until if wait and until > now else None


def is_forgotten(last_at: datetime, now: datetime) -> bool:
    """Whether a failure is so long ago that counting starts anew."""
    return now - last_at > FORGOTTEN_AFTER

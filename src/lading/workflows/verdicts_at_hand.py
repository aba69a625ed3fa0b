"""The one who is asked for verdicts at every gate of a server, with what was judged a moment ago at hand.

1. Two change stamps are read before the records are: that of trust, which every change of the trust policy
   makes another one, and that of the repository, which every manifest, tag and blob that comes or goes does.
2. What is remembered counts while both stamps are still those, while no moment has come on which the trust
   policy or a certificate makes the answer depend, and for ``FRESH`` at most. The stamps make a change count
   at once; ``FRESH`` bounds what they cannot tell: a server that was killed between its commit and its stamp.
3. Everything else is asked of the records (``verify_image.verify_stored_image``).
4. What could not be told, and what time alone may change, is not remembered.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from lading.ports.change_stamps import ChangeStamps
from lading.ports.claim_source import ClaimSource
from lading.ports.records.record_set import Records
from lading.ports.records.trust import TRUST_STAMP
from lading.signing.claims import Subject
from lading.signing.trust_policy import TrustPolicy
from lading.workflows.trust_in_force import load_trust
from lading.workflows.verify_image import ImageVerification, holds_until, may_be_kept, verify_stored_image

FRESH = timedelta(seconds=10)
MAX_REMEMBERED = 4096  # verdicts, of some four KiB each

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class VerdictsAtHand:
    """Verdicts about images of this registry, by the trust policy in force. Safe among threads."""

    def __init__(
        self, records: Records, claims: ClaimSource, shipped: TrustPolicy, stamps: ChangeStamps
    ) -> None:
        """``shipped`` is in force before any policy was set; ``stamps`` are changed by ``records``."""
        self.claims = claims
        self.shipped = shipped
        self._records = records
        self._stamps = stamps
        self._policies: Recent[str, TrustPolicy] = Recent(1)
        self._verdicts: Recent[tuple[Subject, str], ImageVerification] = Recent(MAX_REMEMBERED)

    def policy(self, now: datetime) -> TrustPolicy:
        """The trust policy in force."""
        # Rules 1 and 2.
        stamp = self._stamps.stamp(TRUST_STAMP)
        known = self._policies.get(TRUST_STAMP, (stamp,), now)
        if known is not None:
            return known
        # Rule 3.
        policy = load_trust(self._records, self.shipped)
        self._policies.put(TRUST_STAMP, policy, (stamp,), now, now + FRESH)
        return policy

    def verify(self, subject: Subject, now: datetime, *, environment: str = "") -> ImageVerification:
        """What the trust policy in force says of an image."""
        # Rules 1 and 2.
        stamps = (self._stamps.stamp(TRUST_STAMP), self._stamps.stamp(subject.repository))
        policy = self.policy(now)
        key = (subject, policy.scope_of(environment))
        known = self._verdicts.get(key, stamps, now)
        if known is not None:
            return known
        # Rule 3.
        found = verify_stored_image(self._records, self.claims, policy, subject, now, environment=environment)
        # Rule 4.
        if may_be_kept(found):
            ends = holds_until(found, policy, now)
            self._verdicts.put(key, found, stamps, now, min(now + FRESH, ends or now + FRESH))
        return found


@dataclass(frozen=True, slots=True)
class _Entry(Generic[V]):
    value: V
    stamps: tuple[int, ...]
    since: datetime
    until: datetime


@dataclass(slots=True)
class Recent(Generic[K, V]):
    """A few values, each while its stamps are the same and its time has not passed; the first go first."""

    most: int
    _entries: "OrderedDict[K, _Entry[V]]" = field(default_factory=OrderedDict)

    def get(self, key: K, stamps: tuple[int, ...], now: datetime) -> V | None:
        """The value, if it was put with these stamps and is not too old."""
        entry = self._entries.get(key)
        # A clock that went back tells nothing about how old an entry is.
        if entry is None or entry.stamps != stamps or not entry.since <= now < entry.until:
            return None
        return entry.value

    def put(self, key: K, value: V, stamps: tuple[int, ...], since: datetime, until: datetime) -> None:
        """Keep a value that was found out after ``stamps`` were read, from one moment to another."""
        # Each of these is one step for other threads; two that come at once may drop one entry too many.
        self._entries[key] = _Entry(value, stamps, since, until)
        if len(self._entries) > self.most:
            self._entries.popitem(last=False)

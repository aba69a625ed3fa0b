"""Ask the policy before an image is handed out: what is blocked is refused in the words of every gate.

1. Only what an engine could run is asked about: images, also one that claims to be attached to something, and
   indexes that list any. Signatures and bills of materials go out as they are, and so does everything to work
   inside this server (analysis, promotion, replication).
2. At pull only rules are asked that name ``pull``. A pull that is refused can keep what runs from starting
   again: who writes a rule has to mean that.
3. What could not be told does not refuse a pull: the strictest that it leads to is a warning.
4. A verdict is remembered for half a minute by repository and digest, so a pull costs a look into a map, and
   a policy, a waiver or a revoked signature counts at every pull within that time.
5. Where the gate itself cannot answer (records away), the last verdict stands for up to a day; where there is
   none, the image goes out: rule 3.
6. A refusal is kept and audited with its evidence; what passes is not, for it is asked about all day long.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.foundation.errors import Forbidden, LadingError
from lading.oci.digest import Digest
from lading.oci.manifest import Index, ManifestOrIndex
from lading.oci.reference import Reference
from lading.policy.decision import Outcome
from lading.policy.evidence import Gate
from lading.policy.message import render
from lading.registry.caller import Caller
from lading.workflows.evidence_sources import Asked
from lading.workflows.gate import Asker, GatePorts, decide
from lading.workflows.policy_in_force import policy_in_force

FRESH_FOR = timedelta(seconds=30)
STANDS_FOR = timedelta(days=1)
MOST = 50_000  # verdicts remembered: some 20 megabytes where all of them are refusals


@dataclass(frozen=True, slots=True)
class PullVerdict:
    """What was said of a digest in a repository; ``refusal`` is the whole text, empty for what may pass."""

    refusal: str
    at: datetime


def could_run(manifest: ManifestOrIndex) -> bool:
    """Rule 1. What an index says of its entries is believed: each is asked about when it is pulled itself."""
    if isinstance(manifest, Index):
        return not manifest.manifests or any(not entry.artifact_type for entry in manifest.manifests)
    return manifest.is_image


class PullGate:
    """The gate with what it remembers. Safe from several threads: what they write over is the same."""

    def __init__(self, ports: GatePorts) -> None:
        self._ports = ports
        self._verdicts: OrderedDict[tuple[str, str], PullVerdict] = OrderedDict()
        self._asks: tuple[bool, datetime] | None = None  # whether any rule is asked at pull, and since when

    def known(self, repository: str, digest: str, now: datetime) -> PullVerdict | None:
        """Give what is remembered and fresh, without blocking (rule 4)."""
        if self._asks is not None and not self._asks[0] and _is_fresh(self._asks[1], now):
            return PullVerdict("", now)
        found = self._verdicts.get((repository, digest))
        return found if found is not None and _is_fresh(found.at, now) else None

    def ask(self, caller: Caller, repository: str, digest: Digest, now: datetime) -> PullVerdict:
        """Ask the policy by the numbered rules, and remember. Blocks; never raises."""
        key = (repository, str(digest))
        try:
            if not self._any_rule(now):
                return PullVerdict("", now)
            verdict = PullVerdict(self._refusal(caller, repository, digest, now), now)
        except (LadingError, OSError):
            # Rule 5.
            last = self._verdicts.get(key)
            return last if last is not None and now - last.at < STANDS_FOR else PullVerdict("", now)
        self._verdicts[key] = verdict
        while len(self._verdicts) > MOST:
            self._verdicts.popitem(last=False)
        return verdict

    def _any_rule(self, now: datetime) -> bool:
        """Rule 2."""
        known = self._asks
        if known is None or not _is_fresh(known[1], now):
            with self._ports.sources.records.read() as kept:
                policy = policy_in_force(kept, self._ports.policy)
            known = (any(Gate.PULL in rule.applies.gates for rule in policy.rules), now)
            self._asks = known
        return known[0]

    def _refusal(self, caller: Caller, repository: str, digest: Digest, now: datetime) -> str:
        registry = self._ports.sources.registries.name
        asked = Asked(Gate.PULL, "", Reference(registry, repository, "", digest))
        asker = Asker(str(caller.principal), caller.request_id)
        decision = decide(self._ports, asker, asked, now, record=False).decision
        if decision.outcome is not Outcome.DENY:
            return ""
        # Rule 6.
        return render(decide(self._ports, asker, asked, now).decision)


def _is_fresh(at: datetime, now: datetime) -> bool:
    return timedelta(0) <= now - at < FRESH_FOR


def refuse_if(verdict: PullVerdict) -> None:
    """Raise Forbidden ``gate-denied`` with the gate's own words."""
    if verdict.refusal:
        raise Forbidden("gate-denied", verdict.refusal)

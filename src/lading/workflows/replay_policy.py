"""Say what a policy would have denied in the last days, by team, before it is put in force.

1. Recorded decisions are read newest first, until one is older than was asked for, or enough were read.
2. Each is asked again as it was then (``policy.replay``), with all waivers as they stood at that moment.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.access.verbs import Verb
from lading.foundation.errors import LadingError
from lading.oci.digest import Digest
from lading.policy.evidence import Evidence
from lading.policy.evidence_facts import decode
from lading.policy.replay import Recorded, ReplayTally, replay
from lading.policy.rule import Policy
from lading.policy.waiver import Waiver
from lading.ports.records.record_set import RecordSet
from lading.registry.caller import Caller
from lading.workflows.gate import GatePorts
from lading.workflows.rights import require_on_installation

MOST_DECISIONS = 200_000
DEFAULT_SPAN = timedelta(days=30)
_PAGE = 1_000
_MOST_EVIDENCE = 2_000  # pieces of evidence held decoded


@dataclass(frozen=True, slots=True)
class ReplaySpan:
    """How far back, and how many decisions at most."""

    since: datetime
    most: int = MOST_DECISIONS


def replay_policy(ports: GatePorts, caller: Caller, policy: Policy, span: ReplaySpan) -> ReplayTally:
    """Ask a policy again about what was decided; raise Forbidden for who may not edit policies."""
    require_on_installation(caller, Verb.EDIT_POLICY)
    with ports.sources.records.read() as kept:
        waivers = tuple(_iter_waivers(kept))
        return replay(policy, _iter_recorded(kept, span), waivers, bounds=ports.bounds)


def _iter_waivers(kept: RecordSet) -> Iterator[Waiver]:
    after = ""
    while True:
        page = kept.governance.waivers(after=after, limit=_PAGE)
        yield from page.items
        if not page.next:
            return
        after = page.next


def _iter_recorded(kept: RecordSet, span: ReplaySpan) -> Iterator[Recorded]:
    """Step 1. What cannot be read any more is left out: it says nothing about the policy."""
    known: dict[str, Evidence | None] = {}
    after, count = "", 0
    while True:
        page = kept.governance.decisions(after=after, limit=_PAGE)
        for stored in page.items:
            said = stored.decision
            if said.at < span.since or count >= span.most:
                return
            if said.evidence_digest not in known:
                if len(known) >= _MOST_EVIDENCE:
                    known.clear()
                known[said.evidence_digest] = _evidence(kept, said.evidence_digest)
            evidence = known[said.evidence_digest]
            if evidence is not None:
                count += 1
                yield Recorded(stored.id, stored.reference, said.outcome, said.at, evidence)
        if not page.next:
            return
        after = page.next


def _evidence(kept: RecordSet, digest: str) -> Evidence | None:
    try:
        content = kept.governance.evidence(Digest.parse(digest))
        return decode(content) if content is not None else None
    except LadingError:
        return None

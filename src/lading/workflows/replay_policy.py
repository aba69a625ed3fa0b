"""Say what a policy would have denied in the last days, by team, before it is put in force.

1. Recorded decisions are read in outline, newest first, until one is older than was asked for, or enough were
   read, and put together by the evidence that they rest on.
2. Evidence is read for many of them at once; no look-up is made for a single decision.
3. Each is asked again as it was then (``policy.replay``), with all waivers as they stood at that moment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.access.verbs import Verb
from lading.oci.digest import Digest
from lading.policy.replay import Recorded, ReplayTally
from lading.policy.waiver import Waiver
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.replaying import Part, Question
from lading.registry.caller import Caller
from lading.workflows.gate import GatePorts
from lading.workflows.rights import require_on_installation

MOST_DECISIONS = 200_000
DEFAULT_SPAN = timedelta(days=30)
_PAGE = 1_000
_PART = 200  # pieces of evidence that are read at once: some tens of megabytes


@dataclass(frozen=True, slots=True)
class ReplaySpan:
    """How far back, and how many decisions at most."""

    since: datetime
    most: int = MOST_DECISIONS


def replay_policy(ports: GatePorts, caller: Caller, content: bytes, span: ReplaySpan) -> ReplayTally:
    """Ask a policy again about what was decided; raise Forbidden for who may not edit policies."""
    require_on_installation(caller, Verb.EDIT_POLICY)
    return _replay(ports, content, span)


def compare_policies(
    ports: GatePorts, caller: Caller, before: bytes, after: bytes, span: ReplaySpan
) -> ReplayTally:
    """Say what would have changed from one policy to the other; raise Forbidden as ``replay_policy`` does."""
    require_on_installation(caller, Verb.EDIT_POLICY)
    return _replay(ports, after, span, before)


def _replay(ports: GatePorts, content: bytes, span: ReplaySpan, before: bytes = b"") -> ReplayTally:
    records = ports.sources.records
    with records.read() as kept:
        waivers = tuple(_iter_waivers(kept))
    recorded = _recorded(records, span)
    whole = ReplayTally()
    question = Question(content, waivers, ports.bounds, before)
    for tally in ports.replaying.tallies(question, _iter_parts(records, recorded)):
        whole.merge(tally)
    return whole


def _iter_waivers(kept: RecordSet) -> Iterator[Waiver]:
    after = ""
    while True:
        page = kept.governance.waivers(after=after, limit=_PAGE)
        yield from page.items
        if not page.next:
            return
        after = page.next


def _recorded(records: Records, span: ReplaySpan) -> dict[Digest, list[Recorded]]:
    """Step 1."""
    found: dict[Digest, list[Recorded]] = {}
    after, count = "", 0
    while True:
        with records.read() as kept:
            page = kept.governance.decision_outlines(after=after, limit=_PAGE)
        for one in page.items:
            if one.at < span.since or count >= span.most:
                return found
            found.setdefault(one.evidence, []).append(Recorded(one.id, one.reference, one.outcome, one.at))
            count += 1
        if not page.next:
            return found
        after = page.next


def _iter_parts(records: Records, recorded: Mapping[Digest, list[Recorded]]) -> Iterator[Part]:
    """Step 2. What is not kept any more is left out: it says nothing about the policy."""
    everything = list(recorded)
    for start in range(0, len(everything), _PART):
        digests = everything[start : start + _PART]
        with records.read() as kept:
            contents = kept.governance.evidence_of(digests)
        yield [(contents[digest], recorded[digest]) for digest in digests if digest in contents]

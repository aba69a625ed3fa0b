"""One decision, for who may see the evidence that it rests on."""

from lading.access.verbs import Verb
from lading.foundation.errors import NotFound
from lading.ports.records.governance import StoredDecision
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller


def show_decision(records: Records, caller: Caller, decision_id: str) -> StoredDecision:
    """Find a decision. Raises NotFound ``decision-unknown``, also where it is not the caller's to see."""
    with records.read() as kept:
        stored = kept.governance.decision(decision_id)
    if stored is None or not caller.may(Verb.READ_EVIDENCE, stored.decision.repository):
        raise NotFound("decision-unknown", f"there is no decision {decision_id[:80]} that you may see")
    return stored

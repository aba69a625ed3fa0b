"""Which gate asks which policy: gates are noted as they ask, or say it of themselves, and compared.

1. A gate of this server is noted when it decides, at most once in five minutes by each process.
2. A gate elsewhere (an engine's, a CI client with a policy of its own) says what it asks; whoever is
   signed in may say so, and it is kept under the name of who said it: nobody speaks for another's gate.
3. Gates are few: what claims to be one more than a thousand is refused.
"""

from dataclasses import dataclass
from datetime import datetime

from lading.access.verbs import Verb
from lading.foundation.errors import Malformed, NotFound, OverLimit
from lading.oci.digest import Digest
from lading.policy.evidence import Gate
from lading.policy.gate_drift import GateStanding, gate_standing
from lading.policy.template import printable
from lading.ports.records.governance import GateSighting
from lading.ports.records.record_set import RecordSet
from lading.registry.caller import Caller
from lading.workflows.gate import GatePorts
from lading.workflows.policy_in_force import PolicyStanding, policy_standing
from lading.workflows.rights import require_on_installation, require_signed_in

MOST_GATES = 1_000
MAX_NAME = 120  # characters


@dataclass(frozen=True, slots=True)
class SeenGate:
    """A gate, and how it stands beside the policy in force."""

    sighting: GateSighting
    standing: GateStanding


@dataclass(frozen=True, slots=True)
class PolicyAtGates:
    """The policy in force, and every gate."""

    standing: PolicyStanding
    gates: tuple[SeenGate, ...]


@dataclass(frozen=True, slots=True)
class GateReport:
    """What a gate says of itself; ``policy`` is a digest."""

    gate: Gate
    name: str
    policy: str
    version: str = ""


def report_gate(ports: GatePorts, caller: Caller, said: GateReport, now: datetime) -> None:
    """Note what a gate elsewhere says of itself, by steps 2 and 3; raise Malformed or OverLimit."""
    require_signed_in(caller)
    digest, gate = Digest.parse(said.policy), said.gate
    if not said.name.strip() or len(said.name) > MAX_NAME:
        raise Malformed("gate-name", f"a gate has a name of at most {MAX_NAME} characters")
    own = printable(f"{caller.principal} {said.name.strip()}", 2 * MAX_NAME)
    with ports.sources.records.write() as kept:
        known = kept.governance.gates_seen()
        if len(known) >= MOST_GATES and not any((one.gate, one.name) == (gate, own) for one in known):
            raise OverLimit("gates-too-many", f"{MOST_GATES} gates are known already")
        kept.governance.see_gate(GateSighting(gate.value, own, str(digest), printable(said.version, 40), now))


def gates_beside_policy(ports: GatePorts, caller: Caller, now: datetime) -> PolicyAtGates:
    """Give every gate with how it stands, to whoever is signed in."""
    require_signed_in(caller)
    with ports.sources.records.read() as kept:
        return policy_at_gates(kept, ports, now)


def policy_at_gates(kept: RecordSet, ports: GatePorts, now: datetime) -> PolicyAtGates:
    """Compare each gate with the policy in force."""
    standing = policy_standing(kept, ports.policy)
    set_at = standing.document.set_at if standing.document else None
    in_force = str(standing.policy.digest)
    gates = tuple(
        SeenGate(one, gate_standing(one.policy, one.seen_at, in_force, set_at, now))
        for one in kept.governance.gates_seen()
    )
    return PolicyAtGates(standing, gates)


def forget_gate(ports: GatePorts, caller: Caller, gate: str, name: str, now: datetime) -> None:
    """Forget a gate that is no more."""
    require_on_installation(caller, Verb.EDIT_POLICY)
    with ports.sources.records.write() as kept:
        if not kept.governance.forget_gate(gate, name):
            raise NotFound("gate-unknown", f"no gate {name[:80]!r} was heard of")
        kept.audit.append(caller.did("policy.forget-gate", f"{gate} {name}", now))

"""Answer a Docker Engine's gate: may this container be made, this image be fetched?

1. Who asks is an agent: it may say what its host does.
2. The request is read here again, by the code that the gate on the host has read it with.
3. What the engine has under a name is judged by the digest that it came from, not by the name: a local image
   can carry any name. One that came from no registry is not known here, whatever it is called.
4. The decision is that of every other gate on the same evidence, in the same words.
5. That the host asks this policy is noted.
"""

from dataclasses import dataclass
from datetime import datetime

from lading import __version__
from lading.access.verbs import Verb
from lading.admission.engine_requests import EngineRequest, Fetches, Free, Runs, question_of
from lading.admission.kubernetes_specs import JudgedSpec
from lading.admission.spec_evidence import spec_evidence
from lading.foundation.errors import LadingError
from lading.oci.digest import Digest
from lading.oci.reference import Reference, parse_reference
from lading.policy.decision import Decision, Outcome
from lading.policy.evidence import Gate, Subject
from lading.policy.message import iter_warnings, render
from lading.policy.template import printable
from lading.policy.workload_evidence import WorkloadFacts
from lading.ports.records.governance import GateSighting
from lading.registry.caller import Caller
from lading.workflows.evidence_sources import Asked
from lading.workflows.gate import Asker, GatePorts, decide, decide_on
from lading.workflows.rights import require_on_installation

MAX_HOST = 120  # characters


@dataclass(frozen=True, slots=True)
class EngineAsk:
    """A request at a host. ``image_id`` is that of the image that it names, empty where it has none."""

    host: str
    environment: str  # of the host
    request: EngineRequest
    image_id: str = ""
    digests: tuple[str, ...] = ()  # "registry/repository@sha256:…"


@dataclass(frozen=True, slots=True)
class EngineAnswer:
    """Whether it may, and the words for people; ``policy`` is a digest, empty where none was asked."""

    allow: bool
    message: str = ""
    policy: str = ""


def authorize_engine(ports: GatePorts, caller: Caller, ask: EngineAsk, now: datetime) -> EngineAnswer:
    """Answer by the numbered steps; what is wrong with the request is the answer."""
    # Step 1.
    require_on_installation(caller, Verb.REPORT_RUNTIME)
    # Step 2.
    try:
        question = question_of(ask.request)
        if isinstance(question, Free):
            return EngineAnswer(allow=True)
        asker = Asker(str(caller.principal), caller.request_id)
        decision = _decide(ports, asker, ask, question, now)
    except LadingError as error:
        return EngineAnswer(allow=False, message=f"DENIED: {printable(str(error), 1_000)}")
    # Step 5.
    name = printable(f"{caller.principal} {ask.host}", 2 * MAX_HOST)
    if ports.sightings.due(f"engine {name}", str(decision.policy_digest), now):
        sighting = GateSighting(Gate.ENGINE.value, name, decision.policy_digest, __version__, now)
        with ports.sources.records.write() as kept:
            kept.governance.see_gate(sighting)
    if decision.outcome is Outcome.DENY:
        return EngineAnswer(False, render(decision), decision.policy_digest)
    return EngineAnswer(True, "\n".join(iter_warnings(decision)), decision.policy_digest)


def _decide(
    ports: GatePorts, asker: Asker, ask: EngineAsk, question: Runs | Fetches, now: datetime
) -> Decision:
    """Step 4."""
    facts = question.facts if isinstance(question, Runs) else WorkloadFacts()
    if not question.image:
        evidence = spec_evidence(JudgedSpec(facts, (), {}), Gate.ENGINE, ask.environment)
        subject = printable(f"{facts.kind} {facts.name}")
        return decide_on(ports, asker, evidence, subject, now).decision
    about = (Subject.IMAGE, Subject.WORKLOAD) if isinstance(question, Runs) else (Subject.IMAGE,)
    reference = _meant(ports, ask, question)
    return decide(ports, asker, Asked(Gate.ENGINE, ask.environment, reference, facts, about), now).decision


def _meant(ports: GatePorts, ask: EngineAsk, question: Runs | Fetches) -> Reference:
    """Step 3."""
    if isinstance(question, Fetches) or not ask.image_id:
        return parse_reference(question.image)
    ours = ports.sources.registries.ours | ports.sources.registries.allowed
    came_from = [parse_reference(text) for text in ask.digests]
    named = None if question.image.startswith("sha256:") else _named(question.image)
    for one in came_from:
        if named is not None and (one.registry, one.repository) == (named.registry, named.repository):
            return Reference(one.registry, one.repository, named.tag, one.digest)
    for one in came_from:
        if one.registry in ours:
            return one
    if came_from:
        return came_from[0]
    # Its id is no digest of a manifest: nothing is known of it under that.
    fallback = named or Reference(ports.sources.registries.name, "not-from-a-registry")
    return Reference(fallback.registry, fallback.repository, fallback.tag, Digest.parse(ask.image_id))


def _named(image: str) -> Reference | None:
    try:
        return parse_reference(image)
    except LadingError:
        return None  # the beginning of an id

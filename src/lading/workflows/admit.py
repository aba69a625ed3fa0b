"""Answer an API server: may this object be stored?

1. What the object asks for is read, strictly; an object that cannot be read is refused.
2. Each image that it would bring in is asked about at the gate, for the environment of its namespace,
   together with what the spec wants of the host. Objects beside workloads (rights, services, configuration)
   are asked about as they are.
3. One part that is refused refuses the whole. The message is the gate's own text, word for word.
4. An update is asked about what it changes: what was found to be bad meanwhile can still be scaled down.
5. A dry run is answered in the same way, and nothing of it is kept.
6. Where pinning is asked for, images are written in by the digests that were judged.
"""

from dataclasses import dataclass
from datetime import datetime

from lading.admission.admission_parts import AdmissionPart, parts_to_judge
from lading.admission.admission_review import AdmissionRequest, AdmissionResponse
from lading.admission.kubernetes_specs import JudgedSpec
from lading.admission.namespaces import NamespaceMap
from lading.admission.pinning import pinning_patch
from lading.admission.spec_evidence import spec_evidence
from lading.admission.workload_images import WorkloadImage
from lading.foundation.errors import LadingError, Malformed
from lading.oci.digest import Digest
from lading.oci.reference import parse_reference
from lading.policy.decision import Decision, Outcome
from lading.policy.evidence import Gate, Subject
from lading.policy.message import iter_warnings, render
from lading.policy.template import printable
from lading.workflows.evidence_sources import Asked
from lading.workflows.gate import Asker, GatePorts, decide, decide_on


@dataclass(frozen=True, slots=True)
class _Judged:
    """A part, and what was said of it: a decision, or why there is none."""

    part: AdmissionPart
    decision: Decision | None
    refusal: str = ""


def admit(
    ports: GatePorts,
    namespaces: NamespaceMap,
    request: AdmissionRequest,
    now: datetime,
    *,
    pin: bool = False,
) -> AdmissionResponse:
    """Answer by the numbered steps above; whatever is wrong with the object is in the answer."""
    # Steps 1 and 4.
    try:
        parts = parts_to_judge(request)
    except LadingError as error:
        return AdmissionResponse(allowed=False, code=400, message=f"DENIED: {printable(str(error), 1_000)}")
    # Step 2.
    environment = namespaces.environment_of(request.namespace)
    judged = [_judge(ports, request, environment, part, now) for part in parts]
    warnings = tuple(
        dict.fromkeys(text for one in judged if one.decision for text in iter_warnings(one.decision))
    )
    # Step 3.
    refusals = dict.fromkeys(text for one in judged if (text := _refusal(one)))
    if refusals:
        return AdmissionResponse(allowed=False, code=403, message="\n\n".join(refusals), warnings=warnings)
    # Step 6.
    patch = pinning_patch(_digests(judged)) if pin else ()
    return AdmissionResponse(allowed=True, warnings=warnings, patch=patch)


def _judge(
    ports: GatePorts, request: AdmissionRequest, environment: str, part: AdmissionPart, now: datetime
) -> _Judged:
    asker, record = Asker(f"kubernetes:{request.user}"), not request.dry_run  # Step 5.
    image = part.image
    if image is None:
        evidence = spec_evidence(JudgedSpec(part.facts, (), {}), Gate.ADMISSION, environment)
        subject = f"{part.facts.kind} {part.facts.namespace_name}/{part.facts.name}"
        stored = decide_on(ports, asker, evidence, printable(subject), now, record=record)
        return _Judged(part, stored.decision)
    try:
        if not image.image:
            raise Malformed("image-missing", f"the container {image.container!r} names no image")
        reference = parse_reference(image.image)
    except LadingError as error:
        return _Judged(part, None, f"DENIED: {image.path}: {printable(str(error), 1_000)}")
    about = (Subject.IMAGE, Subject.WORKLOAD)
    asked = Asked(Gate.ADMISSION, environment, reference, part.facts, about)
    return _Judged(part, decide(ports, asker, asked, now, record=record).decision)


def _refusal(judged: _Judged) -> str:
    if judged.decision is None:
        return judged.refusal
    return render(judged.decision) if judged.decision.outcome is Outcome.DENY else ""


def _digests(judged: list[_Judged]) -> list[tuple[WorkloadImage, Digest]]:
    return [
        (one.part.image, Digest.parse(one.decision.image))
        for one in judged
        if one.part.image and one.decision and one.decision.image
    ]

"""Answer an API server: may this workload start?

1. What the workload names is read, strictly; a workload that cannot be read is refused.
2. Each image that it would bring in is asked about at the gate, for the environment of its namespace.
3. One image that is refused refuses the workload. The message is the gate's own text, word for word.
4. A dry run is answered in the same way, and nothing of it is kept.
5. Where pinning is asked for, images are written in by the digests that were judged.
"""

from dataclasses import dataclass
from datetime import datetime

from lading.admission.admission_review import AdmissionRequest, AdmissionResponse
from lading.admission.namespaces import NamespaceMap
from lading.admission.pinning import pinning_patch
from lading.admission.workload_images import WorkloadImage, images_to_judge, workload_name
from lading.foundation.errors import LadingError, Malformed
from lading.oci.digest import Digest
from lading.oci.reference import parse_reference
from lading.policy.decision import Decision, Outcome
from lading.policy.evidence import Gate
from lading.policy.message import iter_warnings, render
from lading.policy.template import printable
from lading.policy.workload_evidence import WorkloadFacts
from lading.workflows.evidence_sources import Asked
from lading.workflows.gate import Asker, GatePorts, decide


@dataclass(frozen=True, slots=True)
class _Judged:
    """An image of the workload, and what was said of it: a decision, or why there is none."""

    image: WorkloadImage
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
    """Answer by the numbered steps above; whatever is wrong with the workload is in the answer."""
    # Step 1.
    try:
        images = images_to_judge(request)
    except LadingError as error:
        return AdmissionResponse(allowed=False, code=400, message=f"DENIED: {printable(str(error), 1_000)}")
    # Step 2.
    environment = namespaces.environment_of(request.namespace)
    judged = [_judge(ports, request, environment, image, now) for image in images]
    warnings = tuple(
        dict.fromkeys(text for one in judged if one.decision for text in iter_warnings(one.decision))
    )
    # Step 3.
    refusals = dict.fromkeys(text for one in judged if (text := _refusal(one)))
    if refusals:
        return AdmissionResponse(allowed=False, code=403, message="\n\n".join(refusals), warnings=warnings)
    # Step 5.
    patch = pinning_patch(_digests(judged)) if pin else ()
    return AdmissionResponse(allowed=True, warnings=warnings, patch=patch)


def _judge(
    ports: GatePorts, request: AdmissionRequest, environment: str, image: WorkloadImage, now: datetime
) -> _Judged:
    try:
        if not image.image:
            raise Malformed("image-missing", f"the container {image.container!r} names no image")
        reference = parse_reference(image.image)
    except LadingError as error:
        return _Judged(image, None, f"DENIED: {image.path}: {printable(str(error), 1_000)}")
    asked = Asked(Gate.ADMISSION, environment, reference, _workload(request))
    # Step 4.
    stored = decide(ports, Asker(f"kubernetes:{request.user}"), asked, now, record=not request.dry_run)
    return _Judged(image, stored.decision)


def _workload(request: AdmissionRequest) -> WorkloadFacts:
    return WorkloadFacts(request.kind.kind, workload_name(request), request.namespace)


def _refusal(judged: _Judged) -> str:
    if judged.decision is None:
        return judged.refusal
    return render(judged.decision) if judged.decision.outcome is Outcome.DENY else ""


def _digests(judged: list[_Judged]) -> list[tuple[WorkloadImage, Digest]]:
    return [
        (one.image, Digest.parse(one.decision.image)) for one in judged if one.decision and one.decision.image
    ]

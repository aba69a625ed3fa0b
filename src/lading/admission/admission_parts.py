"""What an API server's request would change, part by part: images with what their spec asks for, and objects.

An update is asked about what it changes. What stays was judged when it came; to judge it again would forbid
scaling down or deleting what has meanwhile been found to be bad. Pods that a controller makes from a workload
are judged as they are made.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lading.admission.admission_review import AdmissionRequest, Operation
from lading.admission.kubernetes_specs import judged_object
from lading.admission.workload_images import WorkloadImage, images_of, workload_name
from lading.policy.workload_evidence import WorkloadFacts


@dataclass(frozen=True, slots=True)
class AdmissionPart:
    """An image that the object names, or the object itself where it is none that runs anything."""

    image: WorkloadImage | None
    facts: WorkloadFacts


def parts_to_judge(request: AdmissionRequest) -> tuple[AdmissionPart, ...]:
    """Give the parts that the request changes; raise Malformed or OverLimit for a wrong object."""
    if request.operation in {Operation.DELETE, Operation.CONNECT}:
        return ()
    before: set[tuple[str, WorkloadFacts]] = set()
    if request.operation is Operation.UPDATE and request.old_object is not None:
        before = {_sameness(part) for part in _iter_parts(request, request.old_object)}
    return tuple(part for part in _iter_parts(request, request.object) if _sameness(part) not in before)


def _sameness(part: AdmissionPart) -> tuple[str, WorkloadFacts]:
    return (part.image.image if part.image else "", replace(part.facts, replicas=0))


def _iter_parts(request: AdmissionRequest, workload: Mapping[str, Any] | None) -> Iterator[AdmissionPart]:
    named = WorkloadFacts(request.kind.kind, workload_name(request), request.namespace)
    images = images_of(request, workload)
    whole = workload is not None and (not request.subresource or bool(images))
    judged = judged_object(request.kind, workload) if whole and workload is not None else iter(())
    facts = {
        one.path: replace(one.facts, name=named.name, namespace_name=request.namespace) for one in judged
    }
    for image in images:
        yield AdmissionPart(image, facts.pop(image.steps[:-1], named))
    for beside in facts.values():
        if not beside.role:
            yield AdmissionPart(None, beside)

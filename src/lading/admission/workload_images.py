"""The images that a workload spec names, each with its place.

Every place where a kubelet takes an image reference from: containers, init and ephemeral containers, and
image volumes (k8s.io/api/core/v1, PodSpec).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lading.admission.admission_review import AdmissionRequest, Kind
from lading.foundation.errors import Malformed, OverLimit

MAX_IMAGES = 200  # in one workload

# Where the pod spec stands in each kind, by (group, kind).
POD_SPECS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("", "Pod"): ("spec",),
    ("", "PodTemplate"): ("template", "spec"),
    ("", "ReplicationController"): ("spec", "template", "spec"),
    ("apps", "Deployment"): ("spec", "template", "spec"),
    ("apps", "ReplicaSet"): ("spec", "template", "spec"),
    ("apps", "StatefulSet"): ("spec", "template", "spec"),
    ("apps", "DaemonSet"): ("spec", "template", "spec"),
    ("batch", "Job"): ("spec", "template", "spec"),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template", "spec"),
}
# These steps of the paths above are optional in the API; without them the object starts nothing.
_OPTIONAL = frozenset(("template", "jobTemplate"))
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
# Subresources whose object is the whole workload. Others (status, scale, log …) bring no image.
_WHOLE = frozenset(("", "ephemeralcontainers", "resize"))


@dataclass(frozen=True, slots=True)
class WorkloadImage:
    """One image of a workload. ``image`` is as written, empty where nothing is."""

    image: str
    container: str  # name of the container or volume
    steps: tuple[str | int, ...]

    @property
    def path(self) -> str:
        """The place for people: ``spec.template.spec.containers[0].image``."""
        return _path(self.steps)

    @property
    def pointer(self) -> str:
        """The place as a JSON pointer (RFC 6901); no step of it needs escaping."""
        return "".join(f"/{step}" for step in self.steps)


def images_of(request: AdmissionRequest, workload: Mapping[str, Any] | None) -> tuple[WorkloadImage, ...]:
    """Give the images that a state of the request's object names; raise Malformed or OverLimit.

    Subresources whose object is no whole workload bring no image.
    """
    if request.subresource not in _WHOLE:
        return ()
    found = tuple(iter_workload_images(request.kind, workload))
    if len(found) > MAX_IMAGES:
        raise OverLimit(
            "workload-too-large",
            f"the workload names more than {MAX_IMAGES} images",
            details={"limit": MAX_IMAGES},
        )
    return found


def iter_workload_images(kind: Kind, workload: Mapping[str, Any] | None) -> Iterator[WorkloadImage]:
    """Iterate over the images of a workload spec; other kinds of objects have none."""
    steps = POD_SPECS.get((kind.group, kind.kind))
    if steps is None:
        return
    if workload is None or workload.get("kind", kind.kind) != kind.kind:
        raise Malformed("workload-invalid", f"the object of the request is not a {kind.kind}")
    spec = _pod_spec(workload, steps)
    if spec is None:
        return
    for member in _CONTAINERS:
        for index, container in _iter_objects(spec, member, steps):
            at: tuple[str | int, ...] = (*steps, member, index, "image")
            yield WorkloadImage(_text(container, "image", at), _text(container, "name", at), at)
    for index, volume in _iter_objects(spec, "volumes", steps):
        source = volume.get("image")
        if isinstance(source, dict):
            at = (*steps, "volumes", index, "image", "reference")
            yield WorkloadImage(_text(source, "reference", at), _text(volume, "name", at), at)


def workload_name(request: AdmissionRequest) -> str:
    """Give the name of the workload, or the beginning that its name will have."""
    metadata = (request.object or {}).get("metadata")
    if isinstance(metadata, dict):
        for member in ("name", "generateName"):
            if isinstance(metadata.get(member), str) and metadata[member]:
                return str(metadata[member])
    return request.name


def _pod_spec(workload: Mapping[str, Any], steps: tuple[str, ...]) -> Mapping[str, Any] | None:
    found: Any = workload
    for depth, step in enumerate(steps):
        found = found.get(step)
        if found is None and step in _OPTIONAL:
            return None
        if not isinstance(found, dict):
            raise Malformed("workload-invalid", f"{_path(steps[: depth + 1])} must be an object")
    if found.get("containers") is None:
        raise Malformed("workload-invalid", f"{_path(steps)} has no containers")
    checked: Mapping[str, Any] = found
    return checked


def _iter_objects(
    spec: Mapping[str, Any], member: str, steps: tuple[str, ...]
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    members = spec.get(member)
    if members is None:
        return
    if not isinstance(members, list) or not all(isinstance(one, dict) for one in members):
        raise Malformed("workload-invalid", f"{_path((*steps, member))} must be a list of objects")
    yield from enumerate(members)


def _text(parent: Mapping[str, Any], member: str, at: tuple[str | int, ...]) -> str:
    value = parent.get(member, "")
    if value is None or isinstance(value, str):
        return value or ""
    raise Malformed("workload-invalid", f"{member} at {_path(at[:-1])} must be a string")


def _path(steps: tuple[str | int, ...]) -> str:
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text[1:]

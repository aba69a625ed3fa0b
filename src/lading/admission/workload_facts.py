"""A Kubernetes container in its pod as facts that rules can ask about, each with the line that decides it.

What the container says counts for more than what its pod says, as the kubelet has it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lading.admission.host_power import is_engine_socket, is_sensitive_folder
from lading.admission.pod_security import Breach
from lading.admission.spec_documents import Path
from lading.admission.spec_values import flag, member, number, objects, scalar, text, texts
from lading.policy.credential_texts import credential_kind
from lading.policy.workload_evidence import (
    MountFact,
    PodSecurityFact,
    PortFact,
    WorkloadFacts,
    WorkloadSecretFact,
)

_ROLES = {"initContainers": "init", "containers": "container", "ephemeralContainers": "ephemeral"}
_MOUNT_KINDS = {
    "hostPath": "host",
    "secret": "secret",
    "configMap": "config",
    "emptyDir": "memory",
    "persistentVolumeClaim": "volume",
    "csi": "volume",
    "ephemeral": "volume",
}


@dataclass(frozen=True, slots=True)
class PodPlace:
    """A pod spec in the object that holds it."""

    kind: str
    name: str
    namespace: str
    spec: Mapping[str, Any]
    at: Path
    replicas: int
    breaches: tuple[Breach, ...]
    lines: "LineOf"


class LineOf:
    """Gives the line of a place; 0 where the object came without a file."""

    def __init__(self, lines: Mapping[Path, int] | None = None) -> None:
        self._lines = lines

    def __call__(self, path: Path) -> int:
        """The line of what stands at ``path``, or of the nearest thing around it."""
        if self._lines is None:
            return 0
        return next((self._lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self._lines), 1)


def container_facts(pod: PodPlace, container: Mapping[str, Any], at: Path) -> WorkloadFacts:
    """Give the facts of one container; raise Malformed for members of a wrong type."""
    spec = pod.spec
    context, context_at = member(container, "securityContext", at), (*at, "securityContext")
    of_pod, of_pod_at = member(spec, "securityContext", pod.at), (*pod.at, "securityContext")
    user = number(context, "runAsUser", context_at)
    user = number(of_pod, "runAsUser", of_pod_at) if user is None else user
    non_root = flag(context, "runAsNonRoot", context_at)
    non_root = flag(of_pod, "runAsNonRoot", of_pod_at) if non_root is None else non_root
    privileged = flag(context, "privileged", context_at) is True
    capabilities = member(context, "capabilities", context_at)
    resources = member(container, "resources", at)
    limits = member(resources, "limits", (*at, "resources"))
    requests = member(resources, "requests", (*at, "resources"))
    return WorkloadFacts(
        kind=pod.kind,
        name=pod.name,
        namespace_name=pod.namespace,
        container=scalar(container, "name"),
        spec="kubernetes",
        image=text(container, "image", at),
        role=_ROLES.get(str(at[-2]), ""),
        privileged=privileged,
        host_network=flag(spec, "hostNetwork", pod.at) is True,
        host_processes=flag(spec, "hostPID", pod.at) is True,
        host_ipc=flag(spec, "hostIPC", pod.at) is True,
        user="" if user is None else str(user),
        may_be_root=not (non_root is True or (user is not None and user > 0)),
        may_gain_privileges=flag(context, "allowPrivilegeEscalation", context_at) is not False,
        read_only_root=flag(context, "readOnlyRootFilesystem", context_at) is True,
        capabilities_added=_capabilities(capabilities, "add", context_at),
        capabilities_dropped=_capabilities(capabilities, "drop", context_at),
        seccomp=_profile(context, context_at, of_pod, of_pod_at, "seccompProfile"),
        apparmor=_profile(context, context_at, of_pod, of_pod_at, "appArmorProfile"),
        devices=tuple(scalar(one, "devicePath") for one, _ in objects(container, "volumeDevices", at)),
        sysctls=tuple(scalar(one, "name") for one, _ in objects(of_pod, "sysctls", of_pod_at)),
        mounts=tuple(_mounts(pod, container, at)),
        ports=tuple(_ports(pod, container, at)),
        secrets=tuple(_secrets(pod, container, at)),
        memory_limit=scalar(limits, "memory"),
        cpu_limit=scalar(limits, "cpu"),
        requests=bool(scalar(requests, "memory") and scalar(requests, "cpu")),
        liveness=bool(member(container, "livenessProbe", at) or member(container, "startupProbe", at)),
        readiness=bool(member(container, "readinessProbe", at)),
        service_account_token=flag(spec, "automountServiceAccountToken", pod.at) is not False,
        service_account=scalar(spec, "serviceAccountName") or scalar(spec, "serviceAccount"),
        pull_policy=scalar(container, "imagePullPolicy"),
        replicas=pod.replicas,
        pod_security=tuple(_breaches(pod, at)),
    )


def _capabilities(capabilities: Mapping[str, Any], name: str, at: Path) -> tuple[str, ...]:
    given = texts(capabilities, name, (*at, "capabilities"))
    return tuple(one.upper().removeprefix("CAP_") for one in given)


def _profile(context: Mapping[str, Any], at: Path, of_pod: Mapping[str, Any], pod_at: Path, name: str) -> str:
    own = text(member(context, name, at), "type", (*at, name))
    return own or text(member(of_pod, name, pod_at), "type", (*pod_at, name))


def _mounts(pod: PodPlace, container: Mapping[str, Any], at: Path) -> Iterator[MountFact]:
    volumes = {
        scalar(volume, "name"): (volume, place) for volume, place in objects(pod.spec, "volumes", pod.at)
    }
    for mount, place in objects(container, "volumeMounts", at):
        volume, volume_at = volumes.get(scalar(mount, "name"), ({}, place))
        kind = next((name for name, value in volume.items() if name != "name" and value is not None), "")
        host = member(volume, "hostPath", volume_at) if kind == "hostPath" else {}
        source = text(host, "path", (*volume_at, "hostPath")) or scalar(mount, "name")
        yield MountFact(
            kind=_MOUNT_KINDS.get(kind, "other"),
            source=source,
            target=scalar(mount, "mountPath"),
            read_only=flag(mount, "readOnly", place) is True,
            engine_socket=kind == "hostPath" and is_engine_socket(source),
            sensitive=kind == "hostPath" and is_sensitive_folder(source),
            line=pod.lines((*volume_at, "hostPath") if kind == "hostPath" else place),
        )


def _ports(pod: PodPlace, container: Mapping[str, Any], at: Path) -> Iterator[PortFact]:
    for port, place in objects(container, "ports", at):
        yield PortFact(
            container=number(port, "containerPort", place) or 0,
            host=number(port, "hostPort", place) or 0,
            address=scalar(port, "hostIP"),
            line=pod.lines(place),
        )


def _secrets(pod: PodPlace, container: Mapping[str, Any], at: Path) -> Iterator[WorkloadSecretFact]:
    for variable, place in objects(container, "env", at):
        name, value = scalar(variable, "name"), scalar(variable, "value")
        if value and (kind := credential_kind(name, value)):
            yield WorkloadSecretFact(name, kind, "env", pod.lines(place))
    for part in ("command", "args"):
        for index, word in enumerate(texts(container, part, at)):
            yield from secrets_in_argument(word, pod.lines((*at, part, index)))


def secrets_in_argument(word: str, line: int) -> Iterator[WorkloadSecretFact]:
    """Look into ``--password=…`` and ``NAME=…``."""
    name, equals, value = word.lstrip("-").partition("=")
    kind = credential_kind(name if equals else "", value if equals else word)
    if kind:
        yield WorkloadSecretFact(name if equals else "argument", kind, "args", line)


def _breaches(pod: PodPlace, at: Path) -> Iterator[PodSecurityFact]:
    """What breaks the standards in this container or the pod around it, not in those beside it."""
    beside = {(*pod.at, kind) for kind in _ROLES}
    for breach in pod.breaches:
        if breach.path[: len(at)] == at or breach.path[: len(pod.at) + 1] not in beside:
            yield PodSecurityFact(breach.level, breach.check, breach.message, pod.lines(breach.path))

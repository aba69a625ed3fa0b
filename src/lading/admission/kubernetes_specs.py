"""Kubernetes objects as things to judge: each container of a workload, and objects beside them that matter.

Beside workloads these are ConfigMaps (credentials in plain text), Services (what is opened to outside) and
the objects that grant rights. Other kinds have nothing to judge.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lading.admission.admission_review import Kind
from lading.admission.pod_security import judge_pod
from lading.admission.spec_documents import Path, SpecDocument, spec_fault
from lading.admission.spec_values import flag, member, number, objects, scalar, text, texts
from lading.admission.workload_facts import LineOf, PodPlace, container_facts
from lading.admission.workload_images import POD_SPECS
from lading.policy.credential_texts import credential_kind
from lading.policy.workload_evidence import GrantFact, WorkloadFacts, WorkloadSecretFact

_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")


@dataclass(frozen=True, slots=True)
class JudgedSpec:
    """One thing to judge: a container, or an object without any. ``lines`` are those of its facts."""

    facts: WorkloadFacts
    path: Path
    lines: Mapping[str, int]


def is_kubernetes(value: object) -> bool:
    """Whether a document is a Kubernetes object."""
    return isinstance(value, dict) and isinstance(value.get("apiVersion"), str) and "kind" in value


def iter_kubernetes(document: SpecDocument, source: str) -> Iterator[JudgedSpec]:
    """Iterate over what a document holds to judge; a List holds what its items hold."""
    if not is_kubernetes(document.value):
        raise spec_fault(
            source, document.line_of(), "this is not a Kubernetes object: it has no apiVersion and kind"
        )
    yield from _iter_object(document.value, (), LineOf(document.lines))


def judged_object(kind: Kind, value: Mapping[str, Any]) -> Iterator[JudgedSpec]:
    """Iterate over what an object of an API server holds to judge."""
    yield from _iter_known(kind, value, (), LineOf())


def _iter_object(value: Mapping[str, Any], at: Path, lines: LineOf) -> Iterator[JudgedSpec]:
    kind = text(value, "kind", at)
    if kind.endswith("List") and "items" in value:
        for one, place in objects(value, "items", at):
            yield from _iter_object(one, place, lines)
        return
    group, slash, version = text(value, "apiVersion", at).rpartition("/")
    yield from _iter_known(Kind(group if slash else "", version, kind), value, at, lines)


def _iter_known(kind: Kind, value: Mapping[str, Any], at: Path, lines: LineOf) -> Iterator[JudgedSpec]:
    metadata = member(value, "metadata", at)
    named = WorkloadFacts(
        kind=kind.kind,
        name=scalar(metadata, "name") or scalar(metadata, "generateName"),
        namespace_name=scalar(metadata, "namespace"),
        spec="kubernetes",
    )
    steps = POD_SPECS.get((kind.group, kind.kind))
    if steps is not None:
        yield from _iter_containers(named, value, steps, at=at, lines=lines)
    elif (beside := _BESIDE.get((kind.group, kind.kind))) is not None:
        yield JudgedSpec(beside(named, value, at, lines), at, {"workload": lines(at)})


def _iter_containers(
    named: WorkloadFacts, value: Mapping[str, Any], steps: tuple[str, ...], *, at: Path, lines: LineOf
) -> Iterator[JudgedSpec]:
    holder: Mapping[str, Any] = value
    place = at
    for step in steps[:-1]:
        holder, place = member(holder, step, place), (*place, step)
    spec_at: Path = (*place, steps[-1])
    spec = member(holder, steps[-1], place)
    metadata = member(holder, "metadata", place)
    annotations = member(metadata, "annotations", (*place, "metadata"))
    replicas = number(member(value, "spec", at), "replicas", (*at, "spec"))
    pod = PodPlace(
        kind=named.kind,
        name=named.name,
        namespace=named.namespace_name,
        spec=spec,
        at=spec_at,
        replicas=1 if replicas is None else replicas,
        breaches=judge_pod(spec, annotations, at=spec_at),
        lines=lines,
    )
    for kind in _CONTAINERS:
        for container, container_at in objects(spec, kind, spec_at):
            facts = container_facts(pod, container, container_at)
            yield JudgedSpec(facts, container_at, _lines(lines, container_at, spec_at))


def _lines(lines: LineOf, at: Path, spec_at: Path) -> dict[str, int]:
    context: Path = (*at, "securityContext")
    return {
        "workload": lines(at),
        "image": lines((*at, "image")),
        "workload.image": lines((*at, "image")),
        "workload.privileged": lines((*context, "privileged")),
        "workload.host_network": lines((*spec_at, "hostNetwork")),
        "workload.host_processes": lines((*spec_at, "hostPID")),
        "workload.host_ipc": lines((*spec_at, "hostIPC")),
        "workload.capabilities_added": lines((*context, "capabilities", "add")),
        "workload.may_be_root": lines(context),
        "workload.may_gain_privileges": lines(context),
        "workload.read_only_root": lines(context),
        "workload.seccomp": lines((*context, "seccompProfile")),
        "workload.memory_limit": lines((*at, "resources")),
        "workload.cpu_limit": lines((*at, "resources")),
        "workload.pull_policy": lines((*at, "imagePullPolicy")),
    }


def _config_map(named: WorkloadFacts, value: Mapping[str, Any], at: Path, lines: LineOf) -> WorkloadFacts:
    found: list[WorkloadSecretFact] = []
    for name, content in member(value, "data", at).items():
        line = lines((*at, "data", name))
        if isinstance(content, str):
            found += iter_secrets_in_text(str(name), content, line)
    return replace(named, secrets=tuple(found))


def iter_secrets_in_text(name: str, content: str, line: int) -> Iterator[WorkloadSecretFact]:
    """Look into a value, and into the lines ``name=value`` and ``name: value`` of a whole file."""
    if "\n" not in content.strip():
        if kind := credential_kind(name, content):
            yield WorkloadSecretFact(name, kind, "config", line)
        return
    for number_, written in enumerate(content.splitlines(), start=1):
        key, separator, value = written.partition("=" if "=" in written else ":")
        key, value = key.strip().strip("\"'"), value.strip().strip("\"',")
        kind = credential_kind(key if separator else "", value if separator else written)
        if kind and " " not in key:
            yield WorkloadSecretFact(f"{name}: {key}"[:200], kind, "config", line + number_)


def _service(named: WorkloadFacts, value: Mapping[str, Any], at: Path, _: LineOf) -> WorkloadFacts:
    spec, spec_at = member(value, "spec", at), (*at, "spec")
    kind = text(spec, "type", spec_at)
    addresses = texts(spec, "externalIPs", spec_at)
    opened = (kind,) if kind in {"NodePort", "LoadBalancer"} else ()
    return replace(named, external=opened + addresses)


def _role(named: WorkloadFacts, value: Mapping[str, Any], at: Path, lines: LineOf) -> WorkloadFacts:
    grants = tuple(
        GrantFact(
            verbs=texts(rule, "verbs", place),
            resources=texts(rule, "resources", place),
            groups=texts(rule, "apiGroups", place),
            cluster_wide=named.kind == "ClusterRole",
            line=lines(place),
        )
        for rule, place in objects(value, "rules", at)
    )
    return replace(named, grants=grants)


def _binding(named: WorkloadFacts, value: Mapping[str, Any], at: Path, lines: LineOf) -> WorkloadFacts:
    subjects = tuple(
        f"{scalar(one, 'kind')}:{scalar(one, 'namespace')}/{scalar(one, 'name')}"
        if scalar(one, "namespace")
        else f"{scalar(one, 'kind')}:{scalar(one, 'name')}"
        for one, _ in objects(value, "subjects", at)
    )
    grant = GrantFact(
        role=text(member(value, "roleRef", at), "name", (*at, "roleRef")),
        subjects=subjects,
        cluster_wide=named.kind == "ClusterRoleBinding",
        line=lines((*at, "roleRef")),
    )
    return replace(named, grants=(grant,))


def _service_account(named: WorkloadFacts, value: Mapping[str, Any], at: Path, _: LineOf) -> WorkloadFacts:
    mounted = flag(value, "automountServiceAccountToken", at) is not False
    return replace(named, service_account_token=mounted, service_account=named.name)


_RBAC = "rbac.authorization.k8s.io"
_BESIDE = {
    ("", "ConfigMap"): _config_map,
    ("", "Service"): _service,
    ("", "ServiceAccount"): _service_account,
    (_RBAC, "Role"): _role,
    (_RBAC, "ClusterRole"): _role,
    (_RBAC, "RoleBinding"): _binding,
    (_RBAC, "ClusterRoleBinding"): _binding,
}

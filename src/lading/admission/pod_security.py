"""The Kubernetes Pod Security Standards, exactly as upstream judges them, version by version.

The checks, their ids and the versions in which they changed are those of kubernetes/pod-security-admission
(policy/check_*.go); each is one function below. Upstream's restricted level has every check of baseline too.
A pod whose operating system is Windows is spared three checks since v1.25.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lading.admission.spec_documents import Path
from lading.admission.spec_values import flag, member, number, objects, scalar, text, texts

BASELINE, RESTRICTED = "baseline", "restricted"
LATEST = (1, 37)

_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_BASELINE_CAPABILITIES = frozenset(
    (
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"),
        *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    )
)
_SYSCTLS: tuple[tuple[tuple[int, int], tuple[str, ...]], ...] = (
    (
        (1, 0),
        (
            *("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies"),
            *("net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start"),
        ),
    ),
    ((1, 27), ("net.ipv4.ip_local_reserved_ports",)),
    (
        (1, 29),
        (
            *("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout"),
            *("net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes"),
        ),
    ),
    ((1, 32), ("net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem")),
)
_SELINUX_TYPES: tuple[tuple[tuple[int, int], tuple[str, ...]], ...] = (
    ((1, 0), ("", "container_t", "container_init_t", "container_kvm_t")),
    ((1, 31), ("container_engine_t",)),
)
_RESTRICTED_VOLUMES = frozenset(
    (
        *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image"),
        *("persistentVolumeClaim", "projected", "secret"),
    )
)
_APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP_POD_ANNOTATION = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_ANNOTATION = "container.seccomp.security.alpha.kubernetes.io/"


@dataclass(frozen=True, slots=True)
class Breach:
    """What breaks a check: the mildest level that forbids it, upstream's id, and the place in the pod."""

    level: str
    check: str
    message: str
    path: Path


@dataclass(frozen=True, slots=True)
class _Pod:
    spec: Mapping[str, Any]
    at: Path  # of the spec
    annotations: Mapping[str, Any]
    version: tuple[int, int]

    def containers(self) -> Iterator[tuple[Mapping[str, Any], Path]]:
        for kind in _CONTAINERS:
            yield from objects(self.spec, kind, self.at)

    def contexts(self) -> Iterator[tuple[Mapping[str, Any], Path]]:
        """The security contexts: that of the pod, then those of its containers."""
        yield member(self.spec, "securityContext", self.at), (*self.at, "securityContext")
        for container, at in self.containers():
            yield member(container, "securityContext", at), (*at, "securityContext")

    @property
    def own_users(self) -> bool:
        """Whether the pod has a user namespace of its own."""
        return flag(self.spec, "hostUsers", self.at) is False

    @property
    def windows(self) -> bool:
        system = member(self.spec, "os", self.at)
        return self.version >= (1, 25) and text(system, "name", (*self.at, "os")) == "windows"


def judge_pod(
    spec: Mapping[str, Any],
    annotations: Mapping[str, Any],
    *,
    at: Path = ("spec",),
    version: tuple[int, int] = LATEST,
) -> tuple[Breach, ...]:
    """Give everything in the pod that this version forbids; raise Malformed for wrong types."""
    pod = _Pod(spec, at, annotations, version)
    return tuple(
        Breach(check.level, check.id, message, path)
        for check in _CHECKS
        if version >= check.since and (check.until is None or version < check.until)
        for message, path in check.judge(pod)
    )


def breaks_level(breaches: tuple[Breach, ...], level: str) -> bool:
    """Whether a pod with these breaches may not run under a level."""
    return any(breach.level == BASELINE or level == RESTRICTED for breach in breaches)


_Found = Iterator[tuple[str, Path]]


def _privileged(pod: _Pod) -> _Found:
    for context, at in pod.contexts():
        if len(at) > len(pod.at) + 1 and flag(context, "privileged", at):
            yield "privileged is true", (*at, "privileged")


def _host_namespaces(pod: _Pod) -> _Found:
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if flag(pod.spec, name, pod.at):
            yield f"{name} is true", (*pod.at, name)


def _host_path_volumes(pod: _Pod) -> _Found:
    for volume, at in objects(pod.spec, "volumes", pod.at):
        if volume.get("hostPath") is not None:
            yield f"the volume {scalar(volume, 'name')} is a folder of the host", (*at, "hostPath")


def _host_ports(pod: _Pod) -> _Found:
    for container, at in pod.containers():
        for port, place in objects(container, "ports", at):
            if number(port, "hostPort", place):
                yield f"it takes port {port['hostPort']} of the host", (*place, "hostPort")


def _host_probes(pod: _Pod) -> _Found:
    for container, at in pod.containers():
        for name in ("livenessProbe", "readinessProbe", "startupProbe"):
            yield from _hosts_asked(member(container, name, at), (*at, name))
        lifecycle = member(container, "lifecycle", at)
        for name in ("postStart", "preStop"):
            yield from _hosts_asked(member(lifecycle, name, (*at, "lifecycle")), (*at, "lifecycle", name))


def _hosts_asked(action: Mapping[str, Any], at: Path) -> _Found:
    for kind in ("httpGet", "tcpSocket"):
        if text(member(action, kind, at), "host", (*at, kind)):
            yield "it asks another host than the container", (*at, kind, "host")


def _capabilities_baseline(pod: _Pod) -> _Found:
    for context, at in pod.contexts():
        added = texts(member(context, "capabilities", at), "add", (*at, "capabilities"))
        beyond = [name for name in added if name not in _BASELINE_CAPABILITIES]
        if beyond:
            yield f"it adds {', '.join(beyond)}", (*at, "capabilities", "add")


def _capabilities_restricted(pod: _Pod) -> _Found:
    if pod.windows:
        return
    for container, place in pod.containers():
        at: Path = (*place, "securityContext")
        capabilities = member(member(container, "securityContext", place), "capabilities", at)
        if "ALL" not in texts(capabilities, "drop", (*at, "capabilities")):
            yield "it does not drop ALL capabilities", at
        added = texts(capabilities, "add", (*at, "capabilities"))
        if beyond := [name for name in added if name != "NET_BIND_SERVICE"]:
            yield f"it adds {', '.join(beyond)}", (*at, "capabilities", "add")


def _windows_host_process(pod: _Pod) -> _Found:
    for context, at in pod.contexts():
        if flag(member(context, "windowsOptions", at), "hostProcess", (*at, "windowsOptions")):
            yield "windowsOptions.hostProcess is true", (*at, "windowsOptions", "hostProcess")


def _apparmor(pod: _Pod) -> _Found:
    for name, profile in pod.annotations.items():
        if str(name).startswith(_APPARMOR_ANNOTATION) and not (
            profile in {"", "runtime/default"} or str(profile).startswith("localhost/")
        ):
            yield f"the annotation {name} is {profile}", ("metadata", "annotations", str(name))
    for context, at in pod.contexts():
        profile = text(member(context, "appArmorProfile", at), "type", (*at, "appArmorProfile"))
        if profile not in {"", "RuntimeDefault", "Localhost"}:
            yield f"the AppArmor profile is {profile}", (*at, "appArmorProfile", "type")


def _selinux(pod: _Pod) -> _Found:
    allowed = _since(_SELINUX_TYPES, pod.version)
    for context, at in pod.contexts():
        options = member(context, "seLinuxOptions", at)
        place = (*at, "seLinuxOptions")
        if text(options, "type", place) not in allowed:
            yield f"the SELinux type is {options['type']}", (*place, "type")
        for name in ("user", "role"):
            if text(options, name, place):
                yield f"the SELinux {name} is set", (*place, name)


def _proc_mount(pod: _Pod) -> _Found:
    if pod.version >= (1, 35) and pod.own_users:
        return
    yield from _unmasked(pod)


def _proc_mount_restricted(pod: _Pod) -> _Found:
    yield from _unmasked(pod)


def _unmasked(pod: _Pod) -> _Found:
    for context, at in pod.contexts():
        if text(context, "procMount", at) not in {"", "Default"}:
            yield f"procMount is {context['procMount']}", (*at, "procMount")


def _seccomp_annotations(pod: _Pod) -> _Found:
    for name, profile in pod.annotations.items():
        watched = name == _SECCOMP_POD_ANNOTATION or str(name).startswith(_SECCOMP_ANNOTATION)
        allowed = profile in {"runtime/default", "docker/default"} or str(profile).startswith("localhost/")
        if watched and not allowed:
            yield f"the annotation {name} is {profile}", ("metadata", "annotations", str(name))


def _seccomp_baseline(pod: _Pod) -> _Found:
    for context, at in pod.contexts():
        profile = text(member(context, "seccompProfile", at), "type", (*at, "seccompProfile"))
        if profile not in {"", "RuntimeDefault", "Localhost"}:
            yield f"the seccomp profile is {profile}", (*at, "seccompProfile", "type")


def _seccomp_restricted(pod: _Pod) -> _Found:
    if pod.windows:
        return
    yield from _seccomp_baseline(pod)
    of_pod, pod_at = next(pod.contexts())
    if text(member(of_pod, "seccompProfile", pod_at), "type", pod_at):
        return
    for container, place in pod.containers():
        at: Path = (*place, "securityContext")
        context = member(container, "securityContext", place)
        if not text(member(context, "seccompProfile", at), "type", at):
            yield "neither the container nor the pod sets a seccomp profile", at


def _sysctls(pod: _Pod) -> _Found:
    allowed = _since(_SYSCTLS, pod.version)
    at: Path = (*pod.at, "securityContext")
    for setting, place in objects(member(pod.spec, "securityContext", pod.at), "sysctls", at):
        if text(setting, "name", place) not in allowed:
            yield f"it changes the kernel setting {scalar(setting, 'name')}", (*place, "name")


def _privilege_escalation(pod: _Pod) -> _Found:
    if pod.windows:
        return
    for container, place in pod.containers():
        at: Path = (*place, "securityContext")
        if flag(member(container, "securityContext", place), "allowPrivilegeEscalation", at) is not False:
            yield "allowPrivilegeEscalation is not false", at


def _restricted_volumes(pod: _Pod) -> _Found:
    for volume, at in objects(pod.spec, "volumes", pod.at):
        kinds = [name for name, value in volume.items() if name != "name" and value is not None]
        if any(kind not in _RESTRICTED_VOLUMES for kind in kinds):
            yield f"the volume {scalar(volume, 'name')} is of the kind {', '.join(kinds)}", at


def _run_as_non_root(pod: _Pod) -> _Found:
    of_pod, pod_at = next(pod.contexts())
    for_all = flag(of_pod, "runAsNonRoot", pod_at)
    if for_all is False:
        yield "runAsNonRoot is false", (*pod_at, "runAsNonRoot")
    for container, place in pod.containers():
        at: Path = (*place, "securityContext")
        own = flag(member(container, "securityContext", place), "runAsNonRoot", at)
        if own is False:
            yield "runAsNonRoot is false", (*at, "runAsNonRoot")
        elif own is None and not for_all:
            yield "neither the container nor the pod sets runAsNonRoot", at


def _run_as_user(pod: _Pod) -> _Found:
    for context, at in pod.contexts():
        if number(context, "runAsUser", at) == 0:
            yield "runAsUser is 0", (*at, "runAsUser")


def _since(
    table: tuple[tuple[tuple[int, int], tuple[str, ...]], ...], version: tuple[int, int]
) -> frozenset[str]:
    return frozenset(name for since, names in table if version >= since for name in names)


@dataclass(frozen=True, slots=True)
class _Check:
    level: str
    id: str
    judge: Callable[[_Pod], _Found]
    since: tuple[int, int] = (1, 0)
    until: tuple[int, int] | None = None


_CHECKS = (
    _Check(BASELINE, "privileged", _privileged),
    _Check(BASELINE, "hostNamespaces", _host_namespaces),
    _Check(BASELINE, "hostPathVolumes", _host_path_volumes),
    _Check(BASELINE, "hostPorts", _host_ports),
    _Check(BASELINE, "hostProbesAndHostLifecycle", _host_probes, (1, 34)),
    _Check(BASELINE, "capabilities_baseline", _capabilities_baseline),
    _Check(BASELINE, "windowsHostProcess", _windows_host_process),
    _Check(BASELINE, "appArmorProfile", _apparmor),
    _Check(BASELINE, "seLinuxOptions", _selinux),
    _Check(BASELINE, "procMount", _proc_mount),
    _Check(BASELINE, "seccompProfile_baseline", _seccomp_annotations, until=(1, 19)),
    _Check(BASELINE, "seccompProfile_baseline", _seccomp_baseline, (1, 19)),
    _Check(BASELINE, "sysctls", _sysctls),
    _Check(RESTRICTED, "allowPrivilegeEscalation", _privilege_escalation, (1, 8)),
    _Check(RESTRICTED, "capabilities_restricted", _capabilities_restricted, (1, 22)),
    _Check(RESTRICTED, "restrictedVolumes", _restricted_volumes),
    _Check(RESTRICTED, "runAsNonRoot", _run_as_non_root),
    _Check(RESTRICTED, "runAsUser", _run_as_user, (1, 23)),
    _Check(RESTRICTED, "seccompProfile_restricted", _seccomp_restricted, (1, 19)),
    _Check(RESTRICTED, "procMount_restricted", _proc_mount_restricted, (1, 35)),
)

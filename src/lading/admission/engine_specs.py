"""What a Docker Engine is asked to run, in the same facts as a Kubernetes container or a Compose service.

Members are those of the Engine API (v1.24 to v1.47, ``ContainerCreate``, ``ContainerExec``,
``ServiceCreate``). The mapping that is handed in finds them in any case; keys of maps (labels, sysctls,
ports) are in small letters.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lading.admission.host_power import is_engine_socket, is_sensitive_folder
from lading.admission.spec_documents import Path
from lading.admission.spec_values import flag, member, number, objects, text, texts
from lading.admission.workload_facts import secrets_in_argument
from lading.foundation.errors import Malformed
from lading.policy.credential_texts import credential_kind
from lading.policy.evidence import starts_as_root
from lading.policy.workload_evidence import MountFact, PortFact, WorkloadFacts, WorkloadSecretFact

_TOP: Path = ()
_HOST: Path = ("HostConfig",)
_PROFILES = {"unconfined": "Unconfined", "runtime/default": "RuntimeDefault", "builtin": "RuntimeDefault"}
_UNMASKED = ("maskedpaths", "readonlypaths")


def container_facts(spec: Mapping[str, Any], name: str = "") -> WorkloadFacts:
    """Read the body of ``POST /containers/create``; raise Malformed for what is of another type."""
    host = member(spec, "HostConfig", _TOP)
    user = text(spec, "User", _TOP)
    options = texts(host, "SecurityOpt", _HOST)
    return WorkloadFacts(
        kind="container",
        name=name,
        container=name,
        spec="engine",
        image=text(spec, "Image", _TOP),
        role="container",
        privileged=flag(host, "Privileged", _HOST) is True,
        host_network=text(host, "NetworkMode", _HOST) == "host",
        host_processes=text(host, "PidMode", _HOST) == "host",
        host_ipc=text(host, "IpcMode", _HOST) == "host",
        user=user,
        may_be_root=starts_as_root(user),
        may_gain_privileges=not any(_means_no_new(option) for option in options),
        read_only_root=flag(host, "ReadonlyRootfs", _HOST) is True,
        capabilities_added=_capabilities(host, "CapAdd"),
        capabilities_dropped=_capabilities(host, "CapDrop"),
        seccomp="Unconfined" if _is_unmasked(host) else _option(options, "seccomp"),
        apparmor=_option(options, "apparmor"),
        devices=tuple(_devices(host)),
        sysctls=tuple(member(host, "Sysctls", _HOST)),
        mounts=tuple(_mounts(host)),
        ports=tuple(_ports(host)),
        secrets=tuple(_secrets(spec)),
        memory_limit=_some(number(host, "Memory", _HOST)),
        cpu_limit=_some(number(host, "NanoCpus", _HOST) or number(host, "CpuQuota", _HOST)),
        requests=bool(number(host, "MemoryReservation", _HOST)),
        liveness=any(one != "NONE" for one in texts(member(spec, "Healthcheck", _TOP), "Test", _TOP)),
    )


def exec_facts(spec: Mapping[str, Any], container: str) -> WorkloadFacts:
    """Read the body of ``POST /containers/{id}/exec``: a program in a container that runs already."""
    user = text(spec, "User", _TOP)
    return WorkloadFacts(
        kind="exec",
        name=container,
        container=container,
        spec="engine",
        role="ephemeral",
        privileged=flag(spec, "Privileged", _TOP) is True,
        user=user,
        secrets=tuple(_secrets(spec)),
    )


def service_facts(spec: Mapping[str, Any]) -> WorkloadFacts:
    """Read the body of ``POST /services/create``: what a swarm is to run."""
    at: Path = ("TaskTemplate", "ContainerSpec")
    inner = member(member(spec, "TaskTemplate", _TOP), "ContainerSpec", ("TaskTemplate",))
    user = text(inner, "User", at)
    mounts = (_mount(one, place) for one, place in objects(inner, "Mounts", at))
    return WorkloadFacts(
        kind="service",
        name=text(spec, "Name", _TOP),
        container=text(spec, "Name", _TOP),
        spec="engine",
        image=text(inner, "Image", at),
        role="container",
        user=user,
        may_be_root=starts_as_root(user),
        may_gain_privileges=flag(member(inner, "Privileges", at), "NoNewPrivileges", at) is not True,
        read_only_root=flag(inner, "ReadOnly", at) is True,
        capabilities_added=_capabilities(inner, "CapabilityAdd"),
        capabilities_dropped=_capabilities(inner, "CapabilityDrop"),
        sysctls=tuple(member(inner, "Sysctls", at)),
        mounts=tuple(mounts),
        secrets=tuple(_secrets(inner)),
    )


def plugin_facts(name: str) -> WorkloadFacts:
    """What an engine plugin is: a program with the host's power, whatever it says of itself."""
    return WorkloadFacts(
        kind="engine plugin",
        name=name,
        spec="engine",
        role="container",
        privileged=True,
        host_network=True,
        may_be_root=True,
        may_gain_privileges=True,
    )


def volume_facts(spec: Mapping[str, Any]) -> WorkloadFacts | None:
    """What a volume would open to whoever mounts it by name; None for one that is only room."""
    device = member(spec, "DriverOpts", _TOP).get("device")
    if not isinstance(device, str) or not device.startswith("/"):
        return None
    name = text(spec, "Name", _TOP)
    return WorkloadFacts(
        kind="volume", name=name, spec="engine", mounts=(_mount_fact("host", device, name, read_only=False),)
    )


def _means_no_new(option: str) -> bool:
    written = option.replace(" ", "").replace("=", ":", 1)
    return written in {"no-new-privileges", "no-new-privileges:true"}


def _option(options: tuple[str, ...], name: str) -> str:
    found = ""
    for option in options:  # of two, the engine takes the last
        key, _, value = option.replace("=", ":", 1).partition(":")
        if key.strip() == name:
            known = {
                "unconfined": "Unconfined",
                "runtime/default": "RuntimeDefault",
                "builtin": "RuntimeDefault",
            }
            found = known.get(value.strip(), "Localhost")
    return found


def _is_unmasked(host: Mapping[str, Any]) -> bool:
    """Whether parts of /proc that the engine hides are shown (``systempaths=unconfined``)."""
    written = any("systempaths" in one and "unconfined" in one for one in texts(host, "SecurityOpt", _HOST))
    return written or any(name in host and host[name] == [] for name in _UNMASKED)


def _capabilities(spec: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(one.upper().removeprefix("CAP_") for one in texts(spec, name, _HOST))


def _devices(host: Mapping[str, Any]) -> Iterator[str]:
    for device, place in objects(host, "Devices", _HOST):
        yield text(device, "PathOnHost", place)
    for request, place in objects(host, "DeviceRequests", _HOST):
        yield f"driver {text(request, 'Driver', place) or 'of the engine'}"
    for rule in texts(host, "DeviceCgroupRules", _HOST):
        yield f"devices {rule}"


def _mounts(host: Mapping[str, Any]) -> Iterator[MountFact]:
    for bind in texts(host, "Binds", _HOST):
        source, _, rest = bind.partition(":")
        target, _, mode = rest.partition(":")
        yield _mount_fact(
            "host" if source.startswith("/") else "volume", source, target, "ro" in mode.split(",")
        )
    for one, place in objects(host, "Mounts", _HOST):
        yield _mount(one, place)
    for container in texts(host, "VolumesFrom", _HOST):
        yield MountFact("other", f"container {container}", "")


def _mount(one: Mapping[str, Any], place: Path) -> MountFact:
    kinds = {"bind": "host", "volume": "volume", "tmpfs": "memory", "npipe": "host"}
    source = text(one, "Source", place)
    options = member(member(one, "VolumeOptions", place), "DriverConfig", place)
    device = member(options, "Options", place).get("device")
    # A volume of the local driver with a device that is a folder is a bind mount under another name.
    if isinstance(device, str) and device.startswith("/"):
        return _mount_fact("host", device, text(one, "Target", place), flag(one, "ReadOnly", place) is True)
    kind = kinds.get(text(one, "Type", place), "other")
    return _mount_fact(kind, source, text(one, "Target", place), flag(one, "ReadOnly", place) is True)


def _mount_fact(kind: str, source: str, target: str, read_only: bool) -> MountFact:
    host = kind == "host"
    socket, sensitive = host and is_engine_socket(source), host and is_sensitive_folder(source)
    return MountFact(kind, source, target, read_only, socket, sensitive)


def _ports(host: Mapping[str, Any]) -> Iterator[PortFact]:
    bindings = member(host, "PortBindings", _HOST)
    for key in bindings:
        given = bindings[key]
        if given is not None and not isinstance(given, list):
            raise Malformed("workload-invalid", "HostConfig.PortBindings must be lists")
        for one in given or [{}]:
            if not isinstance(one, Mapping):
                raise Malformed("workload-invalid", "HostConfig.PortBindings must be lists of objects")
            port, address = text(one, "HostPort", _HOST), text(one, "HostIp", _HOST)
            yield PortFact(_number(key.partition("/")[0]), _number(port), address)


def _number(written: str) -> int:
    """The first port of a range; 0 for one that the engine chooses."""
    first = written.partition("-")[0]
    return int(first) if first.isdigit() and len(first) < 6 else 0


def _secrets(spec: Mapping[str, Any]) -> Iterator[WorkloadSecretFact]:
    for pair in texts(spec, "Env", _TOP):
        name, _, value = pair.partition("=")
        if value and (kind := credential_kind(name, value)):
            yield WorkloadSecretFact(name, kind, "env")
    for part in ("Cmd", "Entrypoint", "Command", "Args"):
        given = spec.get(part)
        for word in [given] if isinstance(given, str) else texts(spec, part, _TOP):
            yield from secrets_in_argument(word, 0)


def _some(count: int | None) -> str:
    return str(count) if count else ""

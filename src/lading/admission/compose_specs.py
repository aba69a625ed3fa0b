"""Compose files as things to judge: each service, in the same facts as a Kubernetes container.

The forms are those of the Compose specification; where it allows a short and a long form, both are read.
Variables ``${NAME:-default}`` take their default; one without stays as it is written.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lading.admission.host_power import is_engine_socket, is_sensitive_folder
from lading.admission.kubernetes_specs import JudgedSpec
from lading.admission.spec_documents import Path, SpecDocument, spec_fault
from lading.admission.spec_values import flag, member, scalar, show_path
from lading.admission.workload_facts import LineOf, secrets_in_argument
from lading.foundation.errors import Malformed
from lading.policy.credential_texts import credential_kind
from lading.policy.evidence import starts_as_root
from lading.policy.workload_evidence import MountFact, PortFact, WorkloadFacts, WorkloadSecretFact

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::?-([^{}]*))\}")
_WINDOWS_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_KINDS = {"bind": "host", "volume": "volume", "tmpfs": "memory", "npipe": "host"}


def is_compose(value: object) -> bool:
    """Whether a document is a Compose file."""
    return isinstance(value, dict) and isinstance(value.get("services"), dict) and "apiVersion" not in value


def iter_compose(document: SpecDocument, source: str) -> Iterator[JudgedSpec]:
    """Iterate over the services of a Compose file."""
    if not is_compose(document.value):
        raise spec_fault(source, document.line_of(), "this is not a Compose file: it has no services")
    lines = LineOf(document.lines)
    for name, service in document.value["services"].items():
        at: Path = ("services", str(name))
        if not isinstance(service, Mapping):
            raise spec_fault(source, lines(at), f"the service {name} is a mapping")
        yield JudgedSpec(_facts(str(name), service, at, lines), at, _lines(lines, at))


def _facts(name: str, service: Mapping[str, Any], at: Path, lines: LineOf) -> WorkloadFacts:
    user = _filled(scalar(service, "user"))
    options = [_filled(one) for one in _list(service, "security_opt", at)]
    limits = member(member(member(service, "deploy", at), "resources", at), "limits", at)
    reserved = member(member(member(service, "deploy", at), "resources", at), "reservations", at)
    replicas = member(service, "deploy", at).get("replicas", service.get("scale"))
    return WorkloadFacts(
        kind="service",
        name=name,
        container=_filled(scalar(service, "container_name")) or name,
        spec="compose",
        image=_filled(scalar(service, "image")),
        role="container",
        privileged=flag(service, "privileged", at) is True,
        host_network=scalar(service, "network_mode") == "host",
        host_processes=scalar(service, "pid") == "host",
        host_ipc=scalar(service, "ipc") == "host",
        user=user,
        may_be_root=starts_as_root(user),
        may_gain_privileges=not any(
            option.replace(" ", "")
            in {"no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"}
            for option in options
        ),
        read_only_root=flag(service, "read_only", at) is True,
        capabilities_added=_capabilities(service, "cap_add", at),
        capabilities_dropped=_capabilities(service, "cap_drop", at),
        seccomp=_option(options, "seccomp"),
        apparmor=_option(options, "apparmor"),
        devices=tuple(_filled(one).partition(":")[0] for one in _list(service, "devices", at)),
        sysctls=tuple(key for key, _, _ in _pairs(service, "sysctls", at)),
        mounts=tuple(_mounts(service, at, lines)),
        ports=tuple(_ports(service, at, lines)),
        secrets=tuple(_secrets(service, at, lines)),
        memory_limit=scalar(service, "mem_limit") or scalar(limits, "memory"),
        cpu_limit=scalar(service, "cpus") or scalar(limits, "cpus"),
        requests=bool(scalar(reserved, "memory") or scalar(service, "mem_reservation")),
        liveness=bool(member(service, "healthcheck", at))
        and member(service, "healthcheck", at).get("disable") is not True,
        pull_policy=scalar(service, "pull_policy"),
        replicas=replicas if isinstance(replicas, int) else 1,
    )


def _lines(lines: LineOf, at: Path) -> dict[str, int]:
    members = {
        "image": "image",
        "privileged": "privileged",
        "host_network": "network_mode",
        "user": "user",
        "host_processes": "pid",
        "host_ipc": "ipc",
        "may_be_root": "user",
        "devices": "devices",
        "may_gain_privileges": "security_opt",
        "read_only_root": "read_only",
        "seccomp": "security_opt",
        "capabilities_added": "cap_add",
        "capabilities_dropped": "cap_drop",
        "memory_limit": "mem_limit",
    }
    found = {f"workload.{fact}": lines((*at, name)) for fact, name in members.items()}
    return {**found, "workload": lines(at), "image": lines((*at, "image"))}


def _mounts(service: Mapping[str, Any], at: Path, lines: LineOf) -> Iterator[MountFact]:
    for index, one in enumerate(_members(service, "volumes", at)):
        place: Path = (*at, "volumes", index)
        if isinstance(one, str):
            source, target, mode = _short_mount(_filled(one))
            kind = "host" if source.startswith(("/", ".", "~")) or _WINDOWS_DRIVE.match(source) else "volume"
            read_only = "ro" in mode.split(",")
        elif isinstance(one, Mapping):
            source, target = _filled(scalar(one, "source")), _filled(scalar(one, "target"))
            kind = _KINDS.get(scalar(one, "type"), "other")
            read_only = flag(one, "read_only", place) is True
        else:
            raise Malformed("workload-invalid", f"{show_path(place)} must be a text or an object")
        host = kind == "host"
        yield MountFact(
            kind,
            source,
            target,
            read_only,
            host and is_engine_socket(source),
            host and is_sensitive_folder(source),
            lines(place),
        )


def _short_mount(text: str) -> tuple[str, str, str]:
    drive = _WINDOWS_DRIVE.match(text)
    source, _, rest = (text[2:] if drive else text).partition(":")
    target, _, mode = rest.partition(":")
    return ((text[:2] + source if drive else source), target, mode) if rest else ("", source, "")


def _ports(service: Mapping[str, Any], at: Path, lines: LineOf) -> Iterator[PortFact]:
    for index, one in enumerate(_members(service, "ports", at)):
        place: Path = (*at, "ports", index)
        if isinstance(one, Mapping):
            yield PortFact(
                _number(scalar(one, "target")),
                _number(scalar(one, "published")),
                scalar(one, "host_ip"),
                lines(place),
            )
            continue
        written = _filled(str(one)).partition("/")[0]
        rest, _, container = written.rpartition(":")
        address, _, host = rest.rpartition(":")
        yield PortFact(_number(container), _number(host), address.strip("[]"), lines(place))


def _number(text: str) -> int:
    """The first port of a range; 0 for one that the engine chooses or that is not known."""
    first = text.partition("-")[0]
    return int(first) if first.isdigit() and len(first) < 6 else 0


def _secrets(service: Mapping[str, Any], at: Path, lines: LineOf) -> Iterator[WorkloadSecretFact]:
    for part, place in (("environment", "env"), ("labels", "label")):
        for name, value, path in _pairs(service, part, at):
            if kind := credential_kind(name, value):
                yield WorkloadSecretFact(name, kind, place, lines(path))
    build = service.get("build")
    if isinstance(build, Mapping):
        for name, value, path in _pairs(build, "args", (*at, "build")):
            if kind := credential_kind(name, value):
                yield WorkloadSecretFact(name, kind, "args", lines(path))
    for part in ("command", "entrypoint"):
        given = service.get(part)
        words = given.split() if isinstance(given, str) else given if isinstance(given, list) else []
        for word in words:
            yield from secrets_in_argument(str(word), lines((*at, part)))


def _pairs(service: Mapping[str, Any], name: str, at: Path) -> Iterator[tuple[str, str, Path]]:
    """Read ``{NAME: value}`` and ``["NAME=value"]``; a name without a value takes it from outside."""
    given = service.get(name)
    if isinstance(given, Mapping):
        for key in given:
            yield str(key), _filled(scalar(given, key)), (*at, name, str(key))
        return
    for index, one in enumerate(_members(service, name, at)):
        key, _, value = str(one).partition("=")
        yield key, _filled(value), (*at, name, index)


def _members(service: Mapping[str, Any], name: str, at: Path) -> list[Any]:
    given = service.get(name)
    if given is None:
        return []
    if not isinstance(given, list):
        raise Malformed("workload-invalid", f"{show_path((*at, name))} must be a list")
    return given


def _list(service: Mapping[str, Any], name: str, at: Path) -> list[str]:
    return [str(one) for one in _members(service, name, at)]


def _capabilities(service: Mapping[str, Any], name: str, at: Path) -> tuple[str, ...]:
    return tuple(one.upper().removeprefix("CAP_") for one in _list(service, name, at))


def _option(options: list[str], name: str) -> str:
    for option in options:
        key, _, value = option.replace("=", ":", 1).partition(":")
        if key.strip() == name:
            return {"unconfined": "Unconfined", "runtime/default": "RuntimeDefault"}.get(value, "Localhost")
    return ""


def _filled(text: str) -> str:
    return _VARIABLE.sub(lambda found: found.group(2) or "", text).replace("$$", "$")

"""What wants to run an image, as rules see it: one value for Kubernetes, Compose and a container engine."""

from dataclasses import dataclass
from typing import Annotated

_LINE = "Line of the file; 0 where there is no file."


@dataclass(frozen=True, slots=True)
class MountFact:
    """One mount of the container."""

    kind: Annotated[
        str, "`host` for a folder of the host, `volume`, `secret`, `config`, `memory`, `other`."
    ] = "volume"
    source: Annotated[str, "Folder of the host, or name of the volume."] = ""
    target: Annotated[str, "Where it stands in the container."] = ""
    read_only: Annotated[bool, "Whether it can only be read."] = False
    engine_socket: Annotated[bool, "Whether it hands out the socket of a container engine."] = False
    sensitive: Annotated[bool, "Whether it hands out a folder of the host that gives power over it."] = False
    line: Annotated[int, _LINE] = 0


@dataclass(frozen=True, slots=True)
class WorkloadSecretFact:
    """A credential that is written into a workload spec. The credential itself is never in the evidence."""

    name: Annotated[str, "Variable, key or argument that carries it."] = ""
    kind: Annotated[str, "`private-key`, `named-credential`, `random-text` …"] = ""
    place: Annotated[str, "`env`, `args`, `config`, `label`."] = "env"
    line: Annotated[int, _LINE] = 0


@dataclass(frozen=True, slots=True)
class PortFact:
    """A port that the container opens."""

    container: Annotated[int, "Port in the container."] = 0
    host: Annotated[int, "Port of the host; 0 where none is taken."] = 0
    address: Annotated[str, "Address of the host that it is opened on; empty for all of them."] = ""
    line: Annotated[int, _LINE] = 0


@dataclass(frozen=True, slots=True)
class PodSecurityFact:
    """One breach of the Kubernetes Pod Security Standards."""

    level: Annotated[str, "`baseline` or `restricted`: the mildest level that forbids it."] = "baseline"
    check: Annotated[str, "Upstream's id of the check: `hostNamespaces`, `seccompProfile_restricted` …"] = ""
    message: Annotated[str, "What breaks it."] = ""
    line: Annotated[int, _LINE] = 0


@dataclass(frozen=True, slots=True)
class GrantFact:
    """One rule of a Kubernetes Role, or what a binding binds to."""

    verbs: Annotated[tuple[str, ...], "Verbs that are granted."] = ()
    resources: Annotated[tuple[str, ...], "Resources that they are granted on."] = ()
    groups: Annotated[tuple[str, ...], "API groups of these."] = ()
    role: Annotated[str, "Of a binding: the role that is given."] = ""
    subjects: Annotated[tuple[str, ...], "Of a binding: who is given it."] = ()
    cluster_wide: Annotated[bool, "Whether it holds in every namespace."] = False
    line: Annotated[int, _LINE] = 0


@dataclass(frozen=True, slots=True)
class WorkloadFacts:
    """What wants to run the image; all empty at gates where nothing does yet."""

    kind: Annotated[str, "`Deployment`, `Pod`, `container` …"] = ""
    name: Annotated[str, "Its name."] = ""
    # Not "namespace": that word is reserved in CEL.
    namespace_name: Annotated[str, "Kubernetes namespace."] = ""
    container: Annotated[str, "Name of the container within it."] = ""
    host: Annotated[str, "Host or cluster."] = ""
    spec: Annotated[
        str, "Where the facts below are from: `kubernetes`, `compose`, `engine`; empty for none."
    ] = ""
    image: Annotated[str, "The image as the spec names it."] = ""
    role: Annotated[str, "`container`, `init` or `ephemeral`; empty where nothing is run."] = ""
    privileged: Annotated[bool, "Whether the container is privileged."] = False
    host_network: Annotated[bool, "Whether it uses the network of the host."] = False
    host_processes: Annotated[bool, "Whether it sees the processes of the host (hostPID, pid: host)."] = False
    host_ipc: Annotated[bool, "Whether it uses the shared memory of the host."] = False
    user: Annotated[str, "User that the spec sets; empty where it leaves that to the image."] = ""
    may_be_root: Annotated[bool, "Whether nothing in the spec keeps it from starting as root."] = False
    may_gain_privileges: Annotated[bool, "Whether setuid programs may give it more than it has."] = False
    read_only_root: Annotated[bool, "Whether its own file system can only be read."] = False
    capabilities_added: Annotated[
        tuple[str, ...], "Capabilities beyond the engine's default, without CAP_."
    ] = ()
    capabilities_dropped: Annotated[tuple[str, ...], "Capabilities taken away; `ALL` for all."] = ()
    seccomp: Annotated[
        str, "`RuntimeDefault`, `Localhost`, `Unconfined`; empty where the spec sets none."
    ] = ""
    apparmor: Annotated[str, "Likewise for AppArmor."] = ""
    devices: Annotated[tuple[str, ...], "Devices of the host that it is given."] = ()
    sysctls: Annotated[tuple[str, ...], "Kernel settings that it changes."] = ()
    mounts: Annotated[tuple[MountFact, ...], "Its mounts."] = ()
    ports: Annotated[tuple[PortFact, ...], "Its ports."] = ()
    secrets: Annotated[tuple[WorkloadSecretFact, ...], "Credentials written into the spec."] = ()
    memory_limit: Annotated[str, "Most memory, as written; empty for none."] = ""
    cpu_limit: Annotated[str, "Most processor time, as written; empty for none."] = ""
    requests: Annotated[bool, "Whether it says what it needs of memory and processor."] = False
    liveness: Annotated[bool, "Whether somebody asks if it still lives (probe, health check)."] = False
    readiness: Annotated[bool, "Whether somebody asks if it can serve."] = False
    service_account_token: Annotated[bool, "Whether it is handed a token for the Kubernetes API."] = False
    service_account: Annotated[str, "Service account; empty for the default one."] = ""
    pull_policy: Annotated[str, "`Always`, `IfNotPresent`, `Never`; empty where the spec sets none."] = ""
    replicas: Annotated[int, "How many of it there are to be; 1 where nothing is said."] = 1
    external: Annotated[
        tuple[str, ...],
        "Of a Service: how it is opened to outside (`NodePort`, `LoadBalancer`, external addresses).",
    ] = ()
    pod_security: Annotated[tuple[PodSecurityFact, ...], "What breaks the Pod Security Standards."] = ()
    grants: Annotated[
        tuple[GrantFact, ...], "Rights that the object grants (Role, ClusterRole, bindings)."
    ] = ()

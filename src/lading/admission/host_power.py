"""Folders and sockets of a host that give whoever has them power over it."""

import posixpath

_SOCKETS = (
    *("docker.sock", "containerd.sock", "crio.sock", "podman.sock", "cri-dockerd.sock", "dockershim.sock"),
    *("containerd.sock.ttrpc", "buildkitd.sock"),
)
# Writing below these, and for most of them reading, leads to root on the host or to its credentials.
_SENSITIVE = (
    *("/etc", "/root", "/home", "/boot", "/dev", "/proc", "/sys", "/usr", "/bin", "/sbin", "/lib", "/lib64"),
    *("/var/run", "/run", "/var/lib/docker", "/var/lib/containerd", "/var/lib/kubelet", "/var/lib/etcd"),
    *("/var/lib/containers", "/var/log", "/opt/cni", "/srv"),
)
_WHOLE = frozenset(("/", "/var", "/var/lib"))


def is_engine_socket(path: str) -> bool:
    """Whether a path of the host is the socket of a container engine, or a folder that holds one."""
    clean = posixpath.normpath(path) if path else ""
    return posixpath.basename(clean) in _SOCKETS or clean in {
        "/run",
        "/var/run",
        "/",
        "/run/containerd",
        "/var",
    }


def is_sensitive_folder(path: str) -> bool:
    """Whether a path of the host gives power over it; ``..`` in it is followed."""
    clean = posixpath.normpath(path) if path.startswith("/") else ""
    if clean.startswith("//"):
        clean = clean[1:]
    return clean in _WHOLE or any(clean == folder or clean.startswith(folder + "/") for folder in _SENSITIVE)

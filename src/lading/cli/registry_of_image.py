"""The registry that an image's name leads to, signed in there as `docker login` did."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from lading.adapters.registry_client import RegistryClient
from lading.adapters.sources.remote import read_login
from lading.oci.reference import DEFAULT_REGISTRY, Reference

_DOCKER_HUB = "registry-1.docker.io"
_LOCAL = ("127.", "localhost", "[::1]")


@contextlib.contextmanager
def open_registry(name: Reference) -> Iterator[RegistryClient]:
    """A client of the registry; without TLS only on this machine."""
    host = _DOCKER_HUB if name.registry == DEFAULT_REGISTRY else name.registry
    scheme = "http" if host.startswith(_LOCAL) else "https"
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    user, password = read_login(folder / "config.json", host)
    with contextlib.closing(RegistryClient(f"{scheme}://{host}", user=user, password=password)) as client:
        yield client

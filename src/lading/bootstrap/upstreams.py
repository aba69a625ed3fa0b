"""Other registries: reaching them, and bringing content in."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

from lading.adapters.guarded_transport import GuardedTransport
from lading.adapters.registry_client import RegistryClient
from lading.adapters.remote_registry import HttpRemoteRegistry
from lading.bootstrap.installation import Installation, clock, new_id
from lading.bootstrap.registry import registry_limits
from lading.foundation.errors import Malformed
from lading.ports.remote_registry import RemoteRegistry
from lading.registry.upstreams import Caches, UpstreamRegistry
from lading.workflows.cache_ports import CachePorts, load_filled
from lading.workflows.push_manifest import OnManifestPushed
from lading.workflows.upstream_accounts import secret_purpose

_CACHES_FOR = timedelta(seconds=3)  # how long pushes go by the caches that were there


class Remotes:
    """Connections to upstreams, kept while the upstream stays as it is."""

    def __init__(self, installation: Installation) -> None:
        settings = installation.settings.upstreams
        if settings.idle_seconds < 1:
            raise Malformed("settings-invalid", "upstreams.idle_seconds must be at least 1")
        self._installation, self._settings = installation, settings
        self._manifest_bytes = registry_limits(installation.settings.registry).manifest_bytes
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[UpstreamRegistry, HttpRemoteRegistry]] = {}

    def open(self, upstream: UpstreamRegistry) -> RemoteRegistry:
        """Give the registry behind an upstream."""
        with self._lock:
            known, remote = self._kept.get(upstream.name, (None, None))
            if remote is None or known != upstream:  # what reads from the old one still, goes on
                remote = self._connect(upstream)
                self._kept[upstream.name] = (upstream, remote)
            return remote

    def close(self) -> None:
        """Close every connection, also in the middle of an answer."""
        with self._lock:
            kept, self._kept = list(self._kept.values()), {}
        for _, remote in kept:
            remote.close()

    def _connect(self, upstream: UpstreamRegistry) -> HttpRemoteRegistry:
        password = ""
        if upstream.sealed:
            password = self._installation.secrets.open(upstream.sealed, purpose=secret_purpose(upstream.name))
        host = urlsplit(upstream.url).hostname or ""
        client = RegistryClient(
            upstream.url,
            user=upstream.user,
            password=password,
            transport=GuardedTransport(host, self._settings.private_hosts),
            seconds=self._settings.idle_seconds,
        )
        return HttpRemoteRegistry(client, clock, manifest_bytes=self._manifest_bytes)


def cache_ports(installation: Installation, remotes: Remotes, on_pushed: OnManifestPushed) -> CachePorts:
    """What bringing content in needs."""
    return CachePorts(
        records=installation.records,
        blobs=installation.blobs,
        open_remote=remotes.open,
        clock=clock,
        new_id=new_id,
        sleep=time.sleep,
        limits=registry_limits(installation.settings.registry),
        on_pushed=on_pushed,
    )


def known_caches(installation: Installation) -> Callable[[], Caches]:
    """All caches, a few seconds old at most: they are asked for at every push."""
    known: list[tuple[float, Caches]] = []

    def caches() -> Caches:
        now = time.monotonic()
        if known and now - known[0][0] < _CACHES_FOR.total_seconds():
            return known[0][1]
        found = load_filled(installation.records)
        known[:] = [(now, found)]
        return found

    return caches

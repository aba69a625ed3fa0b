"""Real connections to upstreams, for a registry that a test has put together."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from lading.adapters.guarded_transport import GuardedTransport
from lading.adapters.registry_client import RegistryClient
from lading.adapters.remote_registry import HttpRemoteRegistry
from lading.adapters.secret_box import KeyedSecretBox
from lading.approvals.approval import ApprovalRules
from lading.ports.blob_store import BlobStore
from lading.ports.jobs import Jobs
from lading.ports.records.record_set import Records
from lading.registry.limits import RegistryLimits
from lading.registry.upstreams import UpstreamRegistry
from lading.signing.trust_policy import TrustPolicy
from lading.workflows.cache_ports import CachePorts
from lading.workflows.hold_change import HoldPorts
from lading.workflows.push_manifest import OnManifestPushed, PushGate
from lading.workflows.run_mirrors import MirrorPorts
from lading.workflows.upstream_accounts import secret_purpose

SECRETS = KeyedSecretBox(lambda: b"k" * 32)


@dataclass
class Remotes:
    """The registries behind upstreams; connections are kept until ``close``."""

    clock: Callable[[], datetime]
    private_hosts: tuple[str, ...] = ()
    _clients: list[RegistryClient] = field(default_factory=list)
    _kept: dict[UpstreamRegistry, HttpRemoteRegistry] = field(default_factory=dict)

    def open(self, upstream: UpstreamRegistry) -> HttpRemoteRegistry:
        if upstream not in self._kept:
            purpose = secret_purpose(upstream.name)
            password = SECRETS.open(upstream.sealed, purpose=purpose) if upstream.sealed else ""
            transport = GuardedTransport(urlsplit(upstream.url).hostname or "", self.private_hosts)
            client = RegistryClient(
                upstream.url, user=upstream.user, password=password, transport=transport, seconds=5
            )
            self._clients.append(client)
            self._kept[upstream] = HttpRemoteRegistry(client, self.clock)
        return self._kept[upstream]

    def close(self) -> None:
        for client in self._clients:
            client.close()


def mirror_ports(
    cache: CachePorts,
    trust: TrustPolicy,
    jobs: Callable[[], Jobs],
    gate: PushGate | None = None,
) -> MirrorPorts:
    """What mirroring needs."""
    return MirrorPorts(cache, HoldPorts(cache, ApprovalRules(), jobs), lambda: trust, gate)


def cache_ports(
    records: Records,
    blobs: BlobStore,
    remotes: Remotes,
    limits: RegistryLimits,
    on_pushed: OnManifestPushed,
) -> CachePorts:
    """What bringing content in needs."""
    return CachePorts(
        records=records,
        blobs=blobs,
        open_remote=remotes.open,
        clock=remotes.clock,
        new_id=lambda: uuid.uuid4().hex[:16],
        sleep=time.sleep,
        limits=limits,
        on_pushed=on_pushed,
    )

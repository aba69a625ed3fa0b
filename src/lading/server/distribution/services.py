"""What the distribution API needs from the rest of Lading."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from lading.access.bindings import Bindings
from lading.access.principal import Principal
from lading.access.token_scopes import Scope
from lading.ports.blob_store import BlobStore
from lading.ports.change_stamps import ChangeStamps
from lading.ports.pull_log import PullLog
from lading.ports.records.record_set import Records
from lading.ports.tokens import Tokens
from lading.registry.limits import DEFAULT_LIMITS, RegistryLimits
from lading.registry.upstreams import Caches
from lading.workflows.cache_ports import CachePorts
from lading.workflows.gate_pull import PullGate
from lading.workflows.push_manifest import OnManifestPushed, PushGate
from lading.workflows.registry_tokens import IssuedToken


class SignIn(Protocol):
    """Checks a name and a password or personal token. Blocks; runs on the executor."""

    def __call__(self, name: str, password: str, *, address: str, request_id: str) -> Principal:
        """Return who it is; raise Unauthenticated, or OverLimit while too many attempts have failed."""
        ...


class IssueToken(Protocol):
    """Gives a principal a token for what they may do of what they ask for. Blocks."""

    def __call__(self, principal: Principal, requested: tuple[Scope, ...], *, request_id: str) -> IssuedToken:
        """Never refuses: who may do nothing gets a token for nothing."""
        ...


class Jobs(Protocol):
    """Tokens for CI jobs. Blocks."""

    def exchange(self, job_token: str, wanted: tuple[Scope, ...], *, request_id: str) -> IssuedToken:
        """Exchange a job's own token for one of ours; raise Unauthenticated, Forbidden or Malformed."""
        ...

    def narrow(self, token: str, wanted: tuple[Scope, ...]) -> IssuedToken:
        """Give a token for a part of what a token of ours is for; raise Unauthenticated for any other."""
        ...


@dataclass(frozen=True, slots=True)
class DistributionServices:
    """Everything by name, so that bootstrap and tests can build it from whatever adapters they choose.

    ``bindings`` gives all role bindings as they are now, ``caches`` all caches, a few seconds old; they
    block. ``executor`` runs what blocks: give it
    some thirty threads. ``service`` is the audience of tokens. ``public_url`` is how clients reach the
    server, such as ``https://registry.example.com``; empty means as the request names it.
    ``redirect_blobs`` is how long a signed URL to the object store stays good; None means blobs are sent
    from here. ``large_body`` is how many bytes a body has that is worth a redirect, or moving past the event
    loop where the server can do that (``lading.server.socket_bodies``).
    """

    records: Records
    blobs: BlobStore
    tokens: Tokens
    stamps: ChangeStamps
    sign_in: SignIn
    issue_token: IssueToken
    jobs: Jobs
    bindings: Callable[[], Bindings]
    on_manifest_pushed: OnManifestPushed
    clock: Callable[[], datetime]
    executor: Executor
    pulls: PullLog
    cache: CachePorts
    caches: Callable[[], Caches]
    push_gate: PushGate | None = None  # None lets every image in
    pull_gate: PullGate | None = None  # None hands every image out
    service: str = "lading"
    public_url: str = ""
    limits: RegistryLimits = DEFAULT_LIMITS
    redirect_blobs: timedelta | None = None
    large_body: int = 256 << 10

"""The distribution API, and what pushes into the registry from inside."""

import uuid
from collections.abc import Callable
from datetime import timedelta

from lading.access.principal import Principal
from lading.access.token_scopes import Scope
from lading.bootstrap.ci_jobs import ci_jobs
from lading.bootstrap.gates import gate_ports
from lading.bootstrap.installation import AUDIENCE, Installation, clock
from lading.foundation.errors import Malformed
from lading.registry.limits import MANIFEST_MIB, RegistryLimits
from lading.registry.upstreams import Caches
from lading.server.distribution.services import DistributionServices
from lading.settings import RegistrySettings
from lading.workflows.attach_claim import PushPorts
from lading.workflows.bindings_in_force import BindingsInForce
from lading.workflows.cache_ports import CachePorts
from lading.workflows.gate_pull import PullGate
from lading.workflows.personal_tokens import prove_or_raise
from lading.workflows.push_manifest import OnManifestPushed, PushGate
from lading.workflows.registry_tokens import IssuedToken, issue_registry_token
from lading.workflows.sign_in import SignInAttempt


def distribution_services(
    installation: Installation,
    on_pushed: OnManifestPushed,
    cache: CachePorts,
    caches: Callable[[], Caches],
    gate: PushGate | None,
) -> DistributionServices:
    """What the distribution API needs."""
    records, tokens = installation.records, installation.tokens
    anonymous_pull = installation.settings.registry.anonymous_pull
    redirect = installation.settings.registry.redirect_minutes

    bindings = BindingsInForce(records, anonymous_pull=anonymous_pull)

    def sign_in(name: str, password: str, *, address: str, request_id: str) -> Principal:
        attempt = SignInAttempt(name, password, address, "registry", request_id)
        return prove_or_raise(installation.accounts, attempt, clock())

    def issue_token(
        principal: Principal,
        requested: tuple[Scope, ...],
        *,
        request_id: str,  # noqa: ARG001 - the port's name
    ) -> IssuedToken:
        return issue_registry_token(
            tokens, principal, requested, bindings(), clock(), audience=AUDIENCE, token_id=uuid.uuid4().hex
        )

    pull_gate = PullGate(gate_ports(installation)) if installation.settings.policy.gate_pulls else None
    return DistributionServices(
        records=records,
        blobs=installation.blobs,
        tokens=tokens,
        stamps=installation.stamps,
        sign_in=sign_in,
        issue_token=issue_token,
        jobs=ci_jobs(installation),
        bindings=bindings,
        on_manifest_pushed=on_pushed,
        push_gate=gate,
        pull_gate=pull_gate,
        clock=clock,
        executor=installation.executor,
        service=AUDIENCE,
        public_url=installation.settings.server.public_url,
        limits=registry_limits(installation.settings.registry),
        redirect_blobs=timedelta(minutes=redirect) if redirect else None,
        pulls=installation.pulls,
        cache=cache,
        caches=caches,
    )


def registry_limits(settings: RegistrySettings) -> RegistryLimits:
    """What the settings say. Raises Malformed for numbers that no registry could live with."""
    if settings.manifest_mib not in MANIFEST_MIB:
        bounds = f"{MANIFEST_MIB.start} to {MANIFEST_MIB.stop - 1}"
        raise _unusable("manifest_mib", f"must be from {bounds}, not {settings.manifest_mib}")
    for name in ("blob_gib", "list_items", "idle_seconds", "upload_hours", "uploads", "uploads_of_one"):
        if getattr(settings, name) < 1:
            raise _unusable(name, "must be at least 1")
    return RegistryLimits(
        manifest_bytes=settings.manifest_mib << 20,
        blob_bytes=settings.blob_gib << 30,
        page_items=settings.list_items,
        idle_client=timedelta(seconds=settings.idle_seconds),
        uploads=settings.uploads,
        uploads_of_one=settings.uploads_of_one,
        abandoned_upload=timedelta(hours=settings.upload_hours),
    )


def _unusable(name: str, why: str) -> Malformed:
    return Malformed("settings-invalid", f"registry.{name} {why}")


def push_ports(installation: Installation, on_pushed: OnManifestPushed) -> PushPorts:
    return PushPorts(
        records=installation.records,
        blobs=installation.blobs,
        limits=registry_limits(installation.settings.registry),
        on_pushed=on_pushed,
    )

"""Where adapters are chosen: settings in, a whole Lading out. Nothing else knows what stands behind a port.

Opening is in the order of what depends on what, and everything opened is closed again in the opposite order,
also when a later step fails.
"""

import contextlib
import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

import structlog

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM, Principal
from lading.access.repository_pattern import RepositoryPattern
from lading.access.token_scopes import Scope
from lading.adapters.analyser_process import ProcessAnalyser, WorkerLimits
from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.adapters.blobs_object_store import open_object_store
from lading.adapters.change_stamps_shared import SharedStamps
from lading.adapters.data_folder import DataFolder, open_data_folder
from lading.adapters.feed_files import open_feed_file
from lading.adapters.jobs_dbos import DbosJobs
from lading.adapters.keys_file import FileSigner, open_or_create_signing_key, open_signing_key
from lading.adapters.passwords_argon2 import Argon2Passwords
from lading.adapters.private_key_file import load_or_create_private_key
from lading.adapters.shipped_policy import default_policy_text, read_policy
from lading.adapters.sql.engine import SqlRecords, open_postgresql, open_sqlite
from lading.adapters.starter_feed import starter_content, starter_documents
from lading.adapters.tokens_jwt import JwtTokens
from lading.adapters.trust_policy_file import read_trust_policy
from lading.adapters.webhook_certificate import webhook_certificate
from lading.admission.namespaces import NamespaceMap
from lading.advisories.all_formats import STARTER_FEED
from lading.advisories.formats.osv import OSV
from lading.console.app import console_app, fault_page
from lading.console.services import ConsoleServices
from lading.foundation.errors import LadingError
from lading.image.limits import ReadingLimits
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.ports.blob_store import BlobStore
from lading.registry.caller import BoundRights, Caller
from lading.registry.limits import DEFAULT_LIMITS
from lading.server.admission import AdmissionServices, admission_app
from lading.server.app import Readiness, ServerParts, server_app
from lading.server.asgi import AsgiApp
from lading.server.distribution.app import distribution_app
from lading.server.distribution.services import DistributionServices
from lading.server.management.app import management_app
from lading.server.management.services import ManagementServices
from lading.server.telemetry import ServerMetrics
from lading.settings import Settings, SigningSettings
from lading.signing.trust_policy import TrustPolicy, parse_trust_policy, write_trust_policy
from lading.workflows.analyse_image import AnalysisPorts
from lading.workflows.attach_claim import PushPorts
from lading.workflows.drop_abandoned_uploads import drop_abandoned_uploads
from lading.workflows.evidence_sources import EvidenceSources, RegistryNames
from lading.workflows.first_admin import make_first_admin
from lading.workflows.gate import GatePorts
from lading.workflows.import_advisories import FeedArrival, import_advisories
from lading.workflows.local_claims import LocalClaims
from lading.workflows.match_packages import match_packages
from lading.workflows.push_manifest import OnManifestPushed
from lading.workflows.registry_tokens import IssuedToken, issue_registry_token
from lading.workflows.rights import load_bindings
from lading.workflows.sign_image import SigningPorts
from lading.workflows.sign_in import AccountPorts, SignInAttempt, sign_in_or_raise
from lading.workflows.take_in_image import JOB as TAKE_IN
from lading.workflows.take_in_image import TakeInPorts, ask_for_images_left, ask_for_take_in, take_in_image

AUDIENCE = "lading"
_THREADS = 32  # requests that wait for disk, database or Argon2 at the same time


def clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Installation:
    """Everything opened, by what it is for."""

    settings: Settings
    address: str  # URL by which people reach the server
    folder: DataFolder
    records: SqlRecords
    blobs: BlobStore
    stamps: SharedStamps
    accounts: AccountPorts
    tokens: JwtTokens
    signer: FileSigner
    executor: ThreadPoolExecutor

    @property
    def registry(self) -> str:
        """host[:port] by which images name this registry."""
        return self.settings.registry.name or self.address.partition("://")[2]


@contextlib.contextmanager
def open_installation(settings: Settings, address: str) -> Iterator[Installation]:
    """Open everything that ``settings`` name; close it at the end of the block."""
    with contextlib.ExitStack() as opened:
        folder, lock = open_data_folder(settings.data.folder)
        opened.callback(lock.close)
        stamps = opened.enter_context(contextlib.closing(SharedStamps(folder.root / "stamps")))
        records = _records(settings, folder, stamps)
        opened.callback(records.close)
        yield Installation(
            settings=settings,
            address=address,
            folder=folder,
            records=records,
            blobs=_blobs(settings, folder),
            stamps=stamps,
            accounts=AccountPorts(records, Argon2Passwords()),
            tokens=JwtTokens(AUDIENCE, [load_or_create_private_key(folder.keys / "token.pem")]),
            signer=_signer(settings.signing, folder),
            executor=opened.enter_context(ThreadPoolExecutor(_THREADS, thread_name_prefix="request")),
        )


def first_password(installation: Installation) -> str | None:
    """Make the first administrator; return the one-time password to show, None where there are users."""
    password = secrets.token_urlsafe(15)
    return password if make_first_admin(installation.accounts, password, clock()) else None


def _blobs(settings: Settings, folder: DataFolder) -> BlobStore:
    if settings.data.blobs_url:
        return open_object_store(settings.data.blobs_url)
    return FilesystemBlobs(folder.blobs)


def _records(settings: Settings, folder: DataFolder, stamps: SharedStamps) -> SqlRecords:
    """Open the records; whatever changes a repository in them makes the caches of it old."""
    if settings.data.database_url:
        return open_postgresql(settings.data.database_url, stamps.changed)
    return open_sqlite(folder.records, stamps.changed)


def distribution_services(installation: Installation, on_pushed: OnManifestPushed) -> DistributionServices:
    """What the distribution API needs."""
    records, tokens = installation.records, installation.tokens
    anonymous_pull = installation.settings.registry.anonymous_pull

    def sign_in(name: str, password: str, *, address: str, request_id: str) -> Principal:
        attempt = SignInAttempt(name, password, address, "registry", request_id)
        return sign_in_or_raise(installation.accounts, attempt, clock())

    def issue_token(
        principal: Principal,
        requested: tuple[Scope, ...],
        *,
        request_id: str,  # noqa: ARG001 - the port's name
    ) -> IssuedToken:
        bindings = load_bindings(records, anonymous_pull=anonymous_pull)
        return issue_registry_token(
            tokens, principal, requested, bindings, clock(), audience=AUDIENCE, token_id=uuid.uuid4().hex
        )

    return DistributionServices(
        records=records,
        blobs=installation.blobs,
        tokens=tokens,
        stamps=installation.stamps,
        sign_in=sign_in,
        issue_token=issue_token,
        bindings=lambda: load_bindings(records, anonymous_pull=anonymous_pull),
        on_manifest_pushed=on_pushed,
        clock=clock,
        executor=installation.executor,
        service=AUDIENCE,
        public_url=installation.settings.server.public_url,
    )


def management_services(installation: Installation, on_pushed: OnManifestPushed) -> ManagementServices:
    """What the management API needs."""
    records = installation.records
    push = _push_ports(installation, on_pushed)
    return ManagementServices(
        records=records,
        blobs=installation.blobs,
        accounts=installation.accounts,
        signing=SigningPorts(
            push, installation.signer, installation.registry, installation.settings.signing.bundles
        ),
        gate=_gate_ports(installation),
        environment_of_host=_environment_of_host(installation),
        trust_policy=_trust_policy(installation),
        bindings=lambda: load_bindings(records),
        open_feed=open_feed_file,
        clock=clock,
        new_token=_new_token,
        new_id=_new_id,
        registry=installation.registry,
    )


def console_services(installation: Installation) -> ConsoleServices:
    """What the pages need."""
    return ConsoleServices(
        gate=_gate_ports(installation),
        environment_of_host=_environment_of_host(installation),
        passwords=installation.accounts.passwords,
        clock=clock,
        new_token=_new_token,
        address=installation.address,
        tls=installation.address.startswith("https:"),
    )


def server_application(installation: Installation) -> AsgiApp:
    """The whole server, with its background work."""
    metrics = ServerMetrics()

    def on_pushed(repository: str, digest: Digest, media_type: str) -> None:
        if media_type in media_types.MANIFESTS:
            ask_for_take_in(installation.records, jobs, repository, digest)

    jobs = background_jobs(installation, on_pushed)

    def start() -> None:
        jobs.start()
        import_starter_set(installation)
        ask_for_images_left(installation.records, jobs)
        limit = DEFAULT_LIMITS.abandoned_upload
        installation.executor.submit(drop_abandoned_uploads, installation.blobs, clock(), after=limit)

    def refresh_metrics() -> None:
        for state, count in jobs.counts().items():
            metrics.jobs.labels(str(state)).set(count)

    return server_app(
        ServerParts(
            distribution=distribution_app(distribution_services(installation, on_pushed)),
            admission=admission_app(admission_services(installation)),
            management=management_app(management_services(installation, on_pushed)),
            console=console_app(console_services(installation)),
            fault_page=fault_page,
            metrics=metrics,
            readiness=lambda: _readiness(installation),
            refresh_metrics=refresh_metrics,
            start=start,
            stop=jobs.stop,
        )
    )


def background_jobs(installation: Installation, on_pushed: OnManifestPushed) -> DbosJobs:
    """The job engine with everything that it can run."""
    settings = installation.settings
    limits = WorkerLimits(
        seconds=settings.analysis.seconds,
        memory_bytes=settings.analysis.memory_mib << 20,
        reading=ReadingLimits(uncompressed_bytes=settings.analysis.layer_gib << 30),
    )
    analyser = ProcessAnalyser(installation.blobs, limits, complain=_complain)
    ports = TakeInPorts(
        analysis=AnalysisPorts(installation.records, installation.blobs, analyser),
        push=_push_ports(installation, on_pushed),
        registry_name=installation.registry,
    )

    def take_in(arguments: Mapping[str, str]) -> None:
        take_in_image(ports, arguments, clock())

    url = settings.data.jobs_url or f"sqlite:///{installation.folder.jobs}"
    return DbosJobs(url, {TAKE_IN: take_in}, workers=settings.analysis.workers)


def import_starter_set(installation: Installation) -> None:
    """Bring the shipped advisories up to those of this version."""
    digest = str(Digest.of(starter_content()))
    with installation.records.read() as kept:
        held = {feed.name: feed.digest for feed in kept.advisories.feeds()}
    if held.get(STARTER_FEED) != digest:
        arrival = FeedArrival(STARTER_FEED, OSV, starter_documents(), digest)
        caller = Caller(SYSTEM, BoundRights(NO_BINDINGS))
        import_advisories(installation.records, caller, arrival, clock(), force=True)
        for _ in match_packages(installation.records):
            pass


def admission_services(installation: Installation) -> AdmissionServices:
    """What the Kubernetes webhook needs."""
    admission = installation.settings.admission
    return AdmissionServices(
        gate=_gate_ports(installation),
        namespaces=NamespaceMap.of(admission.namespaces.items(), admission.default_environment),
        clock=clock,
        executor=installation.executor,
    )


def admission_certificate(installation: Installation) -> tuple[str, str]:
    """Paths of the webhook's certificate and key: those of the settings, or made in the data folder."""
    admission = installation.settings.admission
    if admission.tls_certificate:
        return admission.tls_certificate, admission.tls_key
    files = webhook_certificate(installation.folder.keys, admission.names, clock())
    return str(files.certificate), str(files.key)


def _gate_ports(installation: Installation) -> GatePorts:
    settings = installation.settings
    names = RegistryNames(
        installation.registry,
        aliases=frozenset(settings.registry.aliases),
        allowed=frozenset(settings.policy.allowed_registries),
    )
    sources = EvidenceSources(
        records=installation.records,
        blobs=installation.blobs,
        claims=LocalClaims(installation.records, installation.blobs),
        trust_policy=_trust_policy(installation),
        registries=names,
        approved_bases=tuple(RepositoryPattern.parse(text) for text in settings.policy.approved_bases),
    )
    shipped = read_policy(settings.policy.file) if settings.policy.file else default_policy_text()
    return GatePorts(sources, shipped, _new_id)


def _environment_of_host(installation: Installation) -> Callable[[str], str]:
    inventory = installation.settings.inventory
    pairs = inventory.hosts

    def environment_of(name: str) -> str:
        found = (pairs[pattern] for pattern in pairs if fnmatchcase(name, pattern))
        return next(found, inventory.default_environment)

    return environment_of


def _push_ports(installation: Installation, on_pushed: OnManifestPushed) -> PushPorts:
    return PushPorts(
        records=installation.records,
        blobs=installation.blobs,
        limits=DEFAULT_LIMITS,
        on_pushed=on_pushed,
        new_session=lambda: str(uuid.uuid4()),
    )


def _readiness(installation: Installation) -> Readiness:
    """Ready when the database answers; without it nothing here can be done."""
    try:
        with installation.records.read() as kept:
            kept.state.value("installation.id")
    except LadingError as error:
        return Readiness(ready=False, reason=str(error))
    return Readiness(ready=True)


def _complain(text: str) -> None:
    structlog.get_logger("lading.analyser").error("an analysis process failed", said=text)


def _signer(settings: SigningSettings, folder: DataFolder) -> FileSigner:
    passphrase = settings.key_passphrase.encode() or None
    if settings.key_file:
        return open_signing_key(Path(settings.key_file), name="lading", passphrase=passphrase)
    return open_or_create_signing_key(folder.keys / "signing.pem", name="lading", passphrase=passphrase)


def _trust_policy(installation: Installation) -> TrustPolicy:
    """What the settings name; else images are trusted that the server's own key has signed."""
    if installation.settings.signing.trust_policy:
        return read_trust_policy(installation.settings.signing.trust_policy)
    key = installation.signer.public_key
    return parse_trust_policy(write_trust_policy({installation.signer.name: key}))


def _new_id() -> str:
    """A short name that nothing else has."""
    return uuid.uuid4().hex[:16]


def _new_token() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(32)

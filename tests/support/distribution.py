"""A whole registry in memory, without a server around it."""

import contextlib
import secrets
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lading.access.bindings import EVERYONE, Bindings, RoleBinding
from lading.access.job_trust import JobIssuer
from lading.access.personal_token import personal_token
from lading.access.principal import Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.token_scopes import Scope
from lading.access.verbs import Verb
from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.adapters.blobs_memory import MemoryBlobs
from lading.adapters.change_stamps_memory import MemoryStamps
from lading.adapters.change_stamps_shared import SharedStamps
from lading.adapters.issuer_keys import FetchedKeys
from lading.adapters.job_tokens_oidc import OidcJobTokens
from lading.adapters.pull_log_memory import MemoryPullLog
from lading.adapters.sql.engine import SqlRecords, open_memory, open_sqlite
from lading.adapters.tokens_jwt import JwtTokens
from lading.bootstrap.ci_jobs import CiJobs
from lading.oci.digest import Digest
from lading.ports.blob_store import BlobStore
from lading.ports.change_stamps import ChangeStamps
from lading.ports.records.people import RobotAccount, RobotGrant, User
from lading.ports.records.record_set import Records
from lading.registry.caller import BoundRights, Caller
from lading.registry.limits import DEFAULT_LIMITS, RegistryLimits
from lading.registry.upstreams import Caches
from lading.server.asgi import AsgiApp
from lading.server.distribution.app import distribution_app
from lading.server.distribution.services import DistributionServices
from lading.workflows.cache_ports import CachePorts, load_filled
from lading.workflows.exchange_job_token import ExchangePorts
from lading.workflows.personal_tokens import NewToken, create_token, prove_or_raise
from lading.workflows.registry_tokens import IssuedToken, issue_registry_token
from lading.workflows.rights import load_bindings
from lading.workflows.sign_in import SignInAttempt
from lading.workflows.upstream_accounts import NewUpstream, put_cache, put_upstream
from tests.support.accounts import QUICK, account_ports
from tests.support.remotes import SECRETS, Remotes, cache_ports

ADMIN = ("admin", "correct horse")
ROBOT = ("robot$ci", "battery staple")  # may pull and push below team/, and nothing else
AUDIENCE = "registry.test"


@dataclass
class Registry:
    """The application, and what stands behind it for tests to look at."""

    records: SqlRecords
    blobs: BlobStore
    stamps: ChangeStamps
    limits: RegistryLimits = DEFAULT_LIMITS
    redirect_blobs: timedelta | None = None
    large_body: int = 256 << 10
    issuers: tuple[JobIssuer, ...] = ()
    pushed: list[tuple[str, Digest, str]] = field(default_factory=list)
    sign_ins: list[str] = field(default_factory=list)
    ahead: timedelta = timedelta(0)  # how far its clock is ahead

    def __post_init__(self) -> None:
        self.executor = ThreadPoolExecutor(8)
        self.pulls = MemoryPullLog()
        self.remotes = Remotes(self.clock)
        self.issuer_keys = FetchedKeys(complain=lambda _text: None)
        self.accounts = account_ports(_whole(self.records))
        key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self.tokens = JwtTokens("https://registry.test", [key])
        self._people()
        self.app: AsgiApp = distribution_app(self.services())

    def _people(self) -> None:
        now = datetime.now(UTC)
        admin, robot = (QUICK.encode(password) for _, password in (ADMIN, ROBOT))
        with self.records.write() as kept:
            if kept.people.user(ADMIN[0]) is not None:  # opened again
                return
            kept.people.add_user(User(ADMIN[0], admin, now, admin=True))
            grants = (RobotGrant("team/**", ("pull", "push")),)
            kept.people.add_robot(RobotAccount("ci", robot, grants, now, ADMIN[0]))

    def services(self) -> DistributionServices:
        return DistributionServices(
            records=_whole(self.records),
            blobs=self.blobs,
            tokens=self.tokens,
            stamps=self.stamps,
            sign_in=self.sign_in,
            issue_token=self.issue_token,
            jobs=CiJobs(
                ExchangePorts(
                    _whole(self.records), OidcJobTokens(self.issuers, self.issuer_keys), self.tokens, AUDIENCE
                ),
                lambda: datetime.now(UTC),
            ),
            bindings=self.bindings,
            on_manifest_pushed=lambda repository, digest, media_type: self.pushed.append(
                (repository, digest, media_type)
            ),
            clock=self.clock,
            executor=self.executor,
            pulls=self.pulls,
            service=AUDIENCE,
            limits=self.limits,
            redirect_blobs=self.redirect_blobs,
            large_body=self.large_body,
            cache=self.cache,
            caches=self.caches,
        )

    @property
    def cache(self) -> CachePorts:
        return cache_ports(
            _whole(self.records),
            self.blobs,
            self.remotes,
            self.limits,
            lambda *pushed: self.pushed.append(pushed),
        )

    def caches(self) -> Caches:
        return load_filled(_whole(self.records))

    def add_cache(
        self, prefix: str, url: str, *, namespace: str = "", remote_prefix: str = "", **asked: Any
    ) -> None:
        """Bind what lies below a prefix to an upstream of the same name."""
        root = Caller(Principal(PrincipalKind.PERSON, "root", admin=True), BoundRights(self.bindings()))
        records, now = _whole(self.records), datetime.now(UTC)
        put_upstream(records, SECRETS, root, NewUpstream(prefix, url, **asked), now)
        put_cache(
            records, root, prefix=prefix, upstream=prefix, remote_prefix=remote_prefix,
            namespace=namespace, now=now,
        )  # fmt: skip

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def bindings(self) -> Bindings:
        public = RoleBinding(EVERYONE, frozenset({Verb.PULL}), RepositoryPattern.parse("public/**"))
        return Bindings.of([*load_bindings(_whole(self.records)).all, public])

    def sign_in(self, name: str, password: str, *, address: str, request_id: str) -> Principal:
        self.sign_ins.append(name)
        attempt = SignInAttempt(name, password, address, "registry", request_id)
        return prove_or_raise(self.accounts, attempt, self.clock())

    def issue_token(
        self, principal: Principal, requested: tuple[Scope, ...], *, request_id: str
    ) -> IssuedToken:
        return issue_registry_token(
            self.tokens,
            principal,
            requested,
            self.bindings(),
            self.clock(),
            audience=AUDIENCE,
            token_id=uuid.uuid4().hex,
        )

    def client(self, login: tuple[str, str] | None = ADMIN) -> httpx.AsyncClient:
        """Speaks to the application without a socket."""
        transport = httpx.ASGITransport(app=self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://registry.test", auth=login)

    def personal_token(self, person: str) -> str:
        """A token of theirs that is made just now."""
        token, now = personal_token(secrets.token_urlsafe(32)), datetime.now(UTC)
        caller = Caller(Principal(PrincipalKind.PERSON, person), BoundRights(self.bindings()))
        create_token(_whole(self.records), caller, NewToken(f"of {now}", token, now + timedelta(days=1)), now)
        return token

    def close(self) -> None:
        self.executor.shutdown()
        self.issuer_keys.close()
        self.remotes.close()
        self.records.close()
        if isinstance(self.stamps, SharedStamps):
            self.stamps.close()


def _whole(records: Any) -> Records:
    return cast("Records", records)


def memory_registry(
    *,
    blobs: BlobStore | None = None,
    limits: RegistryLimits = DEFAULT_LIMITS,
    redirect_blobs: timedelta | None = None,
    issuers: tuple[JobIssuer, ...] = (),
) -> Registry:
    """A registry that forgets."""
    stamps = MemoryStamps()
    return Registry(
        open_memory(stamps.changed),
        blobs or MemoryBlobs(),
        stamps,
        limits,
        redirect_blobs=redirect_blobs,
        issuers=issuers,
    )


def disk_registry(
    folder: Path, *, limits: RegistryLimits = DEFAULT_LIMITS, large_body: int = 256 << 10
) -> Registry:
    """A registry in a folder, as ``lading serve`` has it."""
    stamps = SharedStamps(folder / "stamps")
    return Registry(
        open_sqlite(folder / "records.db", stamps.changed),
        FilesystemBlobs(folder / "store"),
        stamps,
        limits,
        large_body=large_body,
    )


@contextlib.contextmanager
def serving(app: AsgiApp, **options: object) -> Iterator[str]:
    """Run a real server on a free port of this machine, and give its ``host:port``."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        config = uvicorn.Config(app, log_level="warning", lifespan="off", access_log=False, **options)  # type: ignore[arg-type] # app and options are uvicorn's to check
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.005)
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()

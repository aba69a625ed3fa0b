"""A whole registry in memory, without a server around it."""

import contextlib
import hashlib
import socket
import threading
import time
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

from lading.access.bindings import EVERYONE, Bindings, RoleBinding, Subject, SubjectKind
from lading.access.principal import Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.token_claims import TokenClaims
from lading.access.token_scopes import Scope, grant_scopes
from lading.access.verbs import ROLES, Verb
from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.adapters.blobs_memory import MemoryBlobs
from lading.adapters.change_stamps_memory import MemoryStamps
from lading.adapters.change_stamps_shared import SharedStamps
from lading.adapters.sql.engine import SqlRecords, open_memory, open_sqlite
from lading.adapters.tokens_jwt import JwtTokens
from lading.foundation.errors import Unauthenticated
from lading.oci.digest import Digest
from lading.ports.blob_store import BlobStore
from lading.ports.change_stamps import ChangeStamps
from lading.ports.records.people import LocalUser, RobotAccount
from lading.ports.records.record_set import Records
from lading.registry.limits import DEFAULT_LIMITS, RegistryLimits
from lading.server.asgi import AsgiApp
from lading.server.distribution.app import distribution_app
from lading.server.distribution.services import DistributionServices, IssuedToken

ADMIN = ("admin", "correct horse")
ROBOT = ("ci", "battery staple")  # may pull and push below team/, and nothing else

_PEOPLE = {
    ADMIN: Principal(PrincipalKind.PERSON, "admin", admin=True),
    ROBOT: Principal(PrincipalKind.ROBOT, "ci"),
}
BINDINGS = Bindings.of(
    [
        RoleBinding(Subject(SubjectKind.ROBOT, "ci"), ROLES["publisher"], RepositoryPattern.parse("team/**")),
        RoleBinding(EVERYONE, frozenset({Verb.PULL}), RepositoryPattern.parse("public/**")),
    ]
)


@dataclass
class Registry:
    """The application, and what stands behind it for tests to look at."""

    records: SqlRecords
    blobs: BlobStore
    stamps: ChangeStamps
    limits: RegistryLimits = DEFAULT_LIMITS
    redirect_blobs: timedelta | None = None
    pushed: list[tuple[str, Digest, str]] = field(default_factory=list)
    sign_ins: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.executor = ThreadPoolExecutor(8)
        key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self.tokens = JwtTokens("https://registry.test", [key])
        with self.records.write() as kept:  # a token is believed only while its holder has an account
            if kept.people.user(ADMIN[0]) is None:
                now = datetime.now(UTC)
                kept.people.add_user(LocalUser(ADMIN[0], "", now, admin=True))
                kept.people.add_robot(RobotAccount(ROBOT[0], "", (), now, "person:admin"))
        self.app: AsgiApp = distribution_app(self.services())

    def services(self) -> DistributionServices:
        return DistributionServices(
            records=_whole(self.records),
            blobs=self.blobs,
            tokens=self.tokens,
            stamps=self.stamps,
            sign_in=self.sign_in,
            issue_token=self.issue_token,
            bindings=lambda: BINDINGS,
            on_manifest_pushed=lambda repository, digest, media_type: self.pushed.append(
                (repository, digest, media_type)
            ),
            clock=lambda: datetime.now(UTC),
            executor=self.executor,
            service="registry.test",
            limits=self.limits,
            redirect_blobs=self.redirect_blobs,
        )

    def sign_in(self, name: str, password: str, *, address: str, request_id: str) -> Principal:
        self.sign_ins.append(name)
        principal = _PEOPLE.get((name, password))
        if principal is None:
            raise Unauthenticated("sign-in-failed", "the name or the password is wrong")
        return principal

    def issue_token(
        self, principal: Principal, requested: tuple[Scope, ...], *, request_id: str
    ) -> IssuedToken:
        now = datetime.now(UTC)
        seconds = int(now.timestamp())
        scopes = grant_scopes(principal, requested, BINDINGS)
        claims = TokenClaims(
            issuer=self.tokens.issuer,
            audience="registry.test",
            principal=Principal(principal.kind, principal.name),
            scopes=scopes,
            issued_at=seconds,
            not_before=seconds,
            expires_at=seconds + 300,
            token_id=hashlib.sha256(str(time.perf_counter_ns()).encode()).hexdigest(),
        )
        return IssuedToken(self.tokens.issue(claims), scopes, now, 300)

    def client(self, login: tuple[str, str] | None = ADMIN) -> httpx.AsyncClient:
        """Speaks to the application without a socket."""
        transport = httpx.ASGITransport(app=self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://registry.test", auth=login)

    def close(self) -> None:
        self.executor.shutdown()
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
) -> Registry:
    """A registry that forgets."""
    stamps = MemoryStamps()
    return Registry(
        open_memory(stamps.changed), blobs or MemoryBlobs(), stamps, limits, redirect_blobs=redirect_blobs
    )


def disk_registry(folder: Path, *, limits: RegistryLimits = DEFAULT_LIMITS) -> Registry:
    """A registry in a folder, as ``lading serve`` has it."""
    stamps = SharedStamps(folder / "stamps")
    return Registry(
        open_sqlite(folder / "records.db", stamps.changed),
        FilesystemBlobs(folder / "store"),
        stamps,
        limits,
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

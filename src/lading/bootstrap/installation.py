"""Everything that an installation stands on, opened in the order of what depends on what.

Everything opened is closed again in the opposite order, also when a later step fails.
"""

import contextlib
import secrets
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from lading.access.directories_file import Directories
from lading.access.second_factor import FactorRule
from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.adapters.blobs_object_store import open_object_store
from lading.adapters.change_stamps_postgresql import ListeningStamps
from lading.adapters.change_stamps_shared import SharedStamps
from lading.adapters.data_folder import DataFolder, open_data_folder
from lading.adapters.directories_file import read_directories
from lading.adapters.keys_file import FileSigner, open_or_create_signing_key, open_signing_key
from lading.adapters.ldap_directory import LdapPeople
from lading.adapters.passwords_argon2 import Argon2Passwords
from lading.adapters.private_key_file import load_or_create_private_key
from lading.adapters.pull_log_memory import MemoryPullLog
from lading.adapters.secret_box import file_secret_box
from lading.adapters.sql.engine import SqlRecords, open_postgresql, open_sqlite
from lading.adapters.tokens_jwt import JwtTokens
from lading.foundation.errors import Malformed, NotFound
from lading.ports.blob_store import BlobStore
from lading.ports.change_stamps import ChangeStamps
from lading.ports.pull_log import PullLog
from lading.ports.secret_box import SecretBox
from lading.settings import AccessSettings, Settings, SigningSettings
from lading.workflows.first_admin import make_first_admin
from lading.workflows.second_factors import FactorPorts
from lading.workflows.sign_in import AccountPorts

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
    stamps: ChangeStamps
    accounts: AccountPorts
    directories: Directories
    tokens: JwtTokens
    signer: FileSigner
    secrets: SecretBox
    executor: ThreadPoolExecutor
    pulls: PullLog = field(default_factory=MemoryPullLog)

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
        own = opened.enter_context(contextlib.closing(SharedStamps(folder.root / "stamps")))
        stamps = _stamps(settings, own, opened)
        records = _records(settings, folder, stamps)
        opened.callback(records.close)
        directories = _directories(settings.access)
        passwords = tuple(LdapPeople(each) for each in directories.ldap)
        box = file_secret_box(folder.keys / "secrets.key")
        factors = FactorPorts(box, _factor_rule(settings.access))
        yield Installation(
            settings=settings,
            address=address,
            folder=folder,
            records=records,
            blobs=_blobs(settings, folder),
            stamps=stamps,
            accounts=AccountPorts(records, Argon2Passwords(), passwords, factors),
            directories=directories,
            tokens=JwtTokens(AUDIENCE, [load_or_create_private_key(folder.keys / "token.pem")]),
            signer=_signer(settings.signing, folder),
            secrets=box,
            executor=opened.enter_context(ThreadPoolExecutor(_THREADS, thread_name_prefix="request")),
        )


@contextlib.contextmanager
def open_for_checking(settings: Settings) -> Iterator[tuple[SqlRecords, BlobStore]]:
    """Open only the records and the blob store, beside a server or without one. Makes no folder."""
    folder = DataFolder(Path(settings.data.folder).expanduser().absolute())
    if not settings.data.database_url and not folder.records.exists():
        raise NotFound(
            "data-folder-empty",
            f"there is no database in {folder.root}",
            hint="name the server's folder with LADING_DATA__FOLDER, or its settings file with --settings",
        )
    with contextlib.ExitStack() as opened:
        if settings.data.database_url:
            records = open_postgresql(settings.data.database_url)
        else:
            records = open_sqlite(folder.records)
        opened.callback(records.close)
        yield records, _blobs(settings, folder)


def first_password(installation: Installation) -> str | None:
    """Make the first administrator; return the one-time password to show, None where there are users."""
    password = secrets.token_urlsafe(15)
    return password if make_first_admin(installation.accounts, password, clock()) else None


def _blobs(settings: Settings, folder: DataFolder) -> BlobStore:
    if settings.data.blobs_url:
        return open_object_store(settings.data.blobs_url)
    return FilesystemBlobs(folder.blobs)


def _stamps(settings: Settings, own: SharedStamps, opened: contextlib.ExitStack) -> ChangeStamps:
    """Those of this machine; where servers on other machines share the database, with what they change."""
    if not settings.data.database_url:
        return own

    def complain(problem: str) -> None:
        log = structlog.get_logger("lading.stamps")
        log.warning("cannot hear of changes, so nothing is cached", said=problem)

    listening = ListeningStamps(own, settings.data.database_url, complain)
    opened.callback(listening.close)
    listening.start()
    return listening


def _records(settings: Settings, folder: DataFolder, stamps: ChangeStamps) -> SqlRecords:
    """Open the records; whatever changes a repository in them makes the caches of it old."""
    if settings.data.database_url:
        return open_postgresql(settings.data.database_url, stamps.changed)
    return open_sqlite(folder.records, stamps.changed)


def _directories(settings: AccessSettings) -> Directories:
    return read_directories(settings.directories) if settings.directories else Directories()


def _factor_rule(settings: AccessSettings) -> FactorRule:
    if settings.second_factor not in set(FactorRule):
        wrong = f"access.second_factor is one of {', '.join(FactorRule)}, not {settings.second_factor!r}"
        raise Malformed("settings-invalid", wrong)
    return FactorRule(settings.second_factor)


def _signer(settings: SigningSettings, folder: DataFolder) -> FileSigner:
    passphrase = settings.key_passphrase.encode() or None
    if settings.key_file:
        return open_signing_key(Path(settings.key_file), name="lading", passphrase=passphrase)
    return open_or_create_signing_key(folder.keys / "signing.pem", name="lading", passphrase=passphrase)


def longest_token(settings: AccessSettings) -> timedelta:
    """How long personal tokens may live. Raises Malformed for what is no life."""
    if not 1 <= settings.token_days <= 3650:
        wrong = f"access.token_days must be from 1 to 3650, not {settings.token_days}"
        raise Malformed("settings-invalid", wrong)
    return timedelta(days=settings.token_days)


def new_id() -> str:
    """A short name that nothing else has."""
    return uuid.uuid4().hex[:16]


def new_token() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(32)

"""What the console needs of the rest: handed in whole by whoever starts the server."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lading.access.bindings import Bindings
from lading.ports.blob_store import BlobStore
from lading.ports.jobs import Jobs
from lading.ports.password_directory import PasswordDirectory
from lading.ports.passwords import Passwords
from lading.ports.records.record_set import Records
from lading.workflows.collect_garbage import CollectPorts
from lading.workflows.gate import GatePorts
from lading.workflows.openid_sign_in import OpenIdPorts
from lading.workflows.personal_tokens import LONGEST
from lading.workflows.retain import RetainPorts
from lading.workflows.run_mirrors import MirrorPorts
from lading.workflows.scrub_storage import ScrubPorts
from lading.workflows.second_factors import FactorPorts
from lading.workflows.send_events import EventPorts
from lading.workflows.sign_in import AccountPorts


@dataclass(frozen=True, slots=True)
class DirectoryServices:
    """How people sign in whose password is elsewhere. ``openid`` is None where no provider is set."""

    openid: OpenIdPorts | None = None
    passwords: tuple[PasswordDirectory, ...] = ()

    @property
    def openid_labels(self) -> tuple[tuple[str, str], ...]:
        """Name and label of each provider, in the order of the settings."""
        return (
            tuple((each.name, each.label) for each in self.openid.providers.values()) if self.openid else ()
        )


@dataclass(frozen=True, slots=True)
class ConsoleServices:
    """``gate`` has everything that decisions rest on, and with it records and blobs.

    ``new_token`` gives a fresh random text of at least 256 bits. ``address`` is the server's URL; ``tls``
    says whether browsers reach it over TLS, also where a proxy ends it.
    """

    gate: GatePorts
    jobs: Jobs
    collect: CollectPorts
    retain: RetainPorts
    scrub: ScrubPorts
    mirrors: MirrorPorts
    events: EventPorts
    environment_of_host: Callable[[str], str]
    passwords: Passwords
    bindings: Callable[[], Bindings]  # all role bindings, as they are now
    clock: Callable[[], datetime]  # aware, UTC
    new_token: Callable[[], str]
    new_bytes: Callable[[int], bytes]  # random ones
    address: str
    tls: bool
    subscribed: tuple[str, ...] = ()  # feeds that are fetched by themselves
    feed_max_age: timedelta = timedelta(hours=48)  # after which a feed is called old
    directories: DirectoryServices = field(default_factory=DirectoryServices)
    factors: FactorPorts = field(default_factory=FactorPorts)
    longest_token: timedelta = LONGEST  # that a personal token may live

    @property
    def records(self) -> Records:
        """Everything that is remembered."""
        return self.gate.sources.records

    @property
    def blobs(self) -> BlobStore:
        """Where content lies."""
        return self.gate.sources.blobs

    @property
    def registry(self) -> str:
        """host[:port] by which images name this registry."""
        return self.gate.sources.registries.name

    @property
    def accounts(self) -> AccountPorts:
        """What checking passwords needs."""
        return AccountPorts(self.records, self.passwords, self.directories.passwords, self.factors)

"""What the console needs of the rest: handed in whole by whoever starts the server."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lading.ports.blob_store import BlobStore
from lading.ports.claim_source import ClaimSource
from lading.ports.passwords import Passwords
from lading.ports.records.record_set import Records
from lading.signing.trust_policy import TrustPolicy
from lading.workflows.sign_in import AccountPorts


@dataclass(frozen=True, slots=True)
class ConsoleServices:
    """``registry`` is host[:port] by which images name this registry; ``address`` is the server's URL.

    ``new_token`` gives a fresh random text of at least 256 bits, ``new_id`` a short one that nothing else
    has. ``tls`` says whether browsers reach the server over TLS, also where a proxy ends it.
    """

    records: Records
    blobs: BlobStore
    claims: ClaimSource
    trust_policy: TrustPolicy
    passwords: Passwords
    clock: Callable[[], datetime]  # aware, UTC
    new_token: Callable[[], str]
    new_id: Callable[[], str]
    registry: str
    address: str
    tls: bool

    @property
    def accounts(self) -> AccountPorts:
        """What checking passwords needs."""
        return AccountPorts(self.records, self.passwords)

"""What the management API needs from the rest of Lading."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lading.access.bindings import Bindings
from lading.ports.blob_store import BlobStore
from lading.ports.records.record_set import Records
from lading.signing.trust_policy import TrustPolicy
from lading.workflows.sign_image import SigningPorts
from lading.workflows.sign_in import AccountPorts


@dataclass(frozen=True, slots=True)
class ManagementServices:
    """Everything by name, so that bootstrap and tests can build it from whatever adapters they choose.

    ``registry`` is host[:port] by which images name this registry. ``new_token`` gives a fresh random text of
    256 bits, ``new_id`` a fresh short id. ``bindings`` gives all role bindings as they are now.
    """

    records: Records
    blobs: BlobStore
    accounts: AccountPorts
    signing: SigningPorts
    trust_policy: TrustPolicy
    bindings: Callable[[], Bindings]
    clock: Callable[[], datetime]  # aware, UTC
    new_token: Callable[[], str]
    new_id: Callable[[], str]
    registry: str

"""What the management API needs from the rest of Lading."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from lading.access.bindings import Bindings
from lading.access.repository_pattern import RepositoryPattern
from lading.campaigns.campaign import GOAL_DAYS
from lading.ports.advisory_bundle import BundleFile, BundleSink
from lading.ports.blob_store import BlobStore
from lading.ports.feed_file import OpenFeed
from lading.ports.feed_source import FeedSource, FetchedFeed
from lading.ports.jobs import Jobs
from lading.ports.package_mirror import NoMirror, PackageMirror
from lading.ports.records.record_set import Records
from lading.ports.secret_box import SecretBox
from lading.signing.keys import PublicKey
from lading.workflows.cache_ports import CachePorts
from lading.workflows.collect_garbage import CollectPorts
from lading.workflows.fetch_feeds import Subscriptions
from lading.workflows.gate import GatePorts
from lading.workflows.patch_image import PatchPorts
from lading.workflows.personal_tokens import LONGEST
from lading.workflows.rebase_image import RebasePorts
from lading.workflows.rebase_sides import BasePairs
from lading.workflows.retain import RetainPorts
from lading.workflows.run_mirrors import MirrorPorts
from lading.workflows.scrub_storage import ScrubPorts
from lading.workflows.send_events import EventPorts
from lading.workflows.sign_image import SigningPorts
from lading.workflows.sign_in import AccountPorts


@dataclass(frozen=True, slots=True)
class FeedServices:
    """Feeds: which are subscribed to, from where, and bundles of them.

    ``max_age`` is how old a feed may be that counts as fresh; ``bundle_keys`` vouch for bundles, beside the
    key of this installation.
    """

    subscriptions: Subscriptions
    max_age: timedelta
    source: FeedSource
    open_fetched: Callable[[FetchedFeed], AbstractContextManager[OpenFeed]]
    bundle_keys: tuple[PublicKey, ...]
    writing_bundle: Callable[[Path], AbstractContextManager[BundleSink]]
    open_bundle: Callable[[Path], AbstractContextManager[BundleFile]]


@dataclass(frozen=True, slots=True)
class ManagementServices:
    """Everything by name, so that bootstrap and tests can build it from whatever adapters they choose.

    ``registry`` is host[:port] by which images name this registry. ``new_token`` gives a fresh random text of
    256 bits, ``new_id`` a fresh short id. ``bindings`` gives all role bindings as they are now.
    """

    records: Records
    blobs: BlobStore
    jobs: Jobs
    collect: CollectPorts
    retain: RetainPorts
    scrub: ScrubPorts
    accounts: AccountPorts
    signing: SigningPorts
    gate: GatePorts
    environment_of_host: Callable[[str], str]
    bindings: Callable[[], Bindings]
    feeds: FeedServices
    events: EventPorts
    cache: CachePorts
    mirrors: MirrorPorts
    secrets: SecretBox
    open_feed: Callable[[Path], AbstractContextManager[OpenFeed]]
    clock: Callable[[], datetime]  # aware, UTC
    new_token: Callable[[], str]
    new_id: Callable[[], str]
    registry: str
    address: str = "http://localhost"  # URL by which people reach the console
    mirror: PackageMirror = field(default_factory=NoMirror)  # packages at hand
    goal_days: int = GOAL_DAYS  # that a campaign may take
    team_days: Mapping[str, int] = field(default_factory=dict)  # of teams that promised others
    age_limits: Mapping[RepositoryPattern, int] = field(default_factory=dict)  # days, see campaigns.cadence
    longest_token: timedelta = LONGEST  # that a personal token may live
    directories: frozenset[str] = frozenset()  # by which people sign in
    pairs: BasePairs = field(default_factory=BasePairs)  # bases at hand, for proofs

    @property
    def rebasing(self) -> RebasePorts:
        """What rebasing needs."""
        return RebasePorts(self.signing, self.pairs)

    @property
    def patching(self) -> PatchPorts:
        """What patching needs."""
        return PatchPorts(self.rebasing, self.mirror)

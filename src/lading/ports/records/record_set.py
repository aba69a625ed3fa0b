"""All records in one transaction."""

from contextlib import AbstractContextManager
from typing import Protocol

from lading.ports.records.advisories import AdvisoryRecords
from lading.ports.records.audit import AuditRecords
from lading.ports.records.campaigns import CampaignRecords
from lading.ports.records.contents import ContentsRecords
from lading.ports.records.device_grants import DeviceGrantRecords
from lading.ports.records.events import EventRecords
from lading.ports.records.governance import GovernanceRecords
from lading.ports.records.history import HistoryRecords
from lading.ports.records.inventory import InventoryRecords
from lading.ports.records.lineage import LineageRecords
from lading.ports.records.matches import MatchRecords
from lading.ports.records.mirrors import MirrorRecords
from lading.ports.records.people import PeopleRecords
from lading.ports.records.personal_tokens import PersonalTokenRecords
from lading.ports.records.provisioning import ProvisioningRecords
from lading.ports.records.registry import RegistryRecords
from lading.ports.records.rules import RuleRecords
from lading.ports.records.scrubs import ScrubRecords
from lading.ports.records.second_factors import SecondFactorRecords
from lading.ports.records.server_state import ServerState
from lading.ports.records.storage import StorageRecords
from lading.ports.records.tallies import Tallies
from lading.ports.records.trust import TrustRecords
from lading.ports.records.upstreams import UpstreamRecords
from lading.ports.records.usage import UsageRecords
from lading.ports.records.use import UseRecords
from lading.ports.records.vex import VexRecords


class RecordSet(Protocol):
    """Every aggregate, as one transaction sees it."""

    @property
    def audit(self) -> AuditRecords:
        """The chained log. Append last: from there to the end of the block, writers take turns."""
        ...

    @property
    def registry(self) -> RegistryRecords:
        """Repositories, manifests, tags, blob membership."""
        ...

    @property
    def rules(self) -> RuleRecords:
        """Rules on what is kept in the registry."""
        ...

    @property
    def storage(self) -> StorageRecords:
        """What is stored and needed, and the work of keeping it."""
        ...

    @property
    def scrubs(self) -> ScrubRecords:
        """Passes that read everything again, and what they found damaged."""
        ...

    @property
    def upstreams(self) -> UpstreamRecords:
        """Other registries, the caches of them, and what is being brought in."""
        ...

    @property
    def use(self) -> UseRecords:
        """Pulls and deployments."""
        ...

    @property
    def usage(self) -> UsageRecords:
        """Who keeps how much, and how much they may."""
        ...

    @property
    def mirrors(self) -> MirrorRecords:
        """Mirrors, the tags that they are about, and their last runs."""
        ...

    @property
    def people(self) -> PeopleRecords:
        """Users, robots, teams, ownership, bindings, browser sessions."""
        ...

    @property
    def personal_tokens(self) -> PersonalTokenRecords:
        """Tokens that people make for themselves."""
        ...

    @property
    def provisioning(self) -> ProvisioningRecords:
        """What identity providers say of people, and the tokens that they say it with."""
        ...

    @property
    def second_factors(self) -> SecondFactorRecords:
        """Second factors of people."""
        ...

    @property
    def device_grants(self) -> DeviceGrantRecords:
        """Commands that ask to be signed in by a browser."""
        ...

    @property
    def contents(self) -> ContentsRecords:
        """What layers and images hold."""
        ...

    @property
    def advisories(self) -> AdvisoryRecords:
        """Advisories and the feeds they came from."""
        ...

    @property
    def matches(self) -> MatchRecords:
        """Package versions against advisories."""
        ...

    @property
    def vex(self) -> VexRecords:
        """What is said of flaws in products."""
        ...

    @property
    def governance(self) -> GovernanceRecords:
        """Policies, waivers, decisions, environments, promotions, verifications."""
        ...

    @property
    def trust(self) -> TrustRecords:
        """Trust policies, who signed what, grants of keys, builds."""
        ...

    @property
    def inventory(self) -> InventoryRecords:
        """Hosts and what runs on them."""
        ...

    @property
    def history(self) -> HistoryRecords:
        """How things stood at a past moment."""
        ...

    @property
    def lineage(self) -> LineageRecords:
        """What stands on which layers, and the catalogue of bases."""
        ...

    @property
    def campaigns(self) -> CampaignRecords:
        """Campaigns, and which image was made from which without a build."""
        ...

    @property
    def events(self) -> EventRecords:
        """Who is told of what was done, and what they did not take yet."""
        ...

    @property
    def tallies(self) -> Tallies:
        """Numbers of the whole installation."""
        ...

    @property
    def state(self) -> ServerState:
        """A few facts about the installation itself."""
        ...


class Records(Protocol):
    """The door to everything that is remembered. Safe to share between threads.

    Blocks do not nest within a thread: the inner one would wait for the outer. A database that stays busy
    or cannot be reached raises Upstream ``records-unavailable``; the block may be run again.
    """

    def read(self) -> AbstractContextManager[RecordSet]:
        """One consistent view. Writing in it is an error of the program and raises RuntimeError."""
        ...

    def write(self, *, long: bool = False) -> AbstractContextManager[RecordSet]:
        """One transaction: all of the block is kept when it ends, nothing when it raises.

        ``long`` says that the block takes seconds by its nature (a feed): then no other is made to wait for
        its commit.
        """
        ...

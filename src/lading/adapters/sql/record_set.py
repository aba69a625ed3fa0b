"""Every aggregate over one connection."""

import sqlalchemy as sa

from lading.adapters.sql.advisories import SqlAdvisories
from lading.adapters.sql.audit import SqlAudit
from lading.adapters.sql.campaigns import SqlCampaigns
from lading.adapters.sql.contents import SqlContents
from lading.adapters.sql.device_grants import SqlDeviceGrants
from lading.adapters.sql.events import SqlEvents
from lading.adapters.sql.governance import SqlGovernance
from lading.adapters.sql.history import SqlHistory
from lading.adapters.sql.inventory import SqlInventory
from lading.adapters.sql.lineage import SqlLineage
from lading.adapters.sql.matches import SqlMatches
from lading.adapters.sql.mirrors import SqlMirrors
from lading.adapters.sql.people import SqlPeople
from lading.adapters.sql.personal_tokens import SqlPersonalTokens
from lading.adapters.sql.provisioning import SqlProvisioning
from lading.adapters.sql.registry import SqlRegistry
from lading.adapters.sql.rules import SqlRules
from lading.adapters.sql.scrubs import SqlScrubs
from lading.adapters.sql.second_factors import SqlSecondFactors
from lading.adapters.sql.server_state import SqlServerState
from lading.adapters.sql.storage import SqlStorage
from lading.adapters.sql.tallies import SqlTallies
from lading.adapters.sql.trust import SqlTrust
from lading.adapters.sql.upstreams import SqlUpstreams
from lading.adapters.sql.usage import SqlUsage
from lading.adapters.sql.use import SqlUse
from lading.adapters.sql.vex import SqlVex


class SqlRecordSet:
    """See ``lading.ports.records.record_set.RecordSet``."""

    __slots__ = (
        "advisories",
        "audit",
        "campaigns",
        "contents",
        "device_grants",
        "events",
        "governance",
        "history",
        "inventory",
        "lineage",
        "matches",
        "mirrors",
        "people",
        "personal_tokens",
        "provisioning",
        "registry",
        "rules",
        "scrubs",
        "second_factors",
        "state",
        "storage",
        "tallies",
        "trust",
        "upstreams",
        "usage",
        "use",
        "vex",
    )

    def __init__(self, connection: sa.Connection) -> None:
        self.advisories = SqlAdvisories(connection)
        self.audit = SqlAudit(connection)
        self.campaigns = SqlCampaigns(connection)
        self.contents = SqlContents(connection)
        self.device_grants = SqlDeviceGrants(connection)
        self.events = SqlEvents(connection)
        self.governance = SqlGovernance(connection)
        self.history = SqlHistory(connection)
        self.inventory = SqlInventory(connection)
        self.lineage = SqlLineage(connection)
        self.matches = SqlMatches(connection)
        self.mirrors = SqlMirrors(connection)
        self.people = SqlPeople(connection)
        self.personal_tokens = SqlPersonalTokens(connection)
        self.provisioning = SqlProvisioning(connection)
        self.registry = SqlRegistry(connection)
        self.rules = SqlRules(connection)
        self.scrubs = SqlScrubs(connection)
        self.second_factors = SqlSecondFactors(connection)
        self.state = SqlServerState(connection)
        self.storage = SqlStorage(connection)
        self.upstreams = SqlUpstreams(connection)
        self.usage = SqlUsage(connection)
        self.use = SqlUse(connection)
        self.tallies = SqlTallies(connection)
        self.trust = SqlTrust(connection)
        self.vex = SqlVex(connection)

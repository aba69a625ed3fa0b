"""Every aggregate over one connection."""

import sqlalchemy as sa

from lading.adapters.sql.audit import SqlAudit
from lading.adapters.sql.registry import SqlRegistry
from lading.adapters.sql.server_state import SqlServerState


class SqlRecordSet:
    """See ``lading.ports.records.record_set.RecordSet``."""

    __slots__ = ("audit", "registry", "state")

    def __init__(self, connection: sa.Connection) -> None:
        self.audit = SqlAudit(connection)
        self.registry = SqlRegistry(connection)
        self.state = SqlServerState(connection)

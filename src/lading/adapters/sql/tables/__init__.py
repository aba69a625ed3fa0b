"""The schema as it stands after every migration, one file for each aggregate."""

from lading.adapters.sql.tables import (
    advisories,
    audit,
    contents,
    governance,
    inventory,
    lineage,
    people,
    registry,
    rules,
    server_state,
    trust,
)
from lading.adapters.sql.tables.metadata import METADATA

AGGREGATES = (
    advisories,
    audit,
    contents,
    governance,
    inventory,
    lineage,
    people,
    registry,
    rules,
    server_state,
    trust,
)

__all__ = ["AGGREGATES", "METADATA"]

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
    storage,
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
    storage,
)

__all__ = ["AGGREGATES", "METADATA"]

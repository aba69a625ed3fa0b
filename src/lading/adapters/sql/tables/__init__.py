"""The schema as it stands after every migration, one file for each aggregate."""

from lading.adapters.sql.tables import (
    advisories,
    audit,
    campaigns,
    contents,
    device_grants,
    events,
    governance,
    inventory,
    lineage,
    people,
    personal_tokens,
    registry,
    rules,
    scrubs,
    second_factors,
    server_state,
    storage,
    trust,
    upstreams,
    usage,
    use,
    vex,
)
from lading.adapters.sql.tables.metadata import METADATA

AGGREGATES = (
    advisories,
    audit,
    campaigns,
    contents,
    device_grants,
    events,
    governance,
    inventory,
    lineage,
    people,
    personal_tokens,
    registry,
    rules,
    scrubs,
    second_factors,
    server_state,
    storage,
    vex,
    trust,
    upstreams,
    usage,
    use,
)

__all__ = ["AGGREGATES", "METADATA"]

"""Which environments there are."""

from lading.ports.records.record_set import RecordSet
from lading.promotion.environments import DEFAULT_ENVIRONMENTS, EnvironmentGraph


def load_environments(kept: RecordSet) -> EnvironmentGraph:
    """Give the environments, those that everybody starts with before any were set."""
    stored = kept.governance.environments()
    return EnvironmentGraph.of(stored) if stored else DEFAULT_ENVIRONMENTS

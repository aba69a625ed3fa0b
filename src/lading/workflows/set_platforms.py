"""Say which platforms an environment runs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from lading.access.verbs import Verb
from lading.ports.records.record_set import Records
from lading.promotion.environments import Environment
from lading.promotion.platforms import parse_platforms
from lading.registry.caller import Caller
from lading.workflows.read_environments import load_environments
from lading.workflows.rights import require_on_installation


def set_platforms(
    records: Records, caller: Caller, name: str, platforms: Sequence[str], now: datetime
) -> Environment:
    """Set them, none for an environment that does not say; raise Forbidden, NotFound or Malformed.

    What is in the environment already stays: the platforms count from the next promotion on.
    """
    require_on_installation(caller, Verb.ADMINISTER)
    runs = parse_platforms(platforms)
    with records.write() as kept:
        graph = load_environments(kept)
        changed = replace(graph.named(name), platforms=runs)
        # As they were set, for that order is shown; before any were set, that of the graph.
        before = kept.governance.environments() or graph.all
        kept.governance.set_environments([changed if one.name == name else one for one in before])
        kept.audit.append(caller.did("environment.platforms", name, now, platforms=list(runs)))
    return changed

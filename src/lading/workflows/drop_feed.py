"""Take out a feed that is wanted no more, with everything that rests on its word alone."""

from datetime import datetime

from lading.access.verbs import Verb
from lading.foundation.errors import NotFound
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller
from lading.workflows.import_advisories import rematch
from lading.workflows.match_packages import match_packages
from lading.workflows.rights import require_on_installation


def drop_feed(records: Records, caller: Caller, name: str, now: datetime) -> int:
    """Take it out and match what it touched; return how many of its advisories are gone.

    What only it spoke for is unjudged from then on, and shown so. Raises NotFound ``feed-not-held``.
    """
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write(long=True) as kept:
        realms = kept.advisories.held_realms()
        change = kept.advisories.drop_feed(name)
        if change is None:
            raise NotFound(
                "feed-not-held", f"no feed {name[:80]} is held", hint="`lading advisories feeds` lists them"
            )
        rematch(kept, change, {}, realms)
        kept.audit.append(caller.did("advisories.drop", name, now, removed=len(change.removed)))
    for _ in match_packages(records, now):
        pass
    return len(change.removed)

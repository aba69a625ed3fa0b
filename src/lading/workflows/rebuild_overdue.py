"""Ask for a rebuild of what is older than its repository allows, once for each image.

1. An image is asked for once: the audit log has ``image.overdue`` of it then, with what was asked of whom.
   That entry is the event by which its owners are told, also where no forge and no pipeline could be asked.
2. Asking comes before writing down. A server that ends between the two asks again in the next turn, under the
   same id, so that a pipeline builds once and a merge request is the one that is open.
3. A forge or pipeline that did not answer is asked again in a later turn; anything else that is wrong does
   not mend itself, and is told to the owners with the rest.
4. A turn tries a bounded number, and each turn begins elsewhere: what fails again and again holds up nobody.
5. What could not be told is not asked for: it is on the list (``workflows.cadence``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM
from lading.access.repository_pattern import RepositoryPattern
from lading.campaigns.cadence import Age
from lading.campaigns.campaign import Campaign, CampaignState, Deadlines, Item, Method
from lading.foundation.errors import LadingError, Upstream
from lading.foundation.instants import rfc3339
from lading.ports.records.audit import AuditFilter
from lading.ports.records.record_set import Records
from lading.registry.caller import BoundRights, Caller
from lading.workflows.ask_for_rebuild import AskForRebuild
from lading.workflows.cadence import AgedImage, list_aged

JOB, OVERDUE = "rebuild-overdue", "image.overdue"
EVERY = timedelta(hours=1)
_MOST_TRIED = 20  # in one turn
_CALLER = Caller(SYSTEM, BoundRights(NO_BINDINGS))
_SAID = 2_000  # characters of an answer that are kept


@dataclass(frozen=True, slots=True)
class OverduePorts:
    """What it needs; ``limits`` are days by pattern (``campaigns.cadence``)."""

    records: Records
    ask_for_rebuild: AskForRebuild
    limits: Mapping[RepositoryPattern, int]


def rebuild_overdue(ports: OverduePorts, now: datetime) -> int:
    """Do one turn by the numbered rules; give how many were told of."""
    waiting = list(_not_asked(ports, now)) if ports.limits else []
    turn = int(now.timestamp() // EVERY.total_seconds())
    start = turn * _MOST_TRIED % len(waiting) if waiting else 0  # rule 4
    told = 0
    for one in (waiting[start:] + waiting[:start])[:_MOST_TRIED]:
        try:
            said = ports.ask_for_rebuild(_reason(one, now), _item(one))
        except Upstream:
            continue  # rule 3
        except LadingError as error:
            said = f"nobody could be asked: {error}"
        details: dict[str, object] = {
            "since": rfc3339(one.since) if one.since else "",
            "days": one.days,
            "tags": list(one.tags[:20]),
            "containers": one.containers,
            "team": one.team,
            "to_do": one.action,
            "text": (said or "its owners are asked to build it again")[:_SAID],
        }
        with ports.records.write() as kept:
            kept.audit.append(_CALLER.did(OVERDUE, _subject(one), now, **details))
        told += 1
    return told


def _not_asked(ports: OverduePorts, now: datetime) -> Iterator[AgedImage]:
    """Rule 1, by repository."""
    after = ""
    while True:
        page = list_aged(ports.records, _CALLER, ports.limits, now, after=after)
        overdue = [one for one in page.items if one.age is Age.OVERDUE]
        with ports.records.read() as kept:
            for one in overdue:
                wanted = AuditFilter(actor=str(SYSTEM), action=OVERDUE, subject=_subject(one))
                if not kept.audit.page(wanted=wanted, limit=1).items:
                    yield one
        if not page.next:
            return
        after = page.next


def _subject(one: AgedImage) -> str:
    return f"{one.repository}@{one.image}"


def _reason(one: AgedImage, now: datetime) -> Campaign:
    """What those who are asked are told, in the form that they know from campaigns."""
    return Campaign(
        id=f"age-{one.image.short}",
        title="Rebuild cadence",
        flaw="",
        base="",
        onto=one.onto,
        reason=f"{one.repository} may be {one.days} days old",
        state=CampaignState.OPEN,
        opened_at=now,
        opened_by=str(SYSTEM),
        deadlines=Deadlines(),
    )


def _item(one: AgedImage) -> Item:
    since = f"{one.since:%Y-%m-%d}" if one.since else "an unknown day"
    return Item(
        repository=one.repository,
        image=one.image,
        manifests=one.manifests,
        tags=one.tags,
        team=one.team,
        environment="",
        containers=one.containers,
        method=Method.REBUILD,
        why=f"its own layers are of {since}",
        onto=one.onto,
        wave=0,
    )

"""Tell of verdicts that changed: one entry of the log for each repository that holds what they are about.

The log is what webhooks are fed from (``lading.workflows.send_events``), so whoever answers for a repository
is told by a subscription to ``verdict.change`` of its repositories.

1. Changes are told in their order, from where the last turn ended. That place and the entries are one
   transaction: each change is told once, whatever ends in between.
2. A new database changes thousands of verdicts at once: they are gathered, so that a repository has one entry
   for all that changed for it in a turn, with the worst of them by name.
3. A change that no image of a repository shows any more is nobody's news, and is passed over.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from lading.access.ownership import Owned
from lading.advisories.advisory import Severity
from lading.ports.records.matches import MatchStatus, VerdictChange
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller
from lading.workflows.rights import find_owner, load_ownership_rules

TELL = "tell-verdicts"
ACTION = "verdict.change"
BATCH = 2_000  # changes of one transaction
MOST_NAMED = 20  # changes that an entry names; the others are counted
_TOLD = "alerts.told"
_WORST_FIRST = tuple(reversed(Severity))


def tell_verdicts(records: Records, caller: Caller, now: datetime) -> int:
    """Tell of everything that was not told yet; return how many entries that made."""
    told = 0
    while True:
        made = _tell(records, caller, now)
        if made is None:
            return told
        told += made


def _tell(records: Records, caller: Caller, now: datetime) -> int | None:
    """One batch; None when there is nothing left."""
    rules = load_ownership_rules(records)
    with records.read() as kept:
        after = int(kept.state.value(_TOLD) or 0)
        changes = kept.matches.changes_after(after, limit=BATCH)
        if not changes:
            return None
        where = kept.contents.repositories_with({each.package.number for each in changes.values()})
    by_repository: dict[str, list[VerdictChange]] = {}
    for change in changes.values():
        for repository in where.get(change.package.number, ()):  # 3
            by_repository.setdefault(repository, []).append(change)
    owners = {name: find_owner(records, name, rules) for name in by_repository}
    teams = {name: owner.team.name for name, owner in owners.items() if isinstance(owner, Owned)}
    with records.write() as kept:
        if int(kept.state.value(_TOLD) or 0) != after:  # 1: another server told them meanwhile
            return 0
        kept.state.keep(_TOLD, str(max(changes)))
        for repository, each in sorted(by_repository.items()):
            details = _details(each)
            team = teams.get(repository, "")
            kept.audit.append(
                caller.did(ACTION, repository, now, repository=repository, team=team, **details)
            )
    return len(by_repository)


def _details(changes: Sequence[VerdictChange]) -> Mapping[str, object]:
    """Rule 2."""
    ordered = sorted(changes, key=lambda each: (not _is_worse(each), _WORST_FIRST.index(each.severity)))
    return {
        "affected": sum(_is_worse(each) for each in changes),
        "cleared": sum(not _is_worse(each) for each in changes),
        "critical": sum(_is_worse(each) and each.severity is Severity.CRITICAL for each in changes),
        "changes": [_named(each) for each in ordered[:MOST_NAMED]],
        "more": max(len(changes) - MOST_NAMED, 0),
    }


def _is_worse(change: VerdictChange) -> bool:
    return change.after in (MatchStatus.AFFECTED, MatchStatus.UNDETERMINED)


def _named(change: VerdictChange) -> Mapping[str, str]:
    package = change.package.package
    members: Iterable[tuple[str, str]] = (
        ("flaw", change.flaw),
        ("severity", change.severity.value),
        ("package", package.name),
        ("version", package.version),
        ("before", change.before.value if change.before else ""),
        ("after", change.after.value if change.after else ""),
        ("fixed_in", change.fixed_in),
    )
    return dict(members)

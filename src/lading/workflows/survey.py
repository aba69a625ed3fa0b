"""What an overview shows of the whole installation: how much there is, and what needs attention."""

from dataclasses import dataclass, replace
from datetime import datetime

from lading.access.ownership import Owned, Team, owner_of
from lading.access.principal import PrincipalKind
from lading.access.verbs import Verb
from lading.approvals.approval import ApprovalState
from lading.campaigns.campaign import CampaignState
from lading.packages.realm import RealmNumbers
from lading.policy.decision import Outcome
from lading.ports.records.advisories import FeedState
from lading.ports.records.governance import StoredDecision
from lading.ports.records.inventory import Host
from lading.ports.records.page import DEFAULT_LIMIT, MAX_LIMIT, Page
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.records.registry import Repository
from lading.ports.records.tallies import ExploitedFlaw, InstallationCounts
from lading.registry.caller import Caller
from lading.workflows.approvals import person_behind
from lading.workflows.hygiene import ends_soon
from lading.workflows.rights import load_ownership_rules

MOST_FLAWS = 200  # exploited ones that are listed
MOST_CHANGES = 1_000  # that are counted
_MOST_DENIALS = 5
_MOST_PAGES = 20  # looked through for what the caller may see, before the list says "more" instead


@dataclass(frozen=True, slots=True)
class Denial:
    """The newest refusal of something, and how often it was refused among the newest refusals."""

    newest: StoredDecision
    times: int = 1


@dataclass(frozen=True, slots=True)
class Survey:
    """The whole picture, for who may list all repositories; others see the feeds and what concerns them.

    ``unowned`` counts repositories that nobody answers for, among the first MAX_LIMIT of them. ``waiting``
    are requests that the caller could still vote on, ``ending`` waivers that end within a week, ``stopped``
    campaigns that stand still.
    """

    counts: InstallationCounts | None
    denied_and_running: int
    exploited: tuple[ExploitedFlaw, ...]
    unowned: int
    feeds: tuple[FeedState, ...]
    unjudged: RealmNumbers  # package versions of any image for which no advisories are held
    denials: tuple[Denial, ...]  # the newest first
    waiting: int
    ending: int
    stopped: int
    changed: int  # verdicts that got worse and nobody acknowledged, up to MOST_CHANGES


@dataclass(frozen=True, slots=True)
class OwnedRepository:
    """A repository, and who answers for it."""

    repository: Repository
    owner: Team | None


def survey(records: Records, caller: Caller, now: datetime) -> Survey:
    """Look at everything once."""
    sees_all = caller.may_list_repositories()
    unowned = _count_unowned(records) if sees_all else 0
    denials = _denials(records, caller)
    signed_in = caller.principal.kind is not PrincipalKind.ANONYMOUS
    with records.read() as kept:
        return Survey(
            counts=kept.tallies.counts() if sees_all else None,
            denied_and_running=kept.tallies.denied_and_running() if sees_all else 0,
            exploited=kept.tallies.exploited_flaws(limit=MOST_FLAWS) if sees_all else (),
            unowned=unowned,
            feeds=kept.advisories.feeds(),
            unjudged=kept.matches.unjudged_packages() if sees_all else {},
            denials=denials,
            waiting=_count_waiting(kept, caller, now) if signed_in else 0,
            ending=_count_ending(kept, now) if signed_in else 0,
            changed=kept.matches.count_waiting_changes(most=MOST_CHANGES) if sees_all else 0,
            stopped=len(kept.campaigns.campaigns(state=CampaignState.PAUSED)) if sees_all else 0,
        )


def list_hosts(records: Records, caller: Caller) -> tuple[Host, ...]:
    """Hosts with an agent, by name, the first MAX_LIMIT; none for who may not list all repositories."""
    if not caller.may_list_repositories():
        return ()
    with records.read() as kept:
        return kept.inventory.hosts(limit=MAX_LIMIT).items


def exploited_flaws(records: Records, caller: Caller) -> tuple[ExploitedFlaw, ...]:
    """Flaws that are known to be exploited, and are here; none for who may not list all repositories."""
    if not caller.may_list_repositories():
        return ()
    with records.read() as kept:
        return kept.tallies.exploited_flaws(limit=MOST_FLAWS)


def list_owned_repositories(
    records: Records,
    caller: Caller,
    *,
    only_unowned: bool = False,
    after: str = "",
    limit: int = DEFAULT_LIMIT,
) -> Page[OwnedRepository]:
    """Repositories that the caller may see, by name, with who answers for them.

    A page may have fewer than ``limit`` although more follow: what counts is ``next``.
    """
    rules = load_ownership_rules(records)
    found: list[OwnedRepository] = []
    with records.read() as kept:
        for _ in range(_MOST_PAGES):
            page = kept.registry.repositories(after=after, limit=limit)
            for repository in page.items:
                owner = owner_of(repository.name, rules)
                team = owner.team if isinstance(owner, Owned) else None
                if repository.owner:
                    team = Team(repository.owner)
                if caller.may(Verb.READ_EVIDENCE, repository.name) and not (only_unowned and team):
                    found.append(OwnedRepository(repository, team))
            after = page.next
            if not after or len(found) >= limit:
                break
    return Page(tuple(found), after)


def _count_unowned(records: Records) -> int:
    rules = load_ownership_rules(records)
    with records.read() as kept:
        names = kept.registry.repositories(limit=MAX_LIMIT).items
    return sum(not each.owner and not isinstance(owner_of(each.name, rules), Owned) for each in names)


def _count_waiting(kept: RecordSet, caller: Caller, now: datetime) -> int:
    person = person_behind(kept, caller.principal)
    page = kept.governance.approvals(state=ApprovalState.WAITING, limit=MAX_LIMIT)
    return sum(one.waits_for(person, now) for one in page.items)


def _count_ending(kept: RecordSet, now: datetime) -> int:
    return sum(ends_soon(waiver, now) for waiver in kept.governance.waivers_in_force(now=now))


def _denials(records: Records, caller: Caller) -> tuple[Denial, ...]:
    """Give the newest refusals, each image once: a controller asks again every few seconds."""
    found: dict[tuple[str, str], Denial] = {}
    after = ""
    with records.read() as kept:
        for _ in range(_MOST_PAGES):
            page = kept.governance.decisions(outcome=Outcome.DENY, after=after, limit=_MOST_DENIALS * 4)
            for each in page.items:
                if not caller.may(Verb.READ_EVIDENCE, each.decision.repository):
                    continue
                key = (each.decision.repository, each.decision.image or each.reference)
                known = found.get(key)
                found[key] = replace(known, times=known.times + 1) if known else Denial(each)
            after = page.next
            if not after or len(found) >= _MOST_DENIALS:
                break
    return tuple(found.values())[:_MOST_DENIALS]

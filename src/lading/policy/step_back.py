"""Enforcement that hits more than was expected goes back to warning, by itself and in the open.

1. Looked at are steps of the rollout that say ``step_back_at``, for a day from the date on which they began
   to enforce. A rule that was enforced for longer never steps back.
2. What counts is a repository that passed in the same environment before that date and is refused by a rule
   of the step since. So who may push cannot make a rule step back by pushing what is bad: what never passed
   before says nothing, and a repository counts once however often it is refused.
3. Beyond the number that the step says, the rules that refused warn, from now on, for the teams of the step.
   This is written into the policy as the first step of its rollout: one more version, which gates, replays
   and comparisons see like any other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.foundation.errors import LadingError
from lading.foundation.instants import rfc3339
from lading.policy.policy_file import parse_policy
from lading.policy.rollout import RolloutStep
from lading.policy.rule import Policy

WATCHED_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal since the date, of what passed before it."""

    repository: str
    environment: str
    team: str
    rules: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Overshoot:
    """A step of the rollout that refuses more than it was meant to."""

    step: RolloutStep
    rules: tuple[str, ...]
    repositories: tuple[str, ...]
    by_team: Mapping[str, int]


def watched_steps(policy: Policy, now: datetime) -> tuple[RolloutStep, ...]:
    """Rule 1."""
    return tuple(
        step
        for step in policy.rollout
        if step.step_back_at is not None
        and step.enforce is not None
        and step.enforce <= now < step.enforce + WATCHED_FOR
    )


def overshoot(policy: Policy, step: RolloutStep, refusals: Iterable[Refusal]) -> Overshoot | None:
    """Rules 2 and 3: what the step refuses, where that is more than it says."""
    repositories: dict[tuple[str, str], str] = {}
    rules: set[str] = set()
    for one in refusals:
        own = {rule for rule in one.rules if _first_step(policy, rule, one.team) is step}
        if own and step.enforce is not None and one.at >= step.enforce:
            rules |= own
            repositories[one.repository, one.environment] = one.team or "(nobody)"
    if step.step_back_at is None or len(repositories) <= step.step_back_at:
        return None
    teams = list(repositories.values())
    by_team = {team: teams.count(team) for team in sorted(set(teams))}
    named = tuple(sorted({repository for repository, _ in repositories}))
    return Overshoot(step, tuple(sorted(rules)), named, by_team)


def stepped_back(text: str, found: Overshoot, now: datetime) -> str | None:
    """Give the policy with rule 3 written into it; None where its rollout is not written as a block."""
    made = RolloutStep(frozenset(found.rules), found.step.teams, now.replace(microsecond=0))
    rules, teams = ", ".join(sorted(found.rules)), ", ".join(f'"{team}"' for team in sorted(found.step.teams))
    written = f"rules: [{rules}]" + (f", teams: [{teams}]" if teams else "")
    line = f'- {{{written}, warn: "{rfc3339(now.replace(microsecond=0))}"}}  # stepped back'
    lines = text.split("\n")
    at = next((at for at, one in enumerate(lines) if one.rstrip() == "rollout:"), None)
    if at is None:
        return None
    first = next((one for one in lines[at + 1 :] if one.strip() and not one.lstrip().startswith("#")), "")
    indent = first[: len(first) - len(first.lstrip())]
    changed = "\n".join([*lines[: at + 1], indent + line, *lines[at + 1 :]])
    return changed if _says(text, changed, made) else None


def _first_step(policy: Policy, rule: str, team: str) -> RolloutStep | None:
    return next((step for step in policy.rollout if step.names(rule, team)), None)


def _says(before: str, after: str, made: RolloutStep) -> bool:
    """Whether the change is the step and nothing else: lines within a block text can look like a rollout."""
    try:
        old, new = parse_policy(before.encode(), "policy"), parse_policy(after.encode(), "policy")
    except LadingError:
        return False
    same = [(rule.id, rule.mode, rule.severity) for rule in old.rules] == [
        (rule.id, rule.mode, rule.severity) for rule in new.rules
    ]
    return same and new.rollout == (made, *old.rollout)

"""Who answers for a repository, and how to reach them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from lading.access.repository_pattern import RepositoryPattern


@dataclass(frozen=True, slots=True)
class Team:
    """People who own things together. ``contact`` and ``on_call`` are for people to use: an address, a
    channel, a telephone number; empty where not known."""

    name: str
    contact: str = ""
    on_call: str = ""


@dataclass(frozen=True, slots=True)
class OwnershipRule:
    """The repositories of this pattern belong to this team."""

    repositories: RepositoryPattern
    team: Team


@dataclass(frozen=True, slots=True)
class Owned:
    """A team answers for it, by this rule."""

    team: Team
    rule: OwnershipRule


@dataclass(frozen=True, slots=True)
class Unowned:
    """Nobody answers for it."""

    repository: str


Ownership: TypeAlias = Owned | Unowned


def owner_of(repository: str, rules: Iterable[OwnershipRule]) -> Ownership:
    """Find who owns a repository: of the rules that match, the one with the most specific pattern."""
    matching = [rule for rule in rules if rule.repositories.matches(repository)]
    if not matching:
        return Unowned(repository)
    rule = max(matching, key=lambda rule: rule.repositories.specificity)
    return Owned(rule.team, rule)

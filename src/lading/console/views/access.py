"""Who may do what: people, groups, roles."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lading.access.roles import Roles
from lading.access.verbs import ROLES
from lading.console.links import list_link
from lading.console.views.badges import Badge, Tone
from lading.console.views.notices import Notice
from lading.ports.records.people import RoleBinding, User
from lading.workflows.unowned import UnownedThings

GRANT_FIELDS = ("principal", "role", "pattern", "environment")


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role, and how many have it."""

    name: str
    verbs: tuple[str, ...]
    description: str
    shipped: bool
    given: int


@dataclass(frozen=True, slots=True)
class BindingRow:
    """A role that somebody has. The fields are those of the form that takes it back."""

    principal: str
    role: str
    pattern: str
    environment: str
    link: str  # of who has it, where that is a page


@dataclass(frozen=True, slots=True)
class RolesView:
    """The page of roles."""

    roles: tuple[RoleRow, ...]
    bindings: tuple[BindingRow, ...]
    fields: Mapping[str, str]
    problem: str = ""
    hint: str = ""
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person with an account."""

    name: str
    groups: tuple[str, ...]
    directory: str
    badges: tuple[Badge, ...]
    disabled: bool


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group: who is in it as far as is known here, and what it gives."""

    name: str
    members: tuple[str, ...]
    more: int
    gives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeopleView:
    """The page of people and their groups."""

    people: tuple[PersonRow, ...]
    next: str
    groups: tuple[GroupRow, ...]
    unowned: UnownedThings
    notice: Notice | None


_MEMBERS_SHOWN = 12


def role_rows(roles: Roles, bindings: Iterable[RoleBinding]) -> tuple[RoleRow, ...]:
    """Every role, the shipped ones first."""
    given: dict[str, int] = defaultdict(int)
    for binding in bindings:
        given[binding.role] += 1
    return tuple(
        RoleRow(
            name,
            tuple(sorted(roles.verbs(name) or ())),
            "" if name in ROLES else roles.made[name].description,
            name in ROLES,
            given[name],
        )
        for name in roles.names
    )


def binding_rows(bindings: Iterable[RoleBinding]) -> tuple[BindingRow, ...]:
    """Every role that is given, in order."""
    return tuple(
        BindingRow(
            binding.principal,
            binding.role,
            binding.pattern,
            binding.environment,
            list_link("/access/people") if binding.principal.startswith(("person:", "group:")) else "",
        )
        for binding in bindings
    )


def person_row(user: User, *, factor: bool) -> PersonRow:
    """Make a row of the list of people."""
    badges = []
    if user.disabled:
        badges.append(Badge(Tone.BAD, "Disabled"))
    if user.admin:
        badges.append(Badge(Tone.WARN, "Administrator"))
    if factor:
        badges.append(Badge(Tone.GOOD, "Second factor"))
    return PersonRow(user.name, user.all_groups, user.directory, tuple(badges), user.disabled)


def group_rows(users: Iterable[User], bindings: Iterable[RoleBinding]) -> tuple[GroupRow, ...]:
    """Every group that somebody is in, or that has a role."""
    members: dict[str, list[str]] = defaultdict(list)
    gives: dict[str, list[str]] = defaultdict(list)
    for user in users:
        for group in user.all_groups:
            members[group].append(user.name)
    for binding in bindings:
        kind, _, name = binding.principal.partition(":")
        if kind == "group":
            where = f" in {binding.environment}" if binding.environment else ""
            gives[name].append(f"{binding.role} on {binding.pattern}{where}")
    return tuple(
        GroupRow(
            name,
            tuple(members[name][:_MEMBERS_SHOWN]),
            max(0, len(members[name]) - _MEMBERS_SHOWN),
            tuple(gives[name]),
        )
        for name in sorted({*members, *gives})
    )

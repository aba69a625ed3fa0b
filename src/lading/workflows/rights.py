"""Rights as they are now: from records to the values that decisions are made of."""

from collections.abc import Iterator
from datetime import datetime

from lading.access.bindings import (
    EVERYONE,
    INSTALLATION,
    NO_BINDINGS,
    SIGNED_IN,
    Bindings,
    Resource,
    RoleBinding,
    Subject,
    SubjectKind,
)
from lading.access.decisions import decide, require
from lading.access.ownership import Owned, Ownership, OwnershipRule, Team, owner_of
from lading.access.principal import ANONYMOUS, SYSTEM, Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.roles import Roles
from lading.access.verbs import Verb
from lading.foundation.errors import Forbidden, Malformed, Unauthenticated
from lading.ports.records import people
from lading.ports.records.people import PeopleRecords, RobotAccount
from lading.ports.records.record_set import Records
from lading.registry.caller import BoundRights, Caller

_PAGE = 1000


def load_bindings(records: Records, *, anonymous_pull: bool = False) -> Bindings:
    """All role bindings, those of robots among them.

    A stored binding that this version cannot read (a role that it does not know) grants nothing.
    """
    with records.read() as kept:
        return read_bindings(kept.people, anonymous_pull=anonymous_pull)


def read_bindings(kept: PeopleRecords, *, anonymous_pull: bool) -> Bindings:
    """The same within a transaction. Who asks often asks ``BindingsInForce``."""
    roles = load_roles(kept)
    bindings = [binding for row in kept.bindings() if (binding := read_binding(row, roles)) is not None]
    for robot in _iter_robots(kept):
        bindings.extend(_robot_bindings(robot))
    if anonymous_pull:
        bindings.append(
            RoleBinding(EVERYONE, frozenset({Verb.PULL}), RepositoryPattern.parse("**"), role="public")
        )
    return Bindings.of(bindings)


def current_principal(kept: PeopleRecords, named: Principal, now: datetime) -> Principal | None:
    """The principal of this kind and name with the rights of this moment; None if they may not act now."""
    match named.kind:
        case PrincipalKind.ANONYMOUS:
            return ANONYMOUS
        case PrincipalKind.SYSTEM:
            return SYSTEM
        case PrincipalKind.JOB:  # has no account that could end; its token ends soon
            return Principal(PrincipalKind.JOB, named.name)
        case PrincipalKind.PERSON:
            user = kept.user(named.name)
            if user is None or user.disabled:
                return None
            return Principal(PrincipalKind.PERSON, user.name, user.admin, user.all_groups)
        case PrincipalKind.ROBOT:
            robot = kept.robot(named.name)
            if robot is None or not is_active(robot, now):
                return None
            return Principal(PrincipalKind.ROBOT, robot.name)


def may_on_installation(caller: Caller, verb: Verb) -> bool:
    """Whether ``require_on_installation`` would pass: for what is offered, never for what is done."""
    rights = caller.rights
    return isinstance(rights, BoundRights) and (
        decide(caller.principal, verb, INSTALLATION, rights.bindings).allowed
    )


def require_on_installation(caller: Caller, verb: Verb) -> None:
    """Raise Unauthenticated or Forbidden unless the caller may do this to the installation itself.

    A registry token never allows it: tokens are for repositories.
    """
    bindings = caller.rights.bindings if isinstance(caller.rights, BoundRights) else NO_BINDINGS
    principal = caller.principal
    if not isinstance(caller.rights, BoundRights):
        principal = Principal(principal.kind, principal.name)
    require(principal, verb, INSTALLATION, bindings)


def require_in_environment(caller: Caller, verb: Verb, repository: str, environment: str) -> None:
    """Raise Unauthenticated or Forbidden unless the caller may do this to a repository in an environment.

    A registry token never allows it: tokens do not speak of environments.
    """
    bindings = caller.rights.bindings if isinstance(caller.rights, BoundRights) else NO_BINDINGS
    principal = caller.principal
    if not isinstance(caller.rights, BoundRights):
        principal = Principal(principal.kind, principal.name)
    require(principal, verb, Resource(repository, environment), bindings)


def may_in_environment(caller: Caller, verb: Verb, repository: str, environment: str) -> bool:
    """Whether ``require_in_environment`` would let the caller pass."""
    try:
        require_in_environment(caller, verb, repository, environment)
    except (Unauthenticated, Forbidden):
        return False
    return True


def require_signed_in(caller: Caller) -> None:
    """Raise Unauthenticated for a caller who is nobody. What they may then see is another question."""
    if caller.principal.kind is PrincipalKind.ANONYMOUS:
        raise Unauthenticated("sign-in-required", "this needs a sign-in", hint="sign in, then try again")


def is_active(robot: RobotAccount, now: datetime) -> bool:
    """Whether the robot is neither disabled nor expired."""
    return not robot.disabled and (robot.expires_at is None or now < robot.expires_at)


def load_ownership_rules(records: Records) -> tuple[OwnershipRule, ...]:
    """All ownership rules, with their teams."""
    with records.read() as kept:
        teams: dict[str, Team] = {}
        rules = []
        for row in kept.people.ownerships():
            if row.team not in teams:
                team = kept.people.team(row.team)
                teams[row.team] = Team(row.team, team.contact, team.on_call) if team else Team(row.team)
            rules.append(OwnershipRule(RepositoryPattern.parse(row.pattern), teams[row.team]))
    return tuple(rules)


def find_owner(
    records: Records, repository: str, rules: tuple[OwnershipRule, ...] | None = None
) -> Ownership:
    """Who answers for a repository: the team named for just it, else by the most specific pattern.

    ``rules`` are those of ``load_ownership_rules``, for who asks about many repositories.
    """
    with records.read() as kept:
        found = kept.registry.repository(repository)
        named = kept.people.team(found.owner) if found is not None and found.owner else None
    if named is not None:
        team = Team(named.name, named.contact, named.on_call)
        return Owned(team, OwnershipRule(RepositoryPattern.parse(repository), team))
    return owner_of(repository, load_ownership_rules(records) if rules is None else rules)


def parse_subject(text: str) -> Subject:
    """Read "person:ann", "group:dev", "robot:ci", "signed-in" or "everyone"; raise Malformed."""
    kind, _, name = text.partition(":")
    if text in {EVERYONE.kind, SIGNED_IN.kind}:
        return Subject(SubjectKind(text))
    if kind not in {SubjectKind.PERSON, SubjectKind.GROUP, SubjectKind.ROBOT} or not name:
        raise Malformed(
            "subject-invalid",
            f"{text[:160]!r} names nobody that a role can be given to",
            hint="write person:NAME, group:NAME, robot:NAME, signed-in or everyone",
        )
    return Subject(SubjectKind(kind), name)


def load_roles(kept: PeopleRecords) -> Roles:
    """Every role that there is."""
    return Roles({role.name: role for role in kept.roles()})


def read_binding(row: people.RoleBinding, roles: Roles) -> RoleBinding | None:
    """A stored binding as a value; None for one that this version cannot read."""
    verbs = roles.verbs(row.role)
    if verbs is None:
        return None
    try:
        return RoleBinding(
            parse_subject(row.principal),
            verbs,
            RepositoryPattern.parse(row.pattern),
            row.environment,
            row.role,
        )
    except Malformed:
        return None


def _robot_bindings(robot: RobotAccount) -> Iterator[RoleBinding]:
    for grant in robot.grants:
        verbs = frozenset(Verb(verb) for verb in grant.verbs if verb in set(Verb))
        yield RoleBinding(
            Subject(SubjectKind.ROBOT, robot.name), verbs, RepositoryPattern.parse(grant.pattern)
        )


def _iter_robots(kept: PeopleRecords) -> Iterator[RobotAccount]:
    after = ""
    while True:
        page = kept.robots(after=after, limit=_PAGE)
        yield from page.items
        if not page.next:
            return
        after = page.next

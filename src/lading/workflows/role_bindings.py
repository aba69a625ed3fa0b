"""Give roles and take them back; name teams and what they own.

Each change is one transaction with its audit entry.
"""

from datetime import datetime

from lading.access.bindings import RoleBinding as Granted
from lading.access.principal import PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.roles import Role, Roles, check_role, may_grant
from lading.access.verbs import INSTALLATION_VERBS, Verb
from lading.foundation.errors import Conflict, Forbidden, Malformed, NotFound
from lading.ports.records.people import Ownership, RoleBinding, Team
from lading.ports.records.record_set import Records
from lading.registry.caller import BoundRights, Caller
from lading.workflows.rights import (
    load_roles,
    may_on_installation,
    parse_subject,
    read_binding,
    require_on_installation,
)


def grant_role(records: Records, caller: Caller, binding: RoleBinding, now: datetime) -> None:
    """Give a role. Raises Malformed for whom, what or where; giving it again changes nothing."""
    with records.write() as kept:
        wanted = _wanted(caller, binding, load_roles(kept.people))
        if wanted.verbs <= INSTALLATION_VERBS and not wanted.repositories.covers_everything:
            raise Malformed(
                "role-without-effect",
                f"the role {binding.role} concerns the whole installation, not just {binding.pattern!r}",
                hint="give it on the pattern **",
            )
        kept.people.bind(binding)
        kept.audit.append(caller.did("role.grant", binding.principal, now, **_details(binding)))


def revoke_role(records: Records, caller: Caller, binding: RoleBinding, now: datetime) -> None:
    """Take a role back. Raises NotFound ``binding-unknown``."""
    with records.write() as kept:
        # What this version cannot read grants nothing, and an administrator clears it away.
        if read_binding(binding, load_roles(kept.people)) is None:
            require_on_installation(caller, Verb.ADMINISTER)
        else:
            _wanted(caller, binding, load_roles(kept.people))
        if not kept.people.unbind(binding):
            raise NotFound("binding-unknown", f"{binding.principal} does not have this role there")
        kept.audit.append(caller.did("role.revoke", binding.principal, now, **_details(binding)))


def visible_bindings(records: Records, caller: Caller) -> tuple[RoleBinding, ...]:
    """The bindings that the caller could take back: all, for an administrator."""
    if caller.principal.kind is PrincipalKind.ANONYMOUS:
        require_on_installation(caller, Verb.ADMINISTER)
    with records.read() as kept:
        roles, rows = load_roles(kept.people), kept.people.bindings()
    if may_on_installation(caller, Verb.ADMINISTER):
        return rows
    mine = tuple(row for row in rows if (it := read_binding(row, roles)) and _may_grant(caller, it))
    if not mine:
        require_on_installation(caller, Verb.ADMINISTER)
    return mine


def define_role(records: Records, caller: Caller, role: Role, now: datetime) -> None:
    """Make a role, or change what one means for everybody who has it."""
    require_on_installation(caller, Verb.ADMINISTER)
    check_role(role)
    with records.write() as kept:
        kept.people.save_role(role)
        details = {"verbs": sorted(role.verbs), "description": role.description}
        kept.audit.append(caller.did("role.define", f"role:{role.name}", now, **details))


def remove_role(records: Records, caller: Caller, name: str, now: datetime) -> None:
    """Forget a role that nobody has. Raises NotFound ``role-unknown`` or Conflict ``role-in-use``."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        holders = [binding.principal for binding in kept.people.bindings() if binding.role == name]
        if holders:
            raise Conflict(
                "role-in-use", f"{holders[0]} has the role {name}", hint="take it back first: access revoke"
            )
        if not kept.people.remove_role(name):
            raise NotFound("role-unknown", f"this installation has made no role {name[:40]!r}")
        kept.audit.append(caller.did("role.remove", f"role:{name}", now))


def _wanted(caller: Caller, binding: RoleBinding, roles: Roles) -> Granted:
    """Read a binding, and see that the caller may give it (``access.roles``, rules 3 and 4)."""
    subject = parse_subject(binding.principal)
    pattern = RepositoryPattern.parse(binding.pattern)
    verbs = roles.verbs(binding.role)
    if verbs is None:
        raise Malformed(
            "role-unknown",
            f"there is no role {binding.role[:40]!r}",
            hint=f"the roles are {', '.join(roles.names)}",
        )
    wanted = Granted(subject, verbs, pattern, binding.environment, binding.role)
    if not _may_grant(caller, wanted):
        if caller.principal.kind is PrincipalKind.ANONYMOUS:
            require_on_installation(caller, Verb.ADMINISTER)
        raise Forbidden(
            "grant-beyond-own",
            f"{caller.principal} may not give or take {binding.role} on {binding.pattern[:160]}",
            hint=f"that takes {Verb.GRANT_ROLES} and every verb of the role, there and in that environment",
        )
    return wanted


def _may_grant(caller: Caller, wanted: Granted) -> bool:
    """A registry token gives nothing away: tokens are for repositories."""
    return isinstance(caller.rights, BoundRights) and may_grant(
        caller.principal, caller.rights.bindings, wanted
    )


def save_team(records: Records, caller: Caller, team: Team, now: datetime) -> None:
    """Name a team, or change how to reach it."""
    require_on_installation(caller, Verb.ADMINISTER)
    if not team.name.strip():
        raise Malformed("team-invalid", "a team needs a name")
    with records.write() as kept:
        kept.people.save_team(team)
        details = {"contact": team.contact, "on_call": team.on_call}
        kept.audit.append(caller.did("team.save", f"team:{team.name}", now, **details))


def set_owner(records: Records, caller: Caller, ownership: Ownership, now: datetime) -> None:
    """Give the repositories of a pattern to a team. Raises NotFound ``team-unknown``."""
    require_on_installation(caller, Verb.ADMINISTER)
    RepositoryPattern.parse(ownership.pattern)
    with records.write() as kept:
        kept.people.own(ownership)
        kept.audit.append(caller.did("ownership.set", ownership.pattern, now, team=ownership.team))


def clear_owner(records: Records, caller: Caller, pattern: str, now: datetime) -> None:
    """Take a pattern from its owner. Raises NotFound ``ownership-unknown``."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        if not kept.people.disown(pattern):
            raise NotFound("ownership-unknown", f"nobody owns the pattern {pattern[:160]!r}")
        kept.audit.append(caller.did("ownership.clear", pattern, now))


def _details(binding: RoleBinding) -> dict[str, object]:
    return {"role": binding.role, "pattern": binding.pattern, "environment": binding.environment}

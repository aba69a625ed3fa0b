"""Give roles and take them back; name teams and what they own.

Each change is one transaction with its audit entry.
"""

from datetime import datetime

from lading.access.repository_pattern import RepositoryPattern
from lading.access.verbs import INSTALLATION_VERBS, ROLES, Verb
from lading.foundation.errors import Malformed, NotFound
from lading.ports.records.people import Ownership, RoleBinding, Team
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller
from lading.workflows.rights import parse_subject, require_on_installation


def grant_role(records: Records, caller: Caller, binding: RoleBinding, now: datetime) -> None:
    """Give a role. Raises Malformed for whom, what or where; giving it again changes nothing."""
    require_on_installation(caller, Verb.ADMINISTER)
    parse_subject(binding.principal)
    pattern = RepositoryPattern.parse(binding.pattern)
    verbs = ROLES.get(binding.role)
    if verbs is None:
        raise Malformed(
            "role-unknown",
            f"there is no role {binding.role[:40]!r}",
            hint=f"the roles are {', '.join(ROLES)}",
        )
    if verbs <= INSTALLATION_VERBS and not pattern.covers_everything:
        raise Malformed(
            "role-without-effect",
            f"the role {binding.role} concerns the whole installation, not just {pattern.text!r}",
            hint="give it on the pattern **",
        )
    with records.write() as kept:
        kept.people.bind(binding)
        kept.audit.append(caller.did("role.grant", binding.principal, now, **_details(binding)))


def revoke_role(records: Records, caller: Caller, binding: RoleBinding, now: datetime) -> None:
    """Take a role back. Raises NotFound ``binding-unknown``."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        if not kept.people.unbind(binding):
            raise NotFound("binding-unknown", f"{binding.principal} does not have this role there")
        kept.audit.append(caller.did("role.revoke", binding.principal, now, **_details(binding)))


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

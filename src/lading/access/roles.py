"""Roles of an installation, and who may give which.

1. A role is a name for a set of verbs. Shipped roles are as they are; an installation makes others.
2. ``administer`` is in no role: administrators are made by being made administrators, so that no role and no
   edit of one can make any.
3. An administrator gives any role. Who holds ``grant-roles`` gives, and takes back, only what they hold
   themselves: every verb of the role, on repositories and in environments that cover those of the binding.
4. Only an administrator gives anything to everyone, who need not sign in.
5. So nobody can end up, by any number of grants, with a verb that the granter did not hold there.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lading.access.bindings import Bindings, RoleBinding, SubjectKind
from lading.access.principal import Principal
from lading.access.verbs import ROLES, Verb
from lading.foundation.errors import Malformed

MAX_DESCRIPTION = 200  # characters
_NAME = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]\Z")


@dataclass(frozen=True, slots=True)
class Role:
    """A role that an installation has made."""

    name: str
    verbs: frozenset[Verb]
    description: str = ""


@dataclass(frozen=True, slots=True)
class Roles:
    """Every role by its name: the shipped ones, and those of the installation."""

    made: Mapping[str, Role] = field(default_factory=dict)

    def verbs(self, name: str) -> frozenset[Verb] | None:
        """The verbs of a role; None where there is none of that name."""
        shipped = ROLES.get(name)
        if shipped is not None:
            return shipped
        made = self.made.get(name)
        return made.verbs if made else None

    @property
    def names(self) -> tuple[str, ...]:
        """All names, the shipped ones first."""
        return (*ROLES, *sorted(self.made))


def parse_verbs(texts: Iterable[str]) -> frozenset[Verb]:
    """Read verbs; raise Malformed with the nearest one for what is none."""
    verbs = set()
    for text in texts:
        if text not in set(Verb):
            near = difflib.get_close_matches(text[:40], list(Verb), n=1)
            hint = f"did you mean {near[0]}?" if near else f"the verbs are {', '.join(Verb)}"
            raise Malformed("verb-unknown", f"{text[:40]!r} is no verb", hint=hint)
        verbs.add(Verb(text))
    return frozenset(verbs)


def check_role(role: Role) -> None:
    """Raise Malformed unless the role may be made (rules 1 and 2)."""
    if role.name in ROLES:
        raise Malformed("role-shipped", f"the role {role.name} is shipped and stays as it is")
    if not _NAME.match(role.name):
        raise Malformed(
            "role-name-invalid",
            f"{role.name[:60]!r} cannot be a role's name",
            hint="use 2 to 40 lower-case letters, digits and -",
        )
    if not role.verbs or Verb.ADMINISTER in role.verbs:
        known = ", ".join(verb for verb in Verb if verb is not Verb.ADMINISTER)
        raise Malformed("role-verbs-invalid", "a role has some verbs", hint=f"of {known}")
    if len(role.description) > MAX_DESCRIPTION or not (role.description + " ").isprintable():
        raise Malformed("role-description-invalid", f"a description has up to {MAX_DESCRIPTION} characters")


def may_grant(granter: Principal, bindings: Bindings, wanted: RoleBinding) -> bool:
    """Whether somebody may give this, or take it back, by rules 3 and 4."""
    if granter.reading_only:
        return False
    if granter.admin:
        return True
    if wanted.subject.kind is SubjectKind.EVERYONE:  # rule 4
        return False
    needed = wanted.verbs | {Verb.GRANT_ROLES}
    return all(
        any(_covers(held, wanted) for held in bindings.iter_granting(granter, verb)) for verb in needed
    )


def _covers(held: RoleBinding, wanted: RoleBinding) -> bool:
    here = held.environment in {"", wanted.environment}
    return here and held.repositories.covers(wanted.repositories)

"""May this principal do this? And the reverse questions: who can, and what can they.

1. A token for reading only changes nothing, whoever its owner is.
2. An administrator may do everything; the decision says that this was why.
3. Else the first binding that grants the verb on the resource allows it; the decision names the binding.
4. Else it is denied. Nothing can be bound that denies: what is not allowed is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from lading.access.bindings import Bindings, Resource, RoleBinding, Subject, SubjectKind, iter_subjects
from lading.access.principal import Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.verbs import READING_VERBS, Verb
from lading.foundation.errors import Forbidden, LadingError, Unauthenticated


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """Allowed or not, and because of what. ``binding`` is None for administrators and for refusals."""

    allowed: bool
    because: str
    binding: RoleBinding | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """Somebody who may do what was asked about, and because of what."""

    subject: Subject
    because: str


def decide(principal: Principal, verb: Verb, resource: Resource, bindings: Bindings) -> AccessDecision:
    """Decide whether ``principal`` may do ``verb`` to ``resource``; deny by default."""
    # Step 1.
    if principal.reading_only and verb not in READING_VERBS:
        return AccessDecision(False, f"the token of {principal} is for reading only")
    # Step 2.
    if principal.admin:
        return AccessDecision(True, f"{principal} is an administrator")
    # Step 3.
    binding = bindings.first_granting(principal, verb, resource)
    if binding is not None:
        return AccessDecision(True, str(binding), binding)
    # Step 4.
    return AccessDecision(False, f"no role binding of {principal} grants {verb} on {resource}")


def refusal(principal: Principal, verb: Verb, resource: Resource, decision: AccessDecision) -> LadingError:
    """Give the error for a denied request: sign in first if nobody has, else it is forbidden."""
    if principal.kind is PrincipalKind.ANONYMOUS:
        return Unauthenticated(
            "sign-in-required", f"{verb} on {resource} needs a sign-in", hint="sign in, then try again"
        )
    return Forbidden(
        "access-denied",
        f"{principal} may not {verb} on {resource}: {decision.because}",
        hint=f"ask an administrator for a role with {verb} there",
        details={"verb": str(verb), "resource": str(resource)},
    )


def require(principal: Principal, verb: Verb, resource: Resource, bindings: Bindings) -> AccessDecision:
    """Decide, and raise Unauthenticated or Forbidden when it is denied."""
    decision = decide(principal, verb, resource, bindings)
    if not decision.allowed:
        raise refusal(principal, verb, resource, decision)
    return decision


def who_can(
    verb: Verb, resource: Resource, bindings: Bindings, administrators: Iterable[Principal]
) -> tuple[Grant, ...]:
    """Everybody who may do ``verb`` to ``resource``: administrators first, then by binding.

    Groups are named as groups; who is in them is for the caller to look up.
    """
    found = {
        Subject(SubjectKind(admin.kind.value), admin.name): f"{admin} is an administrator"
        for admin in administrators
        if admin.admin and admin.kind in {PrincipalKind.PERSON, PrincipalKind.ROBOT}
    }
    for binding in bindings.all:
        if binding.grants(verb, resource):
            found.setdefault(binding.subject, str(binding))
    return tuple(Grant(subject, because) for subject, because in found.items())


def who_can_below(
    verb: Verb,
    pattern: RepositoryPattern,
    environment: str,
    bindings: Bindings,
    administrators: Iterable[Principal],
) -> tuple[Grant, ...]:
    """Everybody who may do ``verb`` to repositories of a pattern, or to a part of them."""
    found = {
        Subject(SubjectKind(admin.kind.value), admin.name): f"{admin} is an administrator"
        for admin in administrators
    }
    for binding in bindings.all:
        elsewhere = binding.environment and environment not in {"", binding.environment}
        if verb in binding.verbs and not elsewhere:
            if binding.repositories.covers(pattern):
                found.setdefault(binding.subject, str(binding))
            elif pattern.covers(binding.repositories):
                found.setdefault(binding.subject, f"{binding} (a part of {pattern.text})")
    return tuple(Grant(subject, because) for subject, because in found.items())


def what_can(principal: Principal, bindings: Bindings) -> tuple[RoleBinding, ...]:
    """Every binding that gives ``principal`` something. An administrator can do more: everything."""
    subjects = set(iter_subjects(principal))
    return tuple(binding for binding in bindings.all if binding.subject in subjects)

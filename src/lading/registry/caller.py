"""Who sends a request to the registry, and with what rights."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from lading.access.bindings import INSTALLATION, Bindings, Resource
from lading.access.decisions import decide
from lading.access.principal import Principal, PrincipalKind
from lading.access.token_scopes import Scope, scopes_allow, scopes_allow_catalog
from lading.access.verbs import Verb
from lading.audit.entry import Event
from lading.foundation.errors import Forbidden, Unauthenticated
from lading.foundation.instants import rfc3339


@dataclass(frozen=True, slots=True)
class TokenRights:
    """What a token says, and nothing more, whatever its holder could do otherwise."""

    scopes: tuple[Scope, ...]


@dataclass(frozen=True, slots=True)
class BoundRights:
    """What the role bindings of the principal say, as they are now."""

    bindings: Bindings


Rights: TypeAlias = TokenRights | BoundRights


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal, their rights, and the request that they make."""

    principal: Principal
    rights: Rights
    request_id: str = ""

    def may(self, verb: Verb, repository: str) -> bool:
        """Whether the caller may do this to a repository."""
        match self.rights:
            case TokenRights(scopes):
                return scopes_allow(scopes, verb, repository)
            case BoundRights(bindings):
                return decide(self.principal, verb, Resource(repository), bindings).allowed
            case _:
                assert_never(self.rights)

    def may_list_repositories(self) -> bool:
        """Whether the caller may see the names of all repositories."""
        match self.rights:
            case TokenRights(scopes):
                return scopes_allow_catalog(scopes)
            case BoundRights(bindings):
                return decide(self.principal, Verb.LIST_REPOSITORIES, INSTALLATION, bindings).allowed
            case _:
                assert_never(self.rights)

    def require(self, verb: Verb, repository: str) -> None:
        """Raise NeedsScope or Forbidden unless the caller may do this."""
        if not self.may(verb, repository):
            raise self._refusal(
                f"{verb} on repository {repository}", f"repository:{repository}:{_asked(verb)}"
            )

    def require_catalog(self) -> None:
        """Raise as ``require`` does unless the caller may list all repositories."""
        if not self.may_list_repositories():
            raise self._refusal("listing all repositories", "registry:catalog:*")

    def did(self, action: str, subject: str, at: datetime, **details: object) -> Event:
        """Write down that the caller did this; ``details`` are small JSON values."""
        return Event(
            at=rfc3339(at),
            actor=str(self.principal),
            action=action,
            subject=subject,
            outcome="done",
            details=details,
            request_id=self.request_id,
        )

    def _refusal(self, what: str, scope: str) -> "NeedsScope | Forbidden":
        if isinstance(self.rights, TokenRights) or self.principal.kind is PrincipalKind.ANONYMOUS:
            return NeedsScope(what, scope, self.principal)
        return Forbidden(
            "access-denied",
            f"{self.principal} may not do this: {what}",
            hint="ask an administrator for a role that allows it",
        )


class NeedsScope(Unauthenticated):
    """A token that allows the request would help: ``scope`` is what to ask the token service for."""

    def __init__(self, what: str, scope: str, principal: Principal) -> None:
        known = principal.kind is not PrincipalKind.ANONYMOUS
        super().__init__(
            "scope-missing" if known else "sign-in-required",
            f"{principal} has no token for {what}" if known else f"{what} needs a sign-in",
            hint="ask an administrator for a role that allows it" if known else "sign in, then try again",
        )
        self.scope = scope


def _asked(verb: Verb) -> str:
    """The actions that a client that wants ``verb`` is told to ask for: who pushes also looks first."""
    return "pull,push" if verb is Verb.PUSH else str(verb)

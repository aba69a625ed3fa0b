"""Scopes of registry tokens (distribution, "Token Scope Documentation").

``repository:team/app:pull,push`` and ``registry:catalog:*``; several are separated by spaces. What is asked
for is only a wish: the token holds what the bindings allow of it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lading.access.bindings import INSTALLATION, Bindings, Resource
from lading.access.decisions import decide
from lading.access.principal import Principal
from lading.access.verbs import Verb
from lading.foundation.errors import Malformed, OverLimit

MAX_SCOPES = 64  # a cross-repository mount asks for two
_TYPE = re.compile(r"[a-z0-9]{1,32}(?:\([a-z0-9]{1,32}\))?\Z")
_NAME = re.compile(r"[A-Za-z0-9._/:\[\]-]{1,320}\Z")  # a host with a port may stand before the name
_ACTION = re.compile(r"(?:[a-z]{1,32}|\*)\Z")

REPOSITORY_ACTIONS: Mapping[str, Verb] = MappingProxyType(
    {"pull": Verb.PULL, "push": Verb.PUSH, "delete": Verb.DELETE}
)


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """Actions on one resource of the registry, as they stand in a token."""

    type: str  # "repository" or "registry"; others are legal and never granted
    name: str
    actions: frozenset[str]

    def __str__(self) -> str:
        return f"{self.type}:{self.name}:{','.join(sorted(self.actions))}"


def parse_scopes(texts: Iterable[str]) -> tuple[Scope, ...]:
    """Read the ``scope`` parameters of a token request; raise Malformed or OverLimit."""
    scopes = [_parse_scope(part) for text in texts for part in text.split()]
    if len(scopes) > MAX_SCOPES:
        raise OverLimit(
            "too-many-scopes",
            f"a token request may name {MAX_SCOPES} scopes, not {len(scopes)}",
            details={"limit": MAX_SCOPES},
        )
    return tuple(scopes)


def grant_scopes(principal: Principal, requested: Iterable[Scope], bindings: Bindings) -> tuple[Scope, ...]:
    """Keep of each requested scope the actions that are allowed; drop scopes of which nothing is left."""
    granted = (
        Scope(scope.type, scope.name, _allowed_actions(principal, scope, bindings)) for scope in requested
    )
    return tuple(scope for scope in granted if scope.actions)


def scopes_allow(scopes: Iterable[Scope], verb: Verb, repository: str) -> bool:
    """Whether a token of these scopes may be used for ``verb`` on a repository."""
    return any(
        scope.type == "repository"
        and scope.name == repository
        and any(REPOSITORY_ACTIONS.get(action) is verb for action in scope.actions)
        for scope in scopes
    )


def scopes_allow_catalog(scopes: Iterable[Scope]) -> bool:
    """Whether a token of these scopes may be used to list all repositories."""
    return any(
        scope.type == "registry" and scope.name == "catalog" and "*" in scope.actions for scope in scopes
    )


def _parse_scope(text: str) -> Scope:
    type_, first, rest = text.partition(":")
    name, last, actions_text = rest.rpartition(":")
    actions = frozenset(action for action in actions_text.split(",") if action)
    shaped = (
        first
        and last
        and _TYPE.match(type_)
        and _NAME.match(name)
        and len(actions) <= len(Verb)
        and all(_ACTION.match(action) for action in actions)
    )
    if not shaped:
        raise Malformed(
            "scope-invalid",
            f"{text[:300]!r} is not a token scope",
            hint="write type:name:action,action, such as repository:team/app:pull,push",
        )
    return Scope(type_, name, actions)


def _allowed_actions(principal: Principal, scope: Scope, bindings: Bindings) -> frozenset[str]:
    if scope.type == "registry" and scope.name == "catalog" and "*" in scope.actions:
        allowed = decide(principal, Verb.LIST_REPOSITORIES, INSTALLATION, bindings).allowed
        return frozenset({"*"}) if allowed else frozenset()
    if scope.type != "repository":
        return frozenset()
    # "*" asks for all there is; the token names what was granted, so that no later reader widens it.
    wanted = REPOSITORY_ACTIONS.keys() if "*" in scope.actions else scope.actions & REPOSITORY_ACTIONS.keys()
    resource = Resource(scope.name)
    return frozenset(
        action
        for action in wanted
        if decide(principal, REPOSITORY_ACTIONS[action], resource, bindings).allowed
    )

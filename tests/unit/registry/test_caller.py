import pytest

from lading.access.bindings import EVERYONE, NO_BINDINGS, Bindings, RoleBinding, Subject, SubjectKind
from lading.access.principal import ANONYMOUS, SYSTEM, Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.token_scopes import parse_scopes
from lading.access.verbs import ROLES, Verb
from lading.foundation.errors import Forbidden
from lading.registry.caller import BoundRights, Caller, NeedsScope, TokenRights

ROBOT = Principal(PrincipalKind.ROBOT, "ci")


def _publisher(pattern: str) -> Bindings:
    subject = Subject(SubjectKind.ROBOT, "ci")
    return Bindings.of([RoleBinding(subject, ROLES["publisher"], RepositoryPattern.parse(pattern))])


def test_bindings_give_what_they_say_and_no_more() -> None:
    caller = Caller(ROBOT, BoundRights(_publisher("team/**")))
    assert caller.may(Verb.PUSH, "team/app")
    assert not caller.may(Verb.DELETE, "team/app")
    assert not caller.may(Verb.PULL, "other/app")
    with pytest.raises(Forbidden):
        caller.require(Verb.DELETE, "team/app")


def test_a_token_gives_what_its_scopes_say_even_to_an_administrator() -> None:
    admin = Principal(PrincipalKind.PERSON, "root", admin=True)
    caller = Caller(admin, TokenRights(parse_scopes(["repository:team/app:pull"])))
    caller.require(Verb.PULL, "team/app")
    with pytest.raises(NeedsScope) as refusal:
        caller.require(Verb.PUSH, "team/app")
    assert refusal.value.scope == "repository:team/app:pull,push"
    with pytest.raises(NeedsScope):
        caller.require_catalog()


def test_nobody_in_particular_is_asked_to_sign_in() -> None:
    caller = Caller(ANONYMOUS, BoundRights(NO_BINDINGS))
    with pytest.raises(NeedsScope) as refusal:
        caller.require(Verb.PULL, "team/app")
    assert refusal.value.code == "sign-in-required"
    assert refusal.value.scope == "repository:team/app:pull"


def test_a_repository_for_everyone_is_for_nobody_in_particular_too() -> None:
    public = RoleBinding(EVERYONE, frozenset({Verb.PULL}), RepositoryPattern.parse("public/**"))
    caller = Caller(ANONYMOUS, BoundRights(Bindings.of([public])))
    caller.require(Verb.PULL, "public/app")
    with pytest.raises(NeedsScope):
        caller.require(Verb.PUSH, "public/app")


def test_the_catalog_is_for_those_who_may_list_repositories() -> None:
    Caller(SYSTEM, BoundRights(NO_BINDINGS)).require_catalog()
    Caller(ROBOT, TokenRights(parse_scopes(["registry:catalog:*"]))).require_catalog()
    with pytest.raises(Forbidden):
        Caller(ROBOT, BoundRights(_publisher("**"))).require_catalog()

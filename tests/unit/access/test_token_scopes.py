import pytest

from lading.access.bindings import Bindings, RoleBinding, Subject, SubjectKind
from lading.access.principal import ANONYMOUS, Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.token_scopes import (
    Scope,
    grant_scopes,
    parse_scopes,
    scopes_allow,
    scopes_allow_catalog,
)
from lading.access.verbs import Verb
from lading.foundation.errors import Malformed, OverLimit

CI = Principal(PrincipalKind.ROBOT, "ci")
ROOT = Principal(PrincipalKind.PERSON, "root", admin=True)
BINDINGS = Bindings.of(
    [
        RoleBinding(
            Subject(SubjectKind.ROBOT, "ci"),
            frozenset({Verb.PULL, Verb.PUSH}),
            RepositoryPattern.parse("team/*"),
        )
    ]
)


def granted(principal: Principal, text: str) -> list[str]:
    return [str(scope) for scope in grant_scopes(principal, parse_scopes([text]), BINDINGS)]


def test_scopes_are_read_from_repeated_parameters_and_from_one_with_spaces() -> None:
    expected = (
        Scope("repository", "a/b", frozenset({"pull", "push"})),
        Scope("registry", "catalog", frozenset({"*"})),
    )
    assert parse_scopes(["repository:a/b:pull,push registry:catalog:*"]) == expected
    assert parse_scopes(["repository:a/b:push,pull", "registry:catalog:*"]) == expected


def test_a_name_may_hold_a_host_with_a_port() -> None:
    (scope,) = parse_scopes(["repository:localhost:5000/a:pull"])
    assert scope.name == "localhost:5000/a"


@pytest.mark.parametrize("text", ["x", "repository:a", "repository::pull", ":a:pull", "repository:a:PULL"])
def test_a_text_that_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_scopes([text])


def test_a_request_for_very_many_scopes_is_refused() -> None:
    with pytest.raises(OverLimit):
        parse_scopes([" ".join(["repository:a:pull"] * 65)])


def test_only_what_is_allowed_of_the_wish_is_granted() -> None:
    assert granted(CI, "repository:team/app:pull,push,delete") == ["repository:team/app:pull,push"]
    assert granted(CI, "repository:other/app:pull") == []
    assert granted(ANONYMOUS, "repository:team/app:pull") == []


def test_a_star_is_granted_as_the_actions_it_stood_for() -> None:
    assert granted(CI, "repository:team/app:*") == ["repository:team/app:pull,push"]


def test_the_catalog_is_for_those_who_may_list_repositories() -> None:
    assert granted(CI, "registry:catalog:*") == []
    assert granted(ROOT, "registry:catalog:*") == ["registry:catalog:*"]


def test_an_unknown_resource_type_is_never_granted_even_to_administrators() -> None:
    assert granted(ROOT, "galaxy:everything:*") == []
    assert granted(ROOT, "repository(plugin):team/app:pull") == []


def test_a_token_is_good_for_its_own_repository_and_actions_only() -> None:
    scopes = parse_scopes(["repository:team/app:pull"])
    assert scopes_allow(scopes, Verb.PULL, "team/app")
    assert not scopes_allow(scopes, Verb.PUSH, "team/app")
    assert not scopes_allow(scopes, Verb.PULL, "team/app2")
    assert not scopes_allow_catalog(scopes)
    assert scopes_allow_catalog(parse_scopes(["registry:catalog:*"]))

"""Roles of an installation, and who may give which."""

import pytest

from lading.access.bindings import Bindings, RoleBinding, Subject, SubjectKind
from lading.access.principal import Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.roles import Role, Roles, check_role, may_grant, parse_verbs
from lading.access.verbs import READING_VERBS, ROLES, Verb
from lading.foundation.errors import Malformed

OWNER = ROLES["owner"]
ANN = Principal(PrincipalKind.PERSON, "ann")


def binding(verbs: frozenset[Verb], pattern: str, environment: str = "", who: str = "ann") -> RoleBinding:
    subject = Subject(SubjectKind.EVERYONE) if who == "everyone" else Subject(SubjectKind.PERSON, who)
    return RoleBinding(subject, verbs, RepositoryPattern.parse(pattern), environment)


def may(held: RoleBinding, wanted: RoleBinding, granter: Principal = ANN) -> bool:
    return may_grant(granter, Bindings.of([held]), wanted)


def test_an_owner_of_a_part_gives_it_and_parts_of_it() -> None:
    held = binding(OWNER, "shop/**")
    for pattern in ("shop/**", "shop/*", "shop/app", "shop/app/**"):
        assert may(held, binding(ROLES["publisher"], pattern, who="ben")), pattern
    for pattern in ("**", "shop", "other/app", "*/app", "shopping/**"):
        assert not may(held, binding(ROLES["publisher"], pattern, who="ben")), pattern


def test_nobody_gives_a_verb_or_an_environment_that_they_do_not_hold() -> None:
    held = binding(OWNER, "shop/**", "dev")
    assert may(held, binding(frozenset({Verb.PROMOTE}), "shop/app", "dev", "ben"))
    assert not may(held, binding(frozenset({Verb.PROMOTE}), "shop/app", "prod", "ben"))
    assert not may(held, binding(frozenset({Verb.PROMOTE}), "shop/app", "", "ben"))
    assert not may(held, binding(frozenset({Verb.READ_AUDIT}), "shop/app", "dev", "ben"))


def test_a_maintainer_gives_nothing() -> None:
    assert not may(binding(ROLES["maintainer"], "**"), binding(ROLES["reader"], "shop/app", who="ben"))


def test_only_an_administrator_opens_something_to_everyone() -> None:
    wanted = binding(ROLES["reader"], "shop/app", who="everyone")
    assert not may(binding(OWNER, "**"), wanted)
    assert may(binding(OWNER, "**"), wanted, Principal(PrincipalKind.PERSON, "root", admin=True))


def test_a_token_for_reading_gives_nothing_also_of_an_administrator() -> None:
    root = Principal(PrincipalKind.PERSON, "root", admin=True, reading_only=True)
    assert not may(binding(OWNER, "**"), binding(ROLES["reader"], "a", who="ben"), root)


@pytest.mark.parametrize(
    "role",
    [
        Role("reader", frozenset({Verb.PULL})),
        Role("boss", frozenset({Verb.PULL, Verb.ADMINISTER})),
        Role("none", frozenset()),
        Role("", frozenset({Verb.PULL})),
        Role("Über", frozenset({Verb.PULL})),
        Role("a" * 60, frozenset({Verb.PULL})),
        Role("fine", frozenset({Verb.PULL}), "a\nb"),
        Role("fine", frozenset({Verb.PULL}), "x" * 300),
    ],
)
def test_what_is_no_role_is_not_made(role: Role) -> None:
    with pytest.raises(Malformed):
        check_role(role)


def test_a_made_role_never_stands_for_a_shipped_one() -> None:
    roles = Roles({"reader": Role("reader", frozenset({Verb.DELETE}))})
    assert roles.verbs("reader") == ROLES["reader"]


def test_a_verb_that_is_none_is_named_with_the_nearest() -> None:
    with pytest.raises(Malformed) as refused:
        parse_verbs(["push", "promot"])
    assert refused.value.hint == "did you mean promote?"


def test_verbs_for_reading_change_nothing() -> None:
    assert not READING_VERBS & {Verb.PUSH, Verb.DELETE, Verb.SIGN, Verb.PROMOTE, Verb.EDIT_POLICY}
    assert not READING_VERBS & {Verb.APPROVE_WAIVER, Verb.GRANT_ROLES, Verb.ADMINISTER, Verb.REPORT_RUNTIME}

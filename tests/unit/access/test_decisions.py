import pytest

from lading.access.bindings import (
    EVERYONE,
    INSTALLATION,
    SIGNED_IN,
    Bindings,
    Resource,
    RoleBinding,
    Subject,
    SubjectKind,
)
from lading.access.decisions import decide, require, what_can, who_can
from lading.access.principal import ANONYMOUS, Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.verbs import ROLES, Verb
from lading.foundation.errors import Forbidden, Unauthenticated

ALICE = Principal(PrincipalKind.PERSON, "alice", groups=("payments",))
BOB = Principal(PrincipalKind.PERSON, "bob")
ROOT = Principal(PrincipalKind.PERSON, "root", admin=True)
CI = Principal(PrincipalKind.ROBOT, "ci")


def bind(subject: Subject, pattern: str, *verbs: Verb, environment: str = "") -> RoleBinding:
    return RoleBinding(subject, frozenset(verbs), RepositoryPattern.parse(pattern), environment)


PAYMENTS = Subject(SubjectKind.GROUP, "payments")
BINDINGS = Bindings.of(
    [
        bind(EVERYONE, "public/**", Verb.PULL),
        bind(SIGNED_IN, "shared/**", Verb.PULL),
        bind(PAYMENTS, "payments/**", Verb.PULL, Verb.PUSH),
        bind(PAYMENTS, "payments/**", Verb.PROMOTE, environment="test"),
        bind(Subject(SubjectKind.PERSON, "bob"), "**", Verb.READ_AUDIT),
        bind(Subject(SubjectKind.PERSON, "bob"), "payments/**", Verb.EDIT_POLICY),
        bind(Subject(SubjectKind.ROBOT, "ci"), "payments/api", Verb.PUSH),
    ]
)


def allowed(principal: Principal, verb: Verb, resource: Resource) -> bool:
    return decide(principal, verb, resource, BINDINGS).allowed


def test_nothing_is_allowed_without_a_binding() -> None:
    decision = decide(BOB, Verb.PUSH, Resource("payments/api"), BINDINGS)
    assert not decision.allowed
    assert decision.because == "no role binding of person:bob grants push on repository payments/api"


def test_a_group_binding_allows_its_members_and_is_named_as_the_reason() -> None:
    decision = decide(ALICE, Verb.PUSH, Resource("payments/api"), BINDINGS)
    assert decision.allowed
    assert decision.because == "group:payments has pull, push on payments/**"


def test_an_administrator_may_do_everything_and_the_decision_says_why() -> None:
    decision = decide(ROOT, Verb.ADMINISTER, INSTALLATION, Bindings.of(()))
    assert (decision.allowed, decision.because) == (True, "person:root is an administrator")


def test_everyone_includes_who_gave_no_name_and_signed_in_does_not() -> None:
    assert allowed(ANONYMOUS, Verb.PULL, Resource("public/tool"))
    assert not allowed(ANONYMOUS, Verb.PULL, Resource("shared/tool"))
    assert allowed(BOB, Verb.PULL, Resource("shared/tool"))


def test_an_anonymous_principal_that_claims_groups_gets_nothing_from_them() -> None:
    liar = Principal(PrincipalKind.ANONYMOUS, "alice", groups=("payments",))
    assert not allowed(liar, Verb.PUSH, Resource("payments/api"))


def test_a_person_and_a_robot_of_the_same_name_are_different_subjects() -> None:
    assert allowed(CI, Verb.PUSH, Resource("payments/api"))
    assert not allowed(Principal(PrincipalKind.PERSON, "ci"), Verb.PUSH, Resource("payments/api"))


def test_a_binding_for_one_environment_grants_nothing_in_another() -> None:
    assert allowed(ALICE, Verb.PROMOTE, Resource("payments/api", "test"))
    assert not allowed(ALICE, Verb.PROMOTE, Resource("payments/api", "prod"))
    assert not allowed(ALICE, Verb.PROMOTE, Resource("payments/api"))


def test_a_verb_on_the_installation_needs_a_binding_on_everything() -> None:
    assert allowed(BOB, Verb.READ_AUDIT, INSTALLATION)
    assert not allowed(BOB, Verb.EDIT_POLICY, INSTALLATION)
    assert not allowed(BOB, Verb.EDIT_POLICY, Resource("payments/api"))


def test_require_asks_the_anonymous_to_sign_in_and_forbids_the_known() -> None:
    with pytest.raises(Unauthenticated):
        require(ANONYMOUS, Verb.PUSH, Resource("payments/api"), BINDINGS)
    with pytest.raises(Forbidden, match="person:bob may not push"):
        require(BOB, Verb.PUSH, Resource("payments/api"), BINDINGS)
    assert require(CI, Verb.PUSH, Resource("payments/api"), BINDINGS).allowed


def test_who_can_names_administrators_and_every_bound_subject_with_the_reason() -> None:
    grants = who_can(Verb.PUSH, Resource("payments/api"), BINDINGS, [ROOT, BOB])
    assert [str(grant.subject) for grant in grants] == ["person:root", "group:payments", "robot:ci"]
    assert grants[1].because == "group:payments has pull, push on payments/**"


def test_what_can_lists_own_group_and_common_bindings() -> None:
    assert [str(binding.subject) for binding in what_can(ALICE, BINDINGS)] == [
        "everyone",
        "signed-in",
        "group:payments",
        "group:payments",
    ]


def test_no_role_but_administration_can_administer() -> None:
    assert not any(Verb.ADMINISTER in verbs for verbs in ROLES.values())

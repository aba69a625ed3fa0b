"""Whoever gives roles gives only what they hold: no number of grants, by anybody, makes more of it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from lading.access.bindings import Bindings, Resource, RoleBinding, Subject, SubjectKind
from lading.access.decisions import decide
from lading.access.principal import Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.roles import may_grant
from lading.access.verbs import Verb

PATTERNS = [
    RepositoryPattern.parse(text)
    for text in ("**", "a/**", "a/*", "a/b", "a/b/**", "*/b", "**/b", "b/**", "a/b*", "a*/**")
]
REPOSITORIES = ("a", "b", "a/b", "a/bc", "a/c", "a/b/c", "a/b/b", "b/b", "b/c", "ab/b", "ab/c/d")
ENVIRONMENTS = ("", "dev", "prod")
VERBS = (Verb.PULL, Verb.PUSH, Verb.PROMOTE, Verb.GRANT_ROLES, Verb.READ_AUDIT)
PEOPLE = tuple(
    Principal(PrincipalKind.PERSON, name, groups=(group,)) for name, group in (("ann", "x"), ("ben", "y"))
)
SUBJECTS = st.sampled_from(
    [
        Subject(SubjectKind.PERSON, "ann"),
        Subject(SubjectKind.PERSON, "ben"),
        Subject(SubjectKind.GROUP, "x"),
        Subject(SubjectKind.GROUP, "y"),
        Subject(SubjectKind.SIGNED_IN),
        Subject(SubjectKind.EVERYONE),
    ]
)
BINDINGS = st.builds(
    RoleBinding,
    SUBJECTS,
    st.frozensets(st.sampled_from(VERBS), min_size=1),
    st.sampled_from(PATTERNS),
    st.sampled_from(ENVIRONMENTS),
)


def everything(person: Principal, bindings: Bindings) -> set[tuple[Verb, str, str]]:
    return {
        (verb, repository, environment)
        for verb in VERBS
        for repository in (*REPOSITORIES, "")
        for environment in ENVIRONMENTS
        if decide(person, verb, Resource(repository, environment), bindings).allowed
    }


@settings(max_examples=150, deadline=None)
@given(st.lists(BINDINGS, max_size=6), st.lists(st.tuples(st.sampled_from(PEOPLE), BINDINGS), max_size=6))
def test_no_number_of_grants_makes_more_of_a_right(
    first: list[RoleBinding], tries: list[tuple[Principal, RoleBinding]]
) -> None:
    bindings = Bindings.of(first)
    before = set().union(*(everything(person, bindings) for person in PEOPLE))
    for granter, wanted in tries:
        if may_grant(granter, bindings, wanted):
            held = everything(granter, bindings)
            given_away = everything(PEOPLE[0], Bindings.of([_to_ann(wanted)]))
            assert given_away <= held, f"{granter} gave {wanted}"
            bindings = Bindings.of([*bindings.all, wanted])
    after = set().union(*(everything(person, bindings) for person in PEOPLE))
    assert after == before


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(PEOPLE), st.lists(BINDINGS, max_size=6), BINDINGS)
def test_who_may_not_give_roles_gives_none(
    granter: Principal, held: list[RoleBinding], wanted: RoleBinding
) -> None:
    without = Bindings.of(
        RoleBinding(each.subject, each.verbs - {Verb.GRANT_ROLES}, each.repositories, each.environment)
        for each in held
    )
    assert not may_grant(granter, without, wanted)


def _to_ann(binding: RoleBinding) -> RoleBinding:
    ann = Subject(SubjectKind.PERSON, "ann")
    return RoleBinding(ann, binding.verbs, binding.repositories, binding.environment)

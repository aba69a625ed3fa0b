"""Bindings are read anew when they have changed, and only then."""

from datetime import UTC, datetime

from lading.access.bindings import Resource
from lading.access.decisions import decide
from lading.access.principal import ANONYMOUS, Principal, PrincipalKind
from lading.access.roles import Role
from lading.access.verbs import Verb
from lading.ports.records.people import RobotAccount, RobotGrant, RoleBinding
from lading.workflows.bindings_in_force import BindingsInForce
from tests.support.registry import memory_records

ANN = Principal(PrincipalKind.PERSON, "ann")
CI = Principal(PrincipalKind.ROBOT, "ci")
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_a_change_counts_with_the_next_question_also_of_another_server() -> None:
    records = memory_records()
    one, two = BindingsInForce(records), BindingsInForce(records)
    robot = RobotAccount("ci", "x", (RobotGrant("shop/**", ("push",)),), NOW, "person:root")

    def may(principal: Principal = ANN) -> bool:
        answers = {
            decide(principal, Verb.PUSH, Resource("shop/app"), each()).allowed for each in (one, two, one)
        }
        assert len(answers) == 1
        return answers.pop()

    assert not may()
    with records.write() as kept:
        kept.people.save_role(Role("pusher", frozenset({Verb.PUSH})))
        kept.people.bind(RoleBinding("person:ann", "pusher", "shop/**"))
    assert may()
    with records.write() as kept:
        kept.people.save_role(Role("pusher", frozenset({Verb.PULL})))
    assert not may()
    assert not may(CI)
    with records.write() as kept:
        kept.people.add_robot(robot)
    assert may(CI)
    with records.write() as kept:
        kept.people.delete_robot("ci")
    assert not may(CI)


def test_what_did_not_change_is_the_same_value() -> None:
    records = memory_records()
    with records.write() as kept:
        kept.people.bind(RoleBinding("person:ann", "reader", "**"))
    bindings = BindingsInForce(records)
    assert bindings() is bindings()


def test_what_was_rolled_back_counts_nowhere() -> None:
    records = memory_records()
    bindings = BindingsInForce(records)
    try:
        with records.write() as kept:
            kept.people.bind(RoleBinding("person:ann", "reader", "**"))
            raise LookupError
    except LookupError:
        pass
    assert not bindings().all


def test_anonymous_pull_is_among_them() -> None:
    bindings = BindingsInForce(memory_records(), anonymous_pull=True)
    assert decide(ANONYMOUS, Verb.PULL, Resource("any"), bindings()).allowed

"""Who may ask for, approve, revoke and see waivers."""

from datetime import timedelta

import pytest

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import ANONYMOUS
from lading.access.repository_pattern import RepositoryPattern
from lading.foundation.errors import Conflict, Forbidden, Malformed, NotFound, Unauthenticated
from lading.policy.waiver import Waiver, WaiverScope, WaiverState
from lading.registry.caller import BoundRights, Caller
from lading.workflows.waive import WaiverRequest, approve, ask_for_waiver, list_waivers, revoke
from tests.support.governed import SHELLSHOCK, GovernedRegistry, person
from tests.support.registry import NOON

ANN = person("ann", ("publisher", "shop/**"))
BEN = person("ben", ("approver", "shop/**"))


@pytest.fixture(scope="module")
def governed() -> GovernedRegistry:
    made = GovernedRegistry()
    made.import_feed()
    return made


def asked(
    governed: GovernedRegistry,
    pattern: str = "shop/*",
    *,
    days: float = 7,
    rules: tuple[str, ...] = ("no-root-user",),
    vulnerabilities: tuple[str, ...] = (),
    environments: tuple[str, ...] = (),
) -> Waiver:
    scope = WaiverScope(
        RepositoryPattern.parse(pattern),
        rules=rules,
        vulnerabilities=vulnerabilities,
        environments=environments,
    )
    request = WaiverRequest(scope, "because", "SEC-1", NOON + timedelta(days=days))
    return ask_for_waiver(governed.ports, ANN, request, NOON)


def test_a_waiver_is_kept_with_every_step_in_the_audit_log(governed: GovernedRegistry) -> None:
    waiver = asked(governed)
    approved = approve(governed.ports, BEN, waiver.id, NOON)
    assert approved.state(NOON) is WaiverState.ACTIVE
    revoked = revoke(governed.ports, ANN, waiver.id, NOON)
    assert revoked.state(NOON) is WaiverState.REVOKED
    with governed.registry.records.read() as kept:
        assert kept.governance.waiver(waiver.id) == revoked
        entries = [entry.event for entry in kept.audit.page(limit=4).items]
    actions = ["waiver.revoke", "waiver.approve", "approval.vote", "waiver.request"]
    assert [event.action for event in entries] == actions
    assert entries[1].actor == "person:ben"
    assert entries[1].details["requester"] == "person:ann"


@pytest.mark.parametrize(
    ("approver", "pattern", "environments", "allowed"),
    [
        (person("ben", ("approver", "shop/**")), "shop/*", (), True),
        (person("ben", ("approver", "shop/**")), "shop/app", (), True),
        (person("ben", ("approver", "**")), "**", (), True),
        (person("ben", ("approver", "shop/app")), "shop/*", (), False),
        (person("ben", ("approver", "shop/*")), "shop/**", (), False),
        (person("ben", ("approver", "pay/**")), "shop/app", (), False),
        (person("ben", ("maintainer", "**")), "shop/app", (), False),
        (person("ben", ("approver", "**"), environment="dev"), "shop/app", ("dev",), True),
        (person("ben", ("approver", "**"), environment="dev"), "shop/app", (), False),
        (person("ben", ("approver", "**"), environment="dev"), "shop/app", ("dev", "prod"), False),
        (person("ann", ("approver", "**")), "shop/app", (), False),
    ],
)
def test_who_approves_speaks_for_all_of_the_scope_and_is_somebody_else(
    governed: GovernedRegistry,
    approver: Caller,
    pattern: str,
    environments: tuple[str, ...],
    allowed: bool,
) -> None:
    waiver = asked(governed, pattern, environments=environments)
    if allowed:
        assert approve(governed.ports, approver, waiver.id, NOON).approver == "person:ben"
        return
    with pytest.raises(Forbidden):
        approve(governed.ports, approver, waiver.id, NOON)


@pytest.mark.parametrize(
    ("rules", "vulnerabilities", "longest"),
    [
        (("no-root-user",), (), 90),
        (("severity-ceiling",), (), 14),
        (("no-root-user", "known-exploited"), (), 14),
        ((), (SHELLSHOCK,), 14),
        (("severity-ceiling",), ("CVE-2000-1",), 90),
    ],
)
def test_the_worst_that_is_excused_bounds_its_end(
    governed: GovernedRegistry, rules: tuple[str, ...], vulnerabilities: tuple[str, ...], longest: int
) -> None:
    assert asked(governed, rules=rules, vulnerabilities=vulnerabilities, days=longest).id
    with pytest.raises(Malformed) as caught:
        asked(governed, rules=rules, vulnerabilities=vulnerabilities, days=longest + 1)
    assert caught.value.details["limit_days"] == longest


def test_a_rule_that_there_is_not_is_named_with_the_nearest(governed: GovernedRegistry) -> None:
    with pytest.raises(Malformed) as caught:
        asked(governed, rules=("no-root-usr",))
    assert caught.value.hint == "did you mean 'no-root-user'?"


def test_a_stranger_neither_asks_nor_lists_nor_revokes(governed: GovernedRegistry) -> None:
    stranger = Caller(ANONYMOUS, BoundRights(NO_BINDINGS))
    waiver = asked(governed)
    scope = WaiverScope(RepositoryPattern.parse("**"), rules=("signed",))
    request = WaiverRequest(scope, "r", "t", NOON + timedelta(days=1))
    with pytest.raises(Unauthenticated):
        ask_for_waiver(governed.ports, stranger, request, NOON)
    with pytest.raises(Unauthenticated):
        list_waivers(governed.ports, stranger)
    with pytest.raises(Forbidden):
        revoke(governed.ports, person("eve", ("publisher", "**")), waiver.id, NOON)
    with pytest.raises(NotFound):
        revoke(governed.ports, BEN, "none", NOON)


def test_it_is_approved_once(governed: GovernedRegistry) -> None:
    waiver = asked(governed)
    approve(governed.ports, BEN, waiver.id, NOON)
    with pytest.raises(Conflict):
        approve(governed.ports, BEN, waiver.id, NOON)


def test_waivers_are_listed_newest_first(governed: GovernedRegistry) -> None:
    one, two = asked(governed), asked(governed)
    assert [waiver.id for waiver in list_waivers(governed.ports, ANN, limit=2).items] == [two.id, one.id]

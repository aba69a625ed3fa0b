"""Waivers: who may make them count, for what, and until when."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from lading.access.principal import ANONYMOUS, Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.advisories.advisory import Severity
from lading.foundation.errors import Conflict, Forbidden, Malformed
from lading.oci.digest import Digest
from lading.policy.decision import Decision, Outcome, Verdict
from lading.policy.evaluation import evaluate
from lading.policy.example import EXAMPLE_NOW, example_with
from lading.policy.message import render
from lading.policy.waiver import (
    Waiver,
    WaiverBounds,
    WaiverScope,
    WaiverState,
    approve_waiver,
    request_waiver,
    revoke_waiver,
)
from tests.support.policies import one_rule

NOW = EXAMPLE_NOW
ANN = Principal(PrincipalKind.PERSON, "ann")
BEN = Principal(PrincipalKind.PERSON, "ben")
SHOP = RepositoryPattern.parse("shop/**")
EACH = "each: f in findings\nviolated_if: f.fix != ''\nmessage: '{{ f.id }}'"


def request(
    scope: WaiverScope | None = None,
    *,
    days: float = 7,
    severity: Severity = Severity.HIGH,
    requester: Principal = ANN,
    reason: str = "vendor fix next week",
    ticket: str = "SEC-1",
    now: datetime = NOW,
) -> Waiver:
    return request_waiver(
        waiver_id="w1",
        scope=scope or WaiverScope(SHOP, rules=("r",)),
        reason=reason,
        ticket=ticket,
        requester=requester,
        expires=now + timedelta(days=days),
        severity=severity,
        now=now,
        bounds=WaiverBounds(),
    )


def approved(scope: WaiverScope | None = None, *, days: float = 7) -> Waiver:
    return approve_waiver(request(scope, days=days), BEN, NOW)


def judge(body: str, given: Mapping[str, object], *waivers: Waiver, now: datetime = NOW) -> Decision:
    return evaluate(one_rule(body), example_with(given), waivers, now=now)


def test_a_request_does_not_count_until_somebody_else_approves_it() -> None:
    body, bad = "violated_if: image.root", {"image.root": True}
    waiting = request()
    assert judge(body, bad, waiting).outcome is Outcome.DENY
    decision = judge(body, bad, approve_waiver(waiting, BEN, NOW))
    assert decision.outcome is Outcome.ALLOW
    assert decision.results[0].verdict is Verdict.WAIVED
    assert decision.valid_until == NOW + timedelta(days=7)
    assert "Waived:" in render(decision)
    assert "w1" in render(decision)


@pytest.mark.parametrize("name", ["ann", "ANN", "Ann"])
def test_nobody_approves_their_own_waiver(name: str) -> None:
    with pytest.raises(Forbidden) as caught:
        approve_waiver(request(), Principal(PrincipalKind.PERSON, name, admin=True), NOW)
    assert caught.value.code == "waiver-self-approval"


def test_a_machine_approves_nothing() -> None:
    with pytest.raises(Forbidden):
        approve_waiver(request(), Principal(PrincipalKind.ROBOT, "ci"), NOW)


def test_a_stored_waiver_that_approved_itself_does_not_count() -> None:
    forged = replace(request(), approver=str(ANN), approved_at=NOW)
    unsigned = replace(request(), approver="", approved_at=NOW)
    for waiver in (forged, unsigned):
        assert judge("violated_if: image.root", {"image.root": True}, waiver).outcome is Outcome.DENY


def test_a_stored_waiver_that_lasts_too_long_counts_for_the_bound_only() -> None:
    forged = replace(approved(), expires=NOW + timedelta(days=4000))
    day_89, day_90 = NOW + timedelta(days=89), NOW + timedelta(days=90)
    assert judge("violated_if: true", {}, forged, now=day_89).outcome is Outcome.ALLOW
    assert judge("violated_if: true", {}, forged, now=day_90).outcome is Outcome.DENY


def test_it_ends_to_the_second() -> None:
    waiver = approved(days=7)
    end = NOW + timedelta(days=7)
    assert judge("violated_if: true", {}, waiver, now=end - timedelta(seconds=1)).outcome is Outcome.ALLOW
    assert judge("violated_if: true", {}, waiver, now=end).outcome is Outcome.DENY


def test_a_critical_finding_is_excused_for_fourteen_days_by_a_waiver_for_a_high_rule() -> None:
    waiver = approved(days=90)
    given = {"findings": [{"severity": "critical"}, {"severity": "high"}]}
    before = judge(EACH, given, waiver, now=NOW + timedelta(days=13))
    assert before.outcome is Outcome.ALLOW
    assert before.valid_until == NOW + timedelta(days=14)
    after = judge(EACH, given, waiver, now=NOW + timedelta(days=14))
    assert after.outcome is Outcome.DENY
    assert (after.results[0].standing, after.results[0].waived) == (1, 1)


def test_a_vulnerability_is_excused_by_any_of_its_ids_and_nothing_else_is() -> None:
    given = {"findings": [{"id": "CVE-1", "aliases": ["GHSA-1"]}, {"id": "CVE-2"}]}
    decision = judge(EACH, given, approved(WaiverScope(SHOP, vulnerabilities=("GHSA-1",))))
    assert [(v.message, v.waived_by) for v in decision.results[0].violations] == [
        ("CVE-2", ""),
        ("CVE-1", "w1"),
    ]
    assert decision.outcome is Outcome.DENY


def test_a_waiver_of_a_vulnerability_does_not_excuse_a_rule_about_the_image() -> None:
    waiver = approved(WaiverScope(SHOP, rules=("r",), vulnerabilities=("CVE-1",)))
    assert judge("violated_if: true", {}, waiver).outcome is Outcome.DENY


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (WaiverScope(SHOP, rules=("r",)), True),
        (WaiverScope(RepositoryPattern.parse("pay/*"), rules=("r",)), False),
        (WaiverScope(SHOP, rules=("other",)), False),
        (WaiverScope(SHOP, rules=("r",), environments=("prod",)), True),
        (WaiverScope(SHOP, rules=("r",), environments=("test",)), False),
        (WaiverScope(SHOP, rules=("r",), digest=Digest("sha256", "a" * 64)), True),
        (WaiverScope(SHOP, rules=("r",), digest=Digest("sha256", "b" * 64)), False),
    ],
)
def test_only_what_is_in_the_scope_is_excused(scope: WaiverScope, covered: bool) -> None:
    assert (judge("violated_if: true", {}, approved(scope)).outcome is Outcome.ALLOW) is covered


def test_not_knowing_can_be_waived_for_a_rule() -> None:
    decision = judge("violated_if: sbom.present", {"undetermined": {"sbom": "?"}}, approved())
    assert decision.outcome is Outcome.ALLOW
    assert decision.results[0].verdict is Verdict.WAIVED


def test_of_two_waivers_the_one_that_lasts_longer_is_named() -> None:
    short, long = approved(days=2), replace(approved(days=9), id="w2")
    decision = judge("violated_if: true", {}, short, long)
    assert decision.valid_until == NOW + timedelta(days=9)
    assert decision.results[0].violations[0].waived_by == "w2"


def test_a_revoked_waiver_ends_at_once() -> None:
    waiver = revoke_waiver(approved(), BEN, NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=1)
    assert judge("violated_if: true", {}, waiver, now=later).outcome is Outcome.DENY
    assert waiver.state(later) is WaiverState.REVOKED
    with pytest.raises(Conflict):
        revoke_waiver(waiver, BEN, later)


def test_what_is_over_is_neither_approved_nor_revoked() -> None:
    late = NOW + timedelta(days=8)
    for act in (approve_waiver, revoke_waiver):
        with pytest.raises(Conflict):
            act(request(), BEN, late)
    with pytest.raises(Conflict):
        approve_waiver(approved(), BEN, NOW)


@pytest.mark.parametrize(
    ("severity", "days", "accepted"),
    [
        (Severity.CRITICAL, 14, True),
        (Severity.CRITICAL, 14.1, False),
        (Severity.HIGH, 90, True),
        (Severity.HIGH, 90.1, False),
        (Severity.LOW, 0, False),
        (Severity.LOW, -1, False),
    ],
)
def test_the_end_is_bounded_by_what_is_excused(severity: Severity, days: float, accepted: bool) -> None:
    if accepted:
        assert request(days=days, severity=severity).expires == NOW + timedelta(days=days)
        return
    with pytest.raises(Malformed):
        request(days=days, severity=severity)


def test_a_waiver_says_what_why_where_and_who() -> None:
    wrong_ones: tuple[dict[str, Any], ...] = (
        {"scope": WaiverScope(SHOP)},
        {"reason": "  "},
        {"reason": "x" * 3000},
        {"ticket": ""},
        {"scope": WaiverScope(SHOP, rules=tuple(f"r{n}" for n in range(60)))},
    )
    for wrong in wrong_ones:
        with pytest.raises(Malformed):
            request(**wrong)
    with pytest.raises(Forbidden):
        request(requester=ANONYMOUS)

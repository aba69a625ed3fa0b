"""What ends or waits is told of in time, once each, however often is looked."""

from datetime import timedelta

from lading.access.repository_pattern import RepositoryPattern
from lading.audit.entry import Event
from lading.policy.waiver import WaiverScope
from lading.workflows.remind import remind, tell_hygiene
from lading.workflows.waive import WaiverRequest, approve, ask_for_waiver, revoke
from tests.support.governed import GovernedRegistry, person
from tests.support.registry import NOON

ANN, BEN = person("ann", ("maintainer", "shop/**")), person("ben", ("approver", "**"))


def told(governed: GovernedRegistry) -> list[Event]:
    with governed.registry.records.read() as kept:
        entries = kept.audit.page(newest_first=False, limit=500).items
    return [one.event for one in entries if one.event.action in {"waiver.ending", "approval.ending"}]


def waived(governed: GovernedRegistry, days: float, *, approved: bool = True) -> str:
    scope = WaiverScope(RepositoryPattern.parse("shop/app"), ("no-root-user",))
    request = WaiverRequest(scope, "until then", "SEC-1", NOON + timedelta(days=days))
    waiver = ask_for_waiver(governed.ports, ANN, request, NOON)
    if approved:
        approve(governed.ports, BEN, waiver.id, NOON)
    return waiver.id


def test_a_waiver_that_ends_is_told_of_within_seven_days_and_within_the_last() -> None:
    governed = GovernedRegistry()
    name = waived(governed, 20)
    for hours in range(0, 24 * 21, 3):
        remind(governed.ports, NOON + timedelta(hours=hours))
    events = told(governed)
    assert [(event.subject, event.details["days"]) for event in events] == [(name, 7), (name, 1)]
    assert events[0].at == "2026-03-14T12:00:00Z"
    assert events[1].at == "2026-03-20T12:00:00Z"
    assert events[0].details["ticket"] == "SEC-1"


def test_a_server_that_was_away_tells_late_and_not_never() -> None:
    governed = GovernedRegistry()
    waived(governed, 20)
    for day in (10, 16, 17, 19.5, 19.6):
        remind(governed.ports, NOON + timedelta(days=day))
    assert [event.details["days"] for event in told(governed)] == [7, 1]


def test_what_does_not_count_is_not_told_of() -> None:
    governed = GovernedRegistry()
    waived(governed, 5, approved=False)
    revoke(governed.ports, BEN, waived(governed, 6), NOON)
    remind(governed.ports, NOON + timedelta(hours=1))
    assert told(governed) == []


def test_what_waits_for_people_is_told_of_a_day_before_its_deadline() -> None:
    governed = GovernedRegistry()
    waived(governed, 5, approved=False)
    for hours in range(0, 24 * 9, 3):
        remind(governed.ports, NOON + timedelta(hours=hours))
    (event,) = told(governed)
    assert (event.action, event.details["kind"], event.details["missing"]) == ("approval.ending", "waiver", 1)
    assert event.at == "2026-03-05T12:00:00Z"


def test_once_a_week_what_weakens_the_gates_is_told_as_a_whole() -> None:
    governed = GovernedRegistry()
    waived(governed, 5)
    assert tell_hygiene(governed.ports, NOON) > 0
    with governed.registry.records.read() as kept:
        event = kept.audit.page(newest_first=True).items[0].event
    assert event.action == "policy.hygiene"
    counts = event.details["counts"]
    assert isinstance(counts, dict)
    assert counts["ending-waiver"] == 1

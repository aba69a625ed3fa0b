"""Verdicts that changed, over the management API."""

import json

import pytest

from lading.ports.records.audit import AuditFilter
from lading.workflows.match_packages import match_packages
from tests.support.analyses import pypi
from tests.support.fleet import keep_image
from tests.support.management import Api, code_of
from tests.support.osv_records import affected, record


def import_feed(api: Api, fixed: str, modified: str) -> None:
    bounds = affected("PyPI", "jinja2", {"introduced": "0"}, {"fixed": fixed})
    feed = json.dumps(
        record("PYSEC-1", aliases=["CVE-2026-1"], affected=[bounds], modified=modified)
    ).encode()
    assert api.ask("POST", "/advisories/feeds/osv/PyPI", who="root", content=feed).status_code == 200


def alerts(api: Api, who: str) -> list[tuple[str, list[str]]]:
    items = api.ask("GET", "/alerts", who=who).json()["items"]
    return [(each["says"], each["repositories"]) for each in items]


@pytest.fixture
def api() -> Api:
    made = Api()
    made.add_person("root", admin=True)
    made.add_person("ann", ("reader", "team/**"))
    made.add_person("bob", ("reader", "other/**"))
    records = made.governed.registry.records
    keep_image(records, "app", pypi("jinja2", "2.10"), repository="team/app", tag="v1")
    list(match_packages(records, made.now))
    return made


def test_only_changed_verdicts_are_told_once_and_to_those_who_may_see_the_image(api: Api) -> None:
    assert alerts(api, "ann") == []
    import_feed(api, "2.10.1", "2026-01-01T00:00:00Z")
    told = [("jinja2 2.10 is affected by CVE-2026-1, fixed in 2.10.1", ["team/app"])]
    assert alerts(api, "ann") == told
    assert alerts(api, "bob") == []
    import_feed(api, "2.10.1", "2026-01-02T00:00:00Z")
    keep_image(api.governed.registry.records, "new", pypi("jinja2", "2.9"), repository="team/new", tag="v1")
    list(match_packages(api.governed.registry.records, api.now))
    assert alerts(api, "ann") == told
    import_feed(api, "2.10", "2026-01-03T00:00:00Z")
    assert alerts(api, "root")[0] == ("jinja2 2.10 no longer has CVE-2026-1", ["team/app"])


def acknowledge(api: Api, who: str, number: int, word: str = "seen") -> tuple[int, str]:
    answer = api.ask("POST", f"/alerts/{number}/acknowledgement", who=who, json={"word": word})
    return answer.status_code, code_of(answer) if answer.status_code >= 400 else ""


def test_a_change_is_acknowledged_once_by_somebody_who_sees_all_that_it_is_about(api: Api) -> None:
    import_feed(api, "2.10.1", "2026-01-01T00:00:00Z")
    keep_image(api.governed.registry.records, "own", pypi("jinja2", "2.10"), repository="other/app", tag="v1")
    (alert,) = api.ask("GET", "/alerts?waiting=true", who="root").json()["items"]
    number = alert["number"]
    assert acknowledge(api, "ann", number) == (403, "alert-shared")
    assert acknowledge(api, "bob", number) == (403, "alert-shared")
    api.add_person("eve", ("reader", "third/**"))
    for unknown in (number, number + 1, 0, -1, 1 << 70):
        assert acknowledge(api, "eve", unknown) == (404, "alert-unknown")
    assert acknowledge(api, "", number)[0] == 401
    for empty in ("", "   ", "x" * 501):
        assert acknowledge(api, "root", number, empty) == (400, "word-missing")
    assert acknowledge(api, "root", number, "on Monday") == (201, "")
    assert acknowledge(api, "root", number) == (409, "alert-acknowledged")
    assert api.ask("GET", "/alerts?waiting=true", who="ann").json()["items"] == []
    (seen,) = api.ask("GET", "/alerts", who="ann").json()["items"]
    assert (seen["acknowledged_by"], seen["word"]) == ("person:root", "on Monday")
    with api.governed.registry.records.read() as kept:
        (entry,) = kept.audit.page(wanted=AuditFilter(action="verdict.acknowledge")).items
    assert (entry.event.actor, entry.event.subject) == ("person:root", "CVE-2026-1")
    assert entry.event.details["word"] == "on Monday"


def test_who_answers_for_all_of_it_needs_no_administrator(api: Api) -> None:
    import_feed(api, "2.10.1", "2026-01-01T00:00:00Z")
    (alert,) = api.ask("GET", "/alerts", who="ann").json()["items"]
    assert acknowledge(api, "ann", alert["number"]) == (201, "")

"""Verdicts that changed, over the management API."""

import json

import pytest

from lading.workflows.match_packages import match_packages
from tests.support.analyses import pypi
from tests.support.fleet import keep_image
from tests.support.management import Api
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

"""False positives marked once, over the management API, and what follows from it."""

import io
import json
import zipfile
from typing import Any

import pytest

from tests.support.analyses import pypi
from tests.support.fleet import keep_image
from tests.support.management import Api, code_of
from tests.support.osv_records import affected, record

CVE = "CVE-2019-10906"
MARK = {
    "flaw": CVE,
    "products": ["pkg:pypi/jinja2"],
    "justification": "vulnerable_code_not_present",
    "evidence": "sandbox.py is removed by our build; see ticket 7",
}


@pytest.fixture
def api() -> Api:
    made = Api()
    made.add_person("root", admin=True)
    made.add_person("ann", ("reader", "**"))
    keep_image(made.governed.registry.records, "app", pypi("jinja2", "2.10"), repository="team/app", tag="v1")
    bounds = affected("PyPI", "jinja2", {"introduced": "0"}, {"fixed": "2.10.1"})
    feed = json.dumps(
        record("PYSEC-2019-217", aliases=[CVE, "GHSA-462w-v97r-4m45"], affected=[bounds])
    ).encode()
    assert made.ask("POST", "/advisories/feeds/osv/PyPI", who="root", content=feed).status_code == 200
    return made


def finding(api: Api) -> dict[str, Any]:
    (found,) = api.ask("GET", "/image?ref=team/app:v1", who="ann").json()["findings"]
    return dict(found)


def holders(api: Api) -> int:
    return len(api.ask("GET", f"/who-has?q={CVE}", who="ann").json()["holders"])


def test_a_mark_clears_the_finding_everywhere_and_stays_visible_with_its_evidence(api: Api) -> None:
    assert (finding(api)["status"], holders(api)) == ("affected", 1)
    made = api.ask("POST", "/vex", who="root", json=MARK | {"flaw": "GHSA-462w-v97r-4m45"})
    assert made.status_code == 201
    found = finding(api)
    assert (found["status"], holders(api)) == ("not-affected", 0)
    assert "sandbox.py is removed" in found["reason"]["says"]
    counted = api.ask("GET", "/images", who="ann").json()["items"][0]["findings"]
    assert sum(counted.values()) == 0
    gone = api.ask("DELETE", f"/vex/statements/{made.json()['id']}", who="root")
    assert gone.status_code == 204
    assert (finding(api)["status"], holders(api)) == ("affected", 1)
    history = api.ask("GET", "/vex?history=true", who="ann").json()["items"]
    assert [bool(each["retired_at"]) for each in history] == [True]


@pytest.mark.parametrize(
    "members",
    [
        {"evidence": " "},
        {"products": []},
        {"products": ["bash"]},
        {"justification": "because"},
        {"status": "maybe"},
    ],
)
def test_a_mark_without_evidence_products_or_justification_is_refused(
    api: Api, members: dict[str, Any]
) -> None:
    refused = api.ask("POST", "/vex", who="root", json=MARK | members)
    assert code_of(refused) == "vex-mark-invalid"
    assert api.ask("POST", "/vex", who="ann", json=MARK).status_code == 403


def test_what_is_exported_here_can_be_taken_in_elsewhere(api: Api) -> None:
    api.ask("POST", "/vex", who="root", json=MARK)
    for form in ("openvex", "csaf", "cyclonedx"):
        exported = api.ask("GET", f"/vex/export?document={form}", who="ann").content
        there = Api()
        there.add_person("root", admin=True)
        taken = there.ask("POST", "/vex/documents?name=theirs", who="root", content=exported)
        assert taken.json() == {"documents": 1, "statements": 1}


def test_a_hub_is_taken_in_but_for_what_is_no_document(api: Api) -> None:
    openvex = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://vendor.example/vex/1",
        "author": "Vendor",
        "timestamp": "2026-01-01T00:00:00Z",
        "statements": [
            {"vulnerability": {"name": CVE}, "products": [{"@id": "pkg:pypi/Jinja2@2.10"}], "status": "fixed"}
        ],
    }
    hub = io.BytesIO()
    with zipfile.ZipFile(hub, "w") as archive:
        archive.writestr("index.json", "{}")
        archive.writestr("pypi/jinja2/vex.json", json.dumps(openvex))
    taken = api.ask("POST", "/vex/documents?name=hub", who="root", content=hub.getvalue())
    assert taken.json() == {"documents": 1, "statements": 1}
    assert finding(api)["status"] == "not-affected"
    openvex["statements"][0]["status"] = "affected"  # type: ignore[index]
    again = api.ask("POST", "/vex/documents", who="root", content=json.dumps(openvex).encode())
    assert again.json()["statements"] == 1
    assert finding(api)["status"] == "affected"
    cut = api.ask("POST", "/vex/documents", who="root", content=hub.getvalue()[:60])
    assert code_of(cut) == "vex-invalid"


def test_a_statement_about_one_image_clears_only_that(api: Api) -> None:
    other = keep_image(
        api.governed.registry.records,
        "other",
        pypi("jinja2", "2.10"),
        pypi("x"),
        repository="team/other",
        tag="v1",
    )
    api.ask("POST", "/vex", who="root", json=MARK | {"products": ["pkg:pypi/jinja2", str(other)]})
    assert finding(api)["status"] == "affected"
    (found,) = api.ask("GET", "/image?ref=team/other:v1", who="ann").json()["findings"]
    assert found["status"] == "not-affected"
    made = api.ask("POST", "/vex/publish?ref=team/other:v1", who="root")
    assert made.status_code == 201
    assert made.json()["digest"].startswith("sha256:")
    nothing = api.ask("POST", "/vex/publish?ref=team/app:v1", who="root").json()
    assert nothing == {"digest": ""}

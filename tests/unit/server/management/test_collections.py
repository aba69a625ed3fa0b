"""Collections over the API: who may, and what is told."""

from lading.workflows.collect_garbage import JOB, work_on_collection
from tests.support.management import Api, code_of


def test_a_collection_is_previewed_begun_stopped_and_resumed() -> None:
    api = Api()
    api.governed.good_image()
    api.add_person("root", admin=True)
    preview = api.ask("GET", "/collections/preview?grace_hours=1", who="root").json()
    assert preview["freed"] == 0
    begun = api.ask("POST", "/collections", who="root", json={"grace_hours": 2})
    assert begun.status_code == 201
    assert (begun.json()["state"], begun.json()["grace_hours"]) == ("running", 2)
    second = api.ask("POST", "/collections", who="root", json={})
    assert (second.status_code, code_of(second)) == (409, "collection-running")
    assert api.ask("POST", "/collections/stop", who="root").json()["stopping"] is True
    collect = api.app_services.collect
    work_on_collection(collect, {"run": begun.json()["id"]})
    assert api.ask("GET", "/collections", who="root").json()["items"][0]["state"] == "stopped"
    assert api.ask("POST", "/collections/resume", who="root").json()["state"] == "running"
    work_on_collection(collect, {"run": begun.json()["id"]})
    (line,) = api.ask("GET", "/collections", who="root").json()["items"]
    assert (line["state"], line["share"], line["problem"]) == ("done", 1.0, "")
    assert set(line["steps"]) == {"uploads", "links", "content", "analyses", "strays"}
    assert JOB == "collect"


def test_nobody_else_sees_or_begins_one() -> None:
    api = Api()
    api.add_person("ann", ("maintainer", "**"))
    for method, path in (
        ("GET", "/collections"),
        ("GET", "/collections/preview"),
        ("POST", "/collections/stop"),
    ):
        answer = api.ask(method, path, who="ann")
        assert (answer.status_code, code_of(answer)) == (403, "access-denied")
    refused = api.ask("POST", "/collections", who="ann", json={"grace_hours": 1})
    assert refused.status_code == 403
    too_short = api.ask("POST", "/collections", who="ann", json={"grace_hours": 0})
    assert too_short.status_code == 400

"""Reading everything again, over the API: who may, and what is told."""

from lading.adapters.blobs_memory import MemoryBlobs
from lading.workflows.scrub_storage import work_on_scrub
from tests.support.management import Api, code_of


def test_a_pass_is_run_stopped_and_run_on_and_tells_what_is_damaged() -> None:
    api = Api()
    image = api.governed.good_image()
    api.add_person("root", admin=True)
    shown = api.ask("GET", "/scrubs", who="root").json()
    assert shown == {"items": [], "last_scrubbed_at": "", "damaged": 0}
    begun = api.ask("POST", "/scrubs", who="root")
    assert (begun.status_code, begun.json()["state"]) == (201, "running")
    second = api.ask("POST", "/scrubs", who="root")
    assert (second.status_code, code_of(second)) == (409, "scrub-running")
    assert api.ask("POST", "/scrubs/stop", who="root").json()["stopping"] is True
    scrub = api.app_services.scrub
    work_on_scrub(scrub, {"run": begun.json()["id"]})
    assert api.ask("GET", "/scrubs", who="root").json()["items"][0]["state"] == "stopped"
    blobs = api.app_services.blobs
    assert isinstance(blobs, MemoryBlobs)
    digests = list(blobs.iter_digests())
    blobs.damage(digests[0], b"junk")
    assert api.ask("POST", "/scrubs", who="root").json()["state"] == "running"
    for _step in ("content", "links"):
        work_on_scrub(scrub, {"run": begun.json()["id"]})
    shown = api.ask("GET", "/scrubs", who="root").json()
    (line,) = shown["items"]
    assert (line["state"], line["share"], line["problem"]) == ("done", 1.0, "")
    assert (line["blobs"], line["damaged"], line["healed"]) == (len(digests), 1, 0)
    assert shown["last_scrubbed_at"] == line["ended_at"] != ""
    assert shown["damaged"] == 1
    (found,) = api.ask("GET", "/scrubs/damage", who="root").json()["items"]
    assert (found["digest"], found["state"], found["size"]) == (str(digests[0]), "quarantined", 4)
    assert all("@sha256:" in each["image"] for each in found["images"])
    assert found["images"]
    assert image is not None
    assert api.ask("GET", "/scrubs/damage?healed=true", who="root").json()["items"] == []


def test_nobody_else_sees_or_begins_one() -> None:
    api = Api()
    api.add_person("ann", ("maintainer", "**"))
    asked = (("GET", "/scrubs"), ("GET", "/scrubs/damage"), ("POST", "/scrubs"), ("POST", "/scrubs/stop"))
    for method, path in asked:
        answer = api.ask(method, path, who="ann")
        assert (answer.status_code, code_of(answer)) == (403, "access-denied")

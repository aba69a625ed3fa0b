"""What nobody needs, and collecting it."""

import html
from datetime import timedelta

import pytest

from lading.adapters.blobs_memory import MemoryBlobs
from lading.workflows.collect_garbage import work_on_collection
from lading.workflows.scrub_storage import work_on_scrub
from tests.support.console import Browser, build_console, form_token_in
from tests.support.sample_fleet import build_fleet
from tests.support.stores import put_blob


def test_a_collection_is_begun_watched_and_stopped_on_the_page() -> None:
    fleet = build_fleet()
    put_blob(fleet.registry.blobs, b"x" * 2048)
    console = build_console(fleet=fleet)
    console.add_person("root", admin=True)
    console.clock.move(timedelta(days=1000))
    browser = Browser(console)
    browser.sign_in("root")
    page = browser.get("/registry/storage")
    assert page.status_code == 200
    assert "content that no repository has" in page.text
    assert "What projects keep" in page.text
    assert "2.0 KiB" in page.text or "2 KiB" in page.text
    form = {"form_token": form_token_in(page)}
    begun = browser.post("/registry/storage/collect", form)
    assert begun.status_code == 303
    watched = browser.get(begun.headers["location"])
    assert "The collection has begun" in watched.text
    assert "Under way" in watched.text
    browser.post("/registry/storage/stop", form)
    assert "Stopping" in browser.get("/registry/storage").text
    services = console.services
    with services.records.read() as kept:
        (run,) = kept.storage.collections(limit=1)
    work_on_collection(services.collect, {"run": run.id})
    assert "Go on with it" in browser.get("/registry/storage").text
    browser.post("/registry/storage/resume", form)
    work_on_collection(services.collect, {"run": run.id})
    done = browser.get("/registry/storage").text
    assert "100% done" in done
    assert "Everything is needed" in done


def test_a_reader_is_refused() -> None:
    console = build_console(fleet=build_fleet())
    console.add_person("ann")
    browser = Browser(console)
    browser.sign_in("ann")
    assert browser.get("/registry/storage").status_code == 403


def test_what_is_damaged_is_found_and_shown_on_the_page() -> None:
    fleet = build_fleet()
    blobs = fleet.registry.blobs
    assert isinstance(blobs, MemoryBlobs)
    with fleet.registry.records.read() as kept:
        link = kept.storage.links().items[0]
        listing = kept.scrubs.manifests_listing(link.digest, limit=1)
    assert listing
    console = build_console(fleet=fleet)
    console.add_person("root", admin=True)
    browser = Browser(console)
    browser.sign_in("root")
    page = browser.get("/registry/storage")
    assert "Not all content was read again yet." in page.text
    blobs.damage(link.digest, b"junk")
    form = {"form_token": form_token_in(page)}
    begun = browser.post("/registry/storage/scrub", form)
    assert "Everything is being read again." in browser.get(begun.headers["location"]).text
    browser.post("/registry/storage/scrub/stop", form)
    assert "Stopping" in browser.get("/registry/storage").text
    services = console.services
    with services.records.read() as kept:
        (run,) = kept.scrubs.scrubs(limit=1)
    work_on_scrub(services.scrub, {"run": run.id})
    browser.post("/registry/storage/scrub", form)
    for _step in ("content", "links"):
        work_on_scrub(services.scrub, {"run": run.id})
    text = browser.get("/registry/storage").text
    assert "All content was last read and compared" in text
    assert str(link.digest) in text
    assert "Corrupt" in text
    assert "1 found damaged" in text
    assert link.repository in text


def test_a_quota_is_set_changed_and_removed_on_the_page() -> None:
    console = build_console(fleet=build_fleet())
    console.add_person("root", admin=True)
    browser = Browser(console)
    browser.sign_in("root")
    form = {"form_token": form_token_in(browser.get("/registry/storage")), "project": "shop"}
    done = browser.post("/registry/storage/quota", {**form, "gib": "0.5", "artifacts": ""})
    assert done.headers["location"] == "/registry/storage?done=quota-set"
    assert "512.0 MiB" in browser.get("/registry/storage").text.replace("512 MiB", "512.0 MiB")
    browser.post("/registry/storage/quota", {**form, "gib": "", "artifacts": "40"})
    with console.records.read() as kept:
        (quota,) = kept.usage.quotas()
    assert (quota.project, quota.most_bytes, quota.most_artifacts) == ("shop", None, 40)
    assert browser.post("/registry/storage/quota/remove", form).status_code == 303
    with console.records.read() as kept:
        assert kept.usage.quotas() == ()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({}, "a quota is about bytes or artifacts or both"),
        ({"gib": "-1"}, "is no number of GiB"),
        ({"gib": "1e400"}, "is no number of GiB"),
        ({"artifacts": "many"}, "is no number of artifacts"),
        ({"project": "../etc", "gib": "1"}, "is no path of repositories"),
    ],
)
def test_a_quota_that_cannot_be_is_shown_again_with_what_is_wrong(typed: dict[str, str], says: str) -> None:
    console = build_console()
    console.add_person("root", admin=True)
    browser = Browser(console)
    browser.sign_in("root")
    form = {"form_token": form_token_in(browser.get("/registry/storage")), "project": "shop"}
    refused = browser.post("/registry/storage/quota", {**form, **typed})
    assert refused.status_code == 400
    assert says in html.unescape(refused.text)


def test_what_single_images_keep_and_what_bases_save_is_shown() -> None:
    console = build_console(fleet=build_fleet())
    console.add_person("root", admin=True)
    console.add_person("ann")
    browser = Browser(console)
    browser.sign_in("root")
    every = browser.get("/registry/storage/images")
    assert every.status_code == 200
    assert "shop/checkout@" in every.text
    shop = browser.get("/registry/storage/images?project=shop").text
    assert "Images of shop on disk" in shop
    assert "base/python@" in every.text
    assert "base/python@" not in shop
    assert browser.get("/registry/storage/images?project=..%2Fetc").status_code == 400
    ann = Browser(console)
    ann.sign_in("ann")
    assert ann.get("/registry/storage/images").status_code == 403

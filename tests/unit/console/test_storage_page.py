"""What nobody needs, and collecting it."""

from datetime import timedelta

from lading.workflows.collect_garbage import work_on_collection
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

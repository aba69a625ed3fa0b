"""How feeds stand, fetching them, and bundles, over the management API."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lading.advisories.bundle import INDEX, MANIFEST
from tests.support.management import Api, code_of
from tests.support.osv_records import affected, record

KEV: dict[str, Any] = {
    "count": 1,
    "dateReleased": "2026-03-01T00:00:00Z",
    "vulnerabilities": [{"cveID": "CVE-2014-6271", "dateAdded": "2022-01-28"}],
}


@pytest.fixture
def api(tmp_path: Path) -> Api:
    made = Api(feed_folder=tmp_path / "feeds")
    made.add_person("root", admin=True)
    made.add_person("ann", ("reader", "**"))
    return made


def health(api: Api) -> dict[str, tuple[str, str]]:
    answer = api.ask("GET", "/advisories/health", who="ann").json()
    return {each["name"]: (each["standing"], each["words"]) for each in answer["items"]}


def import_feed(api: Api, feed: str, content: object) -> None:
    sent = json.dumps(content).encode()
    assert api.ask("POST", f"/advisories/feeds/{feed}", who="root", content=sent).status_code == 200


def bundle(api: Api, since: bytes | None = None) -> bytes:
    if since is None:
        return api.ask("GET", "/advisories/bundle", who="root").content
    index = zipfile.ZipFile(io.BytesIO(since)).read(INDEX)
    return api.ask("POST", "/advisories/bundle", who="root", content=index).content


def with_member(content: bytes, name: str, other: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for each in old.namelist():
            new.writestr(each, other if each == name else old.read(each))
    return made.getvalue()


def test_a_feed_that_is_subscribed_to_and_never_came_is_missing(api: Api) -> None:
    assert health(api) == {
        "kev": ("missing", "it was never imported"),
        "osv/PyPI": ("missing", "it was never imported"),
    }


def test_fetching_takes_in_what_changed_and_tells_what_failed(api: Api, tmp_path: Path) -> None:
    source = tmp_path / "kev.json"
    source.write_text(json.dumps(KEV))
    api.feed_urls |= {"kev": source.as_uri(), "osv/PyPI": (tmp_path / "nowhere.zip").as_uri()}
    done = api.ask("POST", "/advisories/fetch", who="root").json()["items"]
    assert [(each["feed"], each["changed"], bool(each["problem"])) for each in done] == [
        ("kev", True, False),
        ("osv/PyPI", False, True),
    ]
    again = api.ask("POST", "/advisories/fetch?feed=kev", who="root").json()["items"]
    assert [each["changed"] for each in again] == [False]
    standing = health(api)
    assert standing["kev"][0] == "fresh"
    assert standing["osv/PyPI"][0] == "missing"
    assert "feed-unreachable" in standing["osv/PyPI"][1]
    api.move_clock(timedelta(hours=49))
    assert health(api)["kev"][0] == "old"
    source.write_text("<html>")
    api.ask("POST", "/advisories/fetch?feed=kev", who="root")
    assert "json-invalid" in health(api)["kev"][1]
    assert api.ask("GET", "/advisories/feeds", who="ann").json()["items"][0]["count"] == 1


def test_only_administrators_fetch_and_move_bundles(api: Api) -> None:
    for method, path in (
        ("POST", "/advisories/fetch"),
        ("GET", "/advisories/bundle"),
        ("POST", "/advisories/bundle"),
        ("POST", "/advisories/bundles"),
    ):
        assert api.ask(method, path, who="ann").status_code == 403


def osv(name: str, fixed: str) -> dict[str, Any]:
    return record(name, affected=[affected("PyPI", "flask", {"introduced": "0"}, {"fixed": fixed})])


def test_a_bundle_carries_everything_and_the_next_one_only_what_changed(api: Api) -> None:
    there = Api()  # signs with the same key, as tests do
    there.add_person("root", admin=True)
    there.add_person("ann", ("reader", "**"))
    import_feed(api, "kev", KEV)
    import_feed(api, "osv/one", osv("PYSEC-1", "1.0"))
    first = bundle(api)
    done = there.ask("POST", "/advisories/bundles", who="root", content=first).json()["items"]
    assert [(each["feed"], each["added"]) for each in done] == [("kev", 1), ("osv/one", 1)]
    import_feed(api, "osv/one", osv("PYSEC-1", "2.0") | {"modified": "2026-02-01T00:00:00Z"})
    second = bundle(api, since=first)
    assert len(second) < len(first) + 200
    done = there.ask("POST", "/advisories/bundles", who="root", content=second).json()["items"]
    assert [(each["feed"], each["changed"], each["unchanged"]) for each in done] == [
        ("kev", 0, True),
        ("osv/one", 1, False),
    ]
    fresh = Api()
    fresh.add_person("root", admin=True)
    refused = fresh.ask("POST", "/advisories/bundles", who="root", content=second)
    assert code_of(refused) == "bundle-base-missing"
    older = there.ask("POST", "/advisories/bundles", who="root", content=first)
    assert code_of(older) == "feed-older"


def test_a_bundle_that_was_changed_or_nobody_signed_is_refused_whole(api: Api) -> None:
    import_feed(api, "kev", KEV)
    import_feed(api, "osv/one", osv("PYSEC-1", "1.0"))
    good = bundle(api)
    there = Api()
    there.add_person("root", admin=True)
    there.add_person("ann", ("reader", "**"))
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(good)).read(MANIFEST))
    unsigned = json.dumps(manifest | {"signatures": [{"keyid": "lading", "sig": "AAAA"}]}).encode()
    for content, code in (
        (with_member(good, "feeds/1.jsonl", b"{}\n"), "bundle-invalid"),
        (with_member(good, MANIFEST, unsigned), "bundle-not-trusted"),
        (with_member(good, MANIFEST, b"{}"), "envelope-invalid"),
        (good[:200], "bundle-invalid"),
        (b"", "bundle-invalid"),
    ):
        answer = there.ask("POST", "/advisories/bundles", who="root", content=content)
        assert code_of(answer) == code
    assert there.ask("GET", "/advisories/feeds", who="ann").json()["items"] == []

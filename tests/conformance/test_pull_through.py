"""Repositories that stand for an upstream's: one fetch for all, and stale rather than nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from lading.oci.digest import Digest
from lading.workflows.check_storage import check_storage
from lading.workflows.fill_caches import fill_caches
from tests.support.distribution import ADMIN, ROBOT, Registry, disk_registry, memory_registry, serving
from tests.support.upstream import Upstream, upstream

BIG = 5 << 20


@pytest.fixture
def hub() -> Iterator[Upstream]:
    with upstream() as told:
        told.image("library/debian", "12", size=BIG)
        yield told


@pytest.fixture
def registry(request: pytest.FixtureRequest, tmp_path: Path, hub: Upstream) -> Iterator[Registry]:
    registry = memory_registry() if getattr(request, "param", "") == "memory" else disk_registry(tmp_path)
    registry.add_cache("hub", hub.url, namespace="docker.io")
    yield registry
    registry.close()


@pytest.fixture
def client(registry: Registry) -> Iterator[httpx.Client]:
    with (
        serving(registry.app) as address,
        httpx.Client(base_url=f"http://{address}/v2/", auth=ADMIN, timeout=30) as client,
    ):
        yield client


def pull(client: httpx.Client, hub: Upstream, tag: str = "12") -> None:
    """Pull an image whole, as clients do."""
    manifest = client.get(f"hub/library/debian/manifests/{tag}")
    assert manifest.status_code == 200, manifest.text
    document = manifest.json()
    for entry in [document["config"], *document["layers"]]:
        blob = client.get(f"hub/library/debian/blobs/{entry['digest']}")
        assert blob.status_code == 200, blob.text
        assert blob.content == hub.blobs[entry["digest"]]


@pytest.mark.parametrize("registry", ["disk", "memory"], indirect=True)
def test_what_is_pulled_is_fetched_once_kept_and_an_image_like_any_other(
    registry: Registry, client: httpx.Client, hub: Upstream
) -> None:
    pull(client, hub)
    fetched = len(hub.asked)
    pull(client, hub)
    assert len(hub.asked) == fetched
    digest = Digest.of(hub.manifests["library/debian", "12"])
    assert registry.pushed == [("hub/library/debian", digest, "application/vnd.oci.image.manifest.v1+json")]
    with registry.records.read() as kept:
        tag = kept.registry.tag("hub/library/debian", "12")
        assert tag is not None
        assert (tag.digest, tag.moved_by) == (digest, "system:lading")
        assert kept.upstreams.pending_in("hub/library/debian") == ()
    assert list(check_storage(registry.records, registry.blobs, deep=True)) == []


@pytest.mark.parametrize("registry", ["disk", "memory"], indirect=True)
def test_many_who_want_the_same_at_once_are_one_fetch(client: httpx.Client, hub: Upstream) -> None:
    layer = hub.layer_of("library/debian", "12")
    with ThreadPoolExecutor(20) as pool:
        manifests = list(pool.map(lambda _: client.get("hub/library/debian/manifests/12"), range(20)))
        blobs = list(pool.map(lambda _: client.get(f"hub/library/debian/blobs/{layer}").content, range(20)))
    assert {answer.status_code for answer in manifests} == {200}
    assert set(blobs) == {hub.blobs[str(layer)]}
    assert hub.count("/manifests/") == 1
    assert hub.count(f"GET /v2/library/debian/blobs/{layer}") == 1


def test_bytes_reach_the_client_while_they_arrive_but_the_last_one_only_when_all_is_verified(
    tmp_path: Path, hub: Upstream
) -> None:
    registry = disk_registry(tmp_path)
    registry.add_cache("hub", hub.url)
    layer = hub.layer_of("library/debian", "12")
    hub.go_on.clear()
    with (
        serving(registry.app) as address,
        httpx.Client(base_url=f"http://{address}/v2/", auth=ADMIN, timeout=30) as client,
        client.stream("GET", f"hub/library/debian/blobs/{layer}") as answer,
    ):
        assert answer.headers["Content-Length"] == str(BIG)
        chunks = answer.iter_raw(1 << 20)
        assert next(chunks) == hub.blobs[str(layer)][: 1 << 20]
        ranged = client.get(f"hub/library/debian/blobs/{layer}", headers={"Range": "bytes=10-19"})
        assert (ranged.status_code, ranged.content) == (206, hub.blobs[str(layer)][10:20])
        hub.go_on.set()
        assert sum(map(len, chunks)) == BIG - (1 << 20)
    registry.close()


def test_other_bytes_than_the_digest_promises_break_the_answer_and_are_not_kept(
    registry: Registry, client: httpx.Client, hub: Upstream
) -> None:
    layer = hub.layer_of("library/debian", "12")
    hub.wrong = True
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(f"hub/library/debian/blobs/{layer}")
    assert registry.blobs.stat(layer) is None
    assert list(registry.blobs.iter_uploads()) == []
    hub.wrong = False
    assert client.get(f"hub/library/debian/blobs/{layer}").content == hub.blobs[str(layer)]


@pytest.mark.parametrize("registry", ["disk", "memory"], indirect=True)
def test_a_connection_that_breaks_is_taken_up_where_it_broke(client: httpx.Client, hub: Upstream) -> None:
    layer = hub.layer_of("library/debian", "12")
    hub.break_after = BIG // 3
    assert client.get(f"hub/library/debian/blobs/{layer}").content == hub.blobs[str(layer)]
    assert hub.count(f"GET /v2/library/debian/blobs/{layer}") == 2


@pytest.mark.parametrize(
    ("status", "headers"),
    [(429, {"Retry-After": "120"}), (503, {}), (500, {}), (401, {}), (403, {})],
)
def test_an_upstream_that_does_not_help_leaves_what_is_held_marked_stale(
    registry: Registry, client: httpx.Client, hub: Upstream, status: int, headers: dict[str, str]
) -> None:
    pull(client, hub)
    registry.ahead = timedelta(hours=1)
    hub.status, hub.headers = status, headers
    answer = client.get("hub/library/debian/manifests/12")
    assert answer.status_code == 200
    warning = answer.headers["Warning"]
    assert warning.startswith('299 - "Response is stale: ')
    assert str(status) in warning
    assert answer.headers["Cache-Status"].startswith("lading; hit; fwd=stale; ttl=-36")
    by_digest = client.get(f"hub/library/debian/manifests/{answer.headers['Docker-Content-Digest']}")
    assert by_digest.status_code == 200
    assert "Warning" not in by_digest.headers
    pull_missing = client.get("hub/library/debian/manifests/13")
    assert pull_missing.status_code == 503  # whether it exists cannot be told
    assert pull_missing.json()["errors"][0]["code"] == "UNAVAILABLE"
    if status in {429, 500, 503}:
        assert 0 < int(pull_missing.headers["Retry-After"]) <= 120
        asked = len(hub.asked)
        assert client.get("hub/library/debian/manifests/14").status_code == 503
        assert len(hub.asked) == asked  # it is left in peace
    hub.status = 200
    registry.ahead = timedelta(hours=2)
    assert "Warning" not in client.get("hub/library/debian/manifests/12").headers


def test_an_upstream_that_is_not_there_at_all_is_no_reason_to_fail(
    registry: Registry, client: httpx.Client, hub: Upstream
) -> None:
    pull(client, hub)
    with registry.records.write() as kept:
        there = kept.upstreams.upstream("hub")
        assert there is not None
        kept.upstreams.save_upstream(replace(there, url="http://127.0.0.1:1"))
    registry.ahead = timedelta(hours=1)
    answer = client.get("hub/library/debian/manifests/12")
    assert answer.status_code == 200
    assert "stale" in answer.headers["Warning"]
    with registry.records.read() as kept:
        tag = kept.upstreams.tag("hub/library/debian", "12")
        assert tag is not None
        assert "127.0.0.1:1" in tag.stale
    assert client.get("hub/library/other/manifests/1").status_code == 503
    assert client.get(f"hub/library/debian/blobs/{Digest.of(b'x')}").status_code == 503


def test_what_the_upstream_says_that_it_has_not_is_not_found(client: httpx.Client, hub: Upstream) -> None:
    for path in ("manifests/none", f"manifests/{Digest.of(b'x')}", f"blobs/{Digest.of(b'x')}"):
        answer = client.get(f"hub/library/debian/{path}")
        assert answer.status_code == 404
        assert "the upstream hub has no" in answer.text


def test_a_tag_that_the_upstream_deleted_is_gone_and_its_digest_named(
    registry: Registry, client: httpx.Client, hub: Upstream
) -> None:
    pull(client, hub)
    digest = Digest.of(hub.manifests.pop(("library/debian", "12")))
    registry.ahead = timedelta(hours=1)
    answer = client.get("hub/library/debian/manifests/12")
    assert answer.status_code == 404
    assert str(digest) in answer.text
    assert client.get(f"hub/library/debian/manifests/{digest}").status_code == 200


def test_a_tag_is_asked_for_when_it_is_old_and_follows_the_upstream(
    registry: Registry, client: httpx.Client, hub: Upstream
) -> None:
    pull(client, hub)
    moved = hub.image("library/debian", "12", name="next")
    assert client.get("hub/library/debian/manifests/12").headers["Docker-Content-Digest"] != str(moved)
    registry.ahead = timedelta(hours=1)
    pull(client, hub)
    assert client.get("hub/library/debian/manifests/12").headers["Docker-Content-Digest"] == str(moved)
    assert hub.count("HEAD /v2/library/debian/manifests/12") == 1
    with registry.records.read() as kept:
        tag = kept.registry.tag("hub/library/debian", "12")
        assert tag is not None
        assert tag.digest == moved


def test_old_tags_spend_three_quarters_of_the_budget_and_what_is_missing_the_rest(tmp_path: Path) -> None:
    registry = disk_registry(tmp_path)
    with upstream() as hub, serving(registry.app) as address:
        for number in range(12):
            hub.image("app", f"v{number}", name=f"{number}")
        registry.add_cache("hub", hub.url, requests_per_hour=8, fresh_for=timedelta(seconds=10))
        with httpx.Client(base_url=f"http://{address}/v2/hub/app/manifests/", auth=ADMIN) as client:
            assert [client.get(f"v{number}").status_code for number in range(6)] == [200] * 6
            registry.ahead = timedelta(minutes=1)
            stale = client.get("v0")  # six of eight are spent
            assert "budget" in stale.headers["Warning"]
            assert hub.count("HEAD") == 0
            assert [client.get(f"v{number}").status_code for number in range(6, 9)] == [200, 200, 503]
            registry.ahead = timedelta(minutes=61)
            assert "Warning" not in client.get("v0").headers
    registry.close()


def test_an_upstream_with_few_requests_left_is_asked_only_for_what_is_missing(
    registry: Registry, client: httpx.Client, hub: Upstream
) -> None:
    hub.headers = {"RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": "3;w=21600"}
    hub.image("library/debian", "13")
    pull(client, hub)
    registry.ahead = timedelta(minutes=11)
    assert "few requests left" in client.get("hub/library/debian/manifests/12").headers["Warning"]
    assert client.get("hub/library/debian/manifests/13").status_code == 200


def test_of_an_index_only_the_platform_that_is_pulled_is_fetched(
    registry: Registry, client: httpx.Client, hub: Upstream
) -> None:
    children = [hub.image("library/debian", "", name=name) for name in ("amd64", "arm64")]
    index = hub.index("library/debian", "13", *children)
    assert client.get("hub/library/debian/manifests/13").headers["Docker-Content-Digest"] == str(index)
    pull(client, hub, str(children[0]))
    assert [digest for _, digest, _ in registry.pushed] == [children[0], index]
    assert hub.count(str(children[1])) == 0
    with registry.records.read() as kept:
        tag = kept.registry.tag("hub/library/debian", "13")
        assert tag is not None
        assert tag.digest == index
    assert list(check_storage(registry.records, registry.blobs)) == []
    pull(client, hub, str(children[1]))
    assert len(registry.pushed) == 3


def test_what_a_client_did_not_fetch_is_fetched_later(
    registry: Registry, client: httpx.Client, hub: Upstream
) -> None:
    client.get("hub/library/debian/manifests/12")
    assert fill_caches(registry.cache) == ()  # its client may still be at it
    registry.ahead = timedelta(minutes=1)
    fill_caches(registry.cache)
    assert len(registry.pushed) == 1


def test_nobody_pushes_into_a_cache(client: httpx.Client) -> None:
    for answer in (
        client.post("hub/library/debian/blobs/uploads/"),
        client.put(
            "hub/library/debian/manifests/12",
            content=b"{}",
            headers={"Content-Type": "application/vnd.oci.image.manifest.v1+json"},
        ),
    ):
        assert answer.status_code == 403
        assert "cache of the upstream hub" in answer.json()["errors"][0]["message"]
    assert client.post("hubble/app/blobs/uploads/").status_code == 202


def test_a_mirror_is_asked_as_containerd_asks(client: httpx.Client, hub: Upstream) -> None:
    answer = client.get("library/debian/manifests/12?ns=docker.io")
    assert answer.content == hub.manifests["library/debian", "12"]
    assert client.get("library/debian/manifests/12?ns=quay.io").status_code == 404


def test_who_may_not_pull_here_makes_the_upstream_asked_nothing(
    registry: Registry, client: httpx.Client, hub: Upstream
) -> None:
    assert client.get("hub/library/debian/manifests/12", auth=ROBOT).status_code == 403
    layer = hub.layer_of("library/debian", "12")
    assert client.get(f"hub/library/debian/blobs/{layer}", auth=ROBOT).status_code == 403
    assert httpx.get(client.base_url.join("hub/library/debian/manifests/12")).status_code == 401
    assert hub.asked == []


def test_private_content_is_not_given_out_because_an_upstream_has_it_too(
    registry: Registry, client: httpx.Client, hub: Upstream
) -> None:
    content = b"a layer of ours"
    digest = Digest.of(content)
    client.post("secret/app/blobs/uploads/", params={"digest": str(digest)}, content=content)
    assert client.get(f"hub/library/debian/blobs/{digest}").status_code == 404
    hub.blobs[str(digest)] = content
    assert client.get(f"hub/library/debian/blobs/{digest}").content == content
    assert hub.count(f"GET /v2/library/debian/blobs/{digest}") == 2  # the bytes came from there


def test_a_password_goes_to_the_upstream_alone(registry: Registry, client: httpx.Client) -> None:
    with upstream(login=("robot", "hunter2")) as there, upstream() as elsewhere:
        there.image("app", "1", size=100_000)
        elsewhere.blobs = there.blobs
        there.redirect = f"{elsewhere.url}/blobs"
        registry.add_cache("private", there.url, user="robot", password="hunter2")
        manifest = client.get("private/app/manifests/1")
        assert manifest.status_code == 200
        layer = there.layer_of("app", "1")
        refused = client.get(f"private/app/blobs/{layer}")
        assert refused.status_code == 200  # another port of the upstream's own host
        assert {header for _, header in elsewhere.authorizations} == {""}
        with registry.records.read() as kept:
            kept_upstream = kept.upstreams.upstream("private")
            entries = kept.audit.entries_after(0, limit=1000)
        assert "hunter2" not in repr(kept_upstream)
        assert all("hunter2" not in repr(entry) for entry in entries)
        assert kept_upstream is not None
        assert "hunter2" not in kept_upstream.sealed


@pytest.mark.parametrize("listed", [False, True])
def test_an_upstream_may_not_send_us_into_our_own_network(
    registry: Registry, client: httpx.Client, *, listed: bool
) -> None:
    with upstream() as there, upstream() as inside:
        there.image("app", "1")
        inside.blobs = there.blobs
        there.redirect = inside.url.replace("127.0.0.1", "localhost") + "/blobs"
        registry.remotes.private_hosts = ("localhost",) if listed else ()
        registry.add_cache("other", there.url)
        answer = client.get(f"other/app/blobs/{there.layer_of('app', '1')}")
        assert answer.status_code == (200 if listed else 503)
        assert (inside.asked == []) is not listed


def test_an_upstream_that_dies_in_the_middle_breaks_the_answer_and_leaves_nothing_behind(
    registry: Registry, client: httpx.Client, hub: Upstream
) -> None:
    layer = hub.layer_of("library/debian", "12")
    hub.break_after, hub.then = BIG // 3, 503
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(f"hub/library/debian/blobs/{layer}")
    assert list(registry.blobs.iter_uploads()) == []
    assert client.get(f"hub/library/debian/blobs/{layer}").status_code == 503
    hub.status = 200
    assert client.get(f"hub/library/debian/blobs/{layer}").content == hub.blobs[str(layer)]


def test_two_servers_on_one_database_fetch_once(tmp_path: Path, hub: Upstream) -> None:
    first, second = disk_registry(tmp_path), disk_registry(tmp_path)
    first.add_cache("hub", hub.url)
    layer = hub.layer_of("library/debian", "12")
    with serving(first.app) as one, serving(second.app) as other, ThreadPoolExecutor(12) as pool:
        paths = [
            f"http://{address}/v2/hub/library/debian/{rest}"
            for address in (one, other)
            for rest in ("manifests/12", f"blobs/{layer}") * 3
        ]
        answers = list(pool.map(lambda path: httpx.get(path, auth=ADMIN, timeout=60), paths))
    assert {answer.status_code for answer in answers} == {200}
    assert hub.count("/manifests/") == 1
    assert hub.count("/blobs/") == 1
    first.close()
    second.close()

"""Our client of other registries: signs in as asked, gives its password to nobody else, believes no bytes."""

from collections.abc import Callable

import httpx
import pytest

from lading.adapters.registry_client import RegistryClient
from lading.foundation.errors import Forbidden, NotFound, Upstream
from lading.oci.digest import Digest

CONTENT = b"config"
DIGEST = Digest.of(CONTENT)
Answer = Callable[[httpx.Request], httpx.Response]


def client(answer: Answer, url: str = "http://registry.test:5000") -> RegistryClient:
    return RegistryClient(url, user="alice", password="hunter2", transport=httpx.MockTransport(answer))


def challenging(realm: str, seen: list[httpx.Request]) -> Answer:
    """A registry that wants a token from ``realm``."""

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.path == "/token":
            return httpx.Response(200, json={"token": "t0ken"})
        if request.headers.get("Authorization") == "Bearer t0ken":
            return httpx.Response(200, content=CONTENT)
        challenge = f'Bearer realm="{realm}",service="registry",scope="repository:app:pull"'
        return httpx.Response(401, headers={"WWW-Authenticate": challenge})

    return answer


def test_a_token_is_fetched_from_the_registry_that_asks_and_used_again() -> None:
    seen: list[httpx.Request] = []
    registry = client(challenging("http://registry.test:5001/token", seen))
    assert registry.pull_blob("app", DIGEST, max_bytes=100) == CONTENT
    assert registry.pull_blob("app", DIGEST, max_bytes=100) == CONTENT
    paths = [request.url.path for request in seen]
    assert paths.count("/token") == 1
    assert seen[1].headers["Authorization"].startswith("Basic ")
    assert seen[1].url.params["scope"] == "repository:app:pull"


@pytest.mark.parametrize(
    ("registry", "realm", "trusted"),
    [
        ("http://registry.test", "http://evil.test/token", False),
        ("http://registry.test", "https://evil.test/token", False),
        ("https://registry.test", "http://registry.test/token", False),
        ("https://registry.test", "https://auth.test/token", True),
    ],
)
def test_the_password_goes_only_where_the_registry_itself_is_vouched_for(
    registry: str, realm: str, trusted: bool
) -> None:
    seen: list[httpx.Request] = []
    client(challenging(realm, seen), registry).pull_blob("app", DIGEST, max_bytes=100)
    (asked,) = [request for request in seen if request.url.path == "/token"]
    assert ("Authorization" in asked.headers) is trusted


def test_other_bytes_than_the_digest_promises_are_refused() -> None:
    registry = client(lambda _: httpx.Response(200, content=b"other"))
    with pytest.raises(Upstream, match="other bytes"):
        registry.pull_blob("app", DIGEST, max_bytes=100)
    with pytest.raises(Upstream, match="other bytes"):
        registry.pull_manifest("app", str(DIGEST))


def test_an_endless_answer_is_left_at_the_limit() -> None:
    class Endless(httpx.SyncByteStream):
        given = 0

        def __iter__(self):  # type: ignore[no-untyped-def]  # httpx names no type for it
            while True:
                Endless.given += 1000
                yield b"x" * 1000

    registry = client(lambda _: httpx.Response(200, stream=Endless()))
    with pytest.raises(Upstream, match="more than 5000 bytes"):
        registry.pull_blob("app", DIGEST, max_bytes=5000)
    assert Endless.given < 100_000


@pytest.mark.parametrize(("status", "error"), [(403, Forbidden), (404, NotFound), (500, Upstream)])
def test_the_registrys_own_words_are_passed_on(status: int, error: type[Exception]) -> None:
    body = {"errors": [{"code": "DENIED", "message": "quota exceeded"}]}
    registry = client(lambda _: httpx.Response(status, json=body))
    with pytest.raises(error, match="DENIED quota exceeded"):
        registry.pull_manifest("app", "latest")


def test_a_blob_that_is_there_is_not_sent_again_and_one_that_is_not_is_sent_once() -> None:
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.method)
        if request.method == "HEAD":
            return httpx.Response(404)
        if request.method == "POST":
            return httpx.Response(202, headers={"Location": "/v2/app/blobs/uploads/1?state=a"})
        assert dict(request.url.params) == {"state": "a", "digest": str(DIGEST)}
        assert request.content == CONTENT
        return httpx.Response(201)

    client(answer).push_blob("app", DIGEST, CONTENT)
    client(lambda _: httpx.Response(200)).push_blob("app", DIGEST, CONTENT)
    assert sent == ["HEAD", "POST", "PUT"]


def test_a_registry_that_does_not_answer_is_upstreams_fault() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(Upstream) as caught:
        client(refuse).pull_manifest("app", "latest")
    assert caught.value.code == "registry-unreachable"

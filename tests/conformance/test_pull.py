"""OCI distribution-spec v1.1, "Pull"."""

import httpx
import pytest

from lading.oci import media_types
from lading.oci.digest import Digest
from tests.conformance.conftest import Repo, error_codes

ABSENT = Digest.of(b"never pushed")


def test_the_base_answers_those_who_signed_in(http: httpx.Client) -> None:
    answer = http.get("/v2/")
    assert answer.status_code == 200
    assert answer.headers["docker-distribution-api-version"] == "registry/2.0"


def test_a_manifest_is_pulled_by_tag_and_by_digest_byte_for_byte(repo: Repo) -> None:
    digest = repo.push_image("v1")
    by_tag = repo.http.get(f"{repo.url}/manifests/v1")
    by_digest = repo.http.get(f"{repo.url}/manifests/{digest}")
    assert by_tag.status_code == by_digest.status_code == 200
    assert by_tag.content == by_digest.content
    assert Digest.of(by_tag.content) == digest
    for answer in (by_tag, by_digest):
        assert answer.headers["docker-content-digest"] == str(digest)
        assert answer.headers["content-type"] == media_types.OCI_MANIFEST


def test_a_head_of_a_manifest_has_the_headers_of_the_get_and_no_body(repo: Repo) -> None:
    repo.push_image("v1")
    get, head = (repo.http.request(method, f"{repo.url}/manifests/v1") for method in ("GET", "HEAD"))
    assert head.status_code == 200
    assert head.content == b""
    for name in ("content-length", "content-type", "docker-content-digest", "etag"):
        assert head.headers[name] == get.headers[name]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("reference", ["absent", str(ABSENT), ".no-tag", "t" * 200])
def test_an_absent_manifest_is_404(repo: Repo, method: str, reference: str) -> None:
    repo.push_image("v1")
    answer = repo.http.request(method, f"{repo.url}/manifests/{reference}")
    assert answer.status_code == 404
    if method == "GET":
        assert error_codes(answer) == ["MANIFEST_UNKNOWN"]


def test_an_absent_repository_is_404_and_named_so(repo: Repo) -> None:
    answer = repo.http.get("/v2/no/such/repository/manifests/latest")
    assert answer.status_code == 404
    assert error_codes(answer) == ["NAME_UNKNOWN"]


def test_a_known_manifest_is_not_sent_again(repo: Repo) -> None:
    digest = repo.push_image("v1")
    for etag in (f'"{digest}"', f'W/"{digest}"', f'"x", "{digest}"', "*"):
        answer = repo.http.get(f"{repo.url}/manifests/v1", headers={"if-none-match": etag})
        assert answer.status_code == 304
        assert answer.content == b""
    assert repo.http.get(f"{repo.url}/manifests/v1", headers={"if-none-match": '"x"'}).status_code == 200


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_a_blob_is_pulled_byte_for_byte(repo: Repo, algorithm: str) -> None:
    digest = repo.push_blob(b"content of a blob", algorithm)
    answer = repo.http.get(f"{repo.url}/blobs/{digest}")
    assert answer.status_code == 200
    assert answer.content == b"content of a blob"
    assert answer.headers["docker-content-digest"] == str(digest)
    assert answer.headers["content-length"] == "17"


def test_a_large_blob_comes_whole(repo: Repo) -> None:
    content = bytes(range(256)) * (5 << 12)  # 5 MiB and more than one chunk
    digest = repo.push_blob(content)
    assert repo.http.get(f"{repo.url}/blobs/{digest}").content == content


def test_a_head_of_a_blob_tells_its_size(repo: Repo) -> None:
    digest = repo.push_blob(b"content of a blob")
    answer = repo.http.head(f"{repo.url}/blobs/{digest}")
    assert answer.status_code == 200
    assert answer.headers["content-length"] == "17"
    assert answer.headers["docker-content-digest"] == str(digest)
    assert answer.content == b""


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_absent_blob_is_404(repo: Repo, method: str) -> None:
    answer = repo.http.request(method, f"{repo.url}/blobs/{ABSENT}")
    assert answer.status_code == 404
    if method == "GET":
        assert error_codes(answer) == ["BLOB_UNKNOWN"]


def test_a_blob_of_another_repository_is_absent_here(repo: Repo) -> None:
    digest = repo.push_blob(b"only there")
    answer = repo.http.get(f"/v2/conformance/another/blobs/{digest}")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("wanted", "status", "content", "content_range"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=8-100", 206, b"89", "bytes 8-9/10"),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("lines=0-1", 200, b"0123456789", None),
    ],
)
def test_a_range_of_a_blob(
    repo: Repo, wanted: str, status: int, content: bytes, content_range: str | None
) -> None:
    digest = repo.push_blob(b"0123456789")
    answer = repo.http.get(f"{repo.url}/blobs/{digest}", headers={"range": wanted})
    assert answer.status_code == status
    assert answer.content == content
    assert answer.headers.get("content-range") == content_range
    assert answer.headers["accept-ranges"] == "bytes"


def test_a_range_of_a_manifest(repo: Repo) -> None:
    repo.push_image("v1")
    url = f"{repo.url}/manifests/v1"
    whole = repo.http.get(url).content
    part = repo.http.get(url, headers={"range": "bytes=3-7"})
    assert (part.status_code, part.content) == (206, whole[3:8])
    assert part.headers["content-range"] == f"bytes 3-7/{len(whole)}"
    assert repo.http.get(url, headers={"range": "bytes=99999-"}).status_code == 416


def test_a_range_beyond_the_blob_is_416_with_its_size(repo: Repo) -> None:
    digest = repo.push_blob(b"0123456789")
    answer = repo.http.get(f"{repo.url}/blobs/{digest}", headers={"range": "bytes=10-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */10"


def test_a_range_meant_for_other_content_gets_all_of_this(repo: Repo) -> None:
    digest = repo.push_blob(b"0123456789")
    url = f"{repo.url}/blobs/{digest}"
    other = repo.http.get(url, headers={"range": "bytes=0-1", "if-range": '"something else"'})
    same = repo.http.get(url, headers={"range": "bytes=0-1", "if-range": f'"{digest}"'})
    assert (other.status_code, other.content) == (200, b"0123456789")
    assert (same.status_code, same.content) == (206, b"01")


def test_a_blob_of_nothing_can_be_pulled(repo: Repo) -> None:
    digest = repo.push_blob(b"")
    answer = repo.http.get(f"{repo.url}/blobs/{digest}")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("name", ["UPPER/case", "a//b", "-a", "a/" + "b" * 256, "a b"])
def test_a_name_that_is_none_is_refused(http: httpx.Client, name: str) -> None:
    answer = http.get(f"/v2/{name}/manifests/latest")
    assert answer.status_code == 400
    assert error_codes(answer) == ["NAME_INVALID"]


@pytest.mark.parametrize("reference", ["sha256:abc", "sha1:" + "0" * 40, "md5:x", "SHA256:" + "0" * 64])
def test_a_digest_that_is_none_is_refused(repo: Repo, reference: str) -> None:
    for kind in ("manifests", "blobs"):
        answer = repo.http.get(f"{repo.url}/{kind}/{reference}")
        assert answer.status_code == 400
        assert error_codes(answer) == ["DIGEST_INVALID"]


def test_names_may_hold_the_words_of_the_api(http: httpx.Client) -> None:
    for name in ("manifests/blobs/tags", "x/blobs/uploads", "tags/list", "token/referrers"):
        repo = Repo(http, name)
        digest = repo.push_image("latest")
        assert http.get(f"/v2/{name}/manifests/latest").headers["docker-content-digest"] == str(digest)
        assert http.get(f"/v2/{name}/tags/list").json() == {"name": name, "tags": ["latest"]}


def test_a_path_that_is_none_and_a_method_that_is_not_for_it(http: httpx.Client) -> None:
    assert http.get("/v2/a/b/c").status_code == 404
    answer = http.request("PUT", "/v2/a/tags/list")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert error_codes(answer) == ["UNSUPPORTED"]

"""OCI distribution-spec v1.1, "Push"."""

import json
import re
from typing import Any

import httpx
import pytest

from lading.oci import media_types
from lading.oci.digest import Digest
from tests.conformance.conftest import Repo, descriptor, error_codes
from tests.support.distribution import Registry

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CONTENT = b"0123456789abcdef"
DIGEST = Digest.of(CONTENT)


def _pulled(repo: Repo, digest: Digest = DIGEST) -> bytes:
    answer = repo.http.get(f"{repo.url}/blobs/{digest}")
    assert answer.status_code == 200
    return answer.content


def _chunk(repo: Repo, location: str, start: int, content: bytes) -> httpx.Response:
    return repo.http.patch(
        location, content=content, headers={"content-range": f"{start}-{start + len(content) - 1}"}
    )


def test_post_then_put(repo: Repo) -> None:
    begun = repo.begin()
    assert begun.status_code == 202
    location = begun.headers["location"]
    assert UUID.search(location)
    answer = repo.http.put(location, params={"digest": str(DIGEST)}, content=CONTENT)
    assert answer.status_code == 201
    assert answer.headers["docker-content-digest"] == str(DIGEST)
    assert repo.http.get(answer.headers["location"]).content == CONTENT


def test_a_single_post(repo: Repo) -> None:
    answer = repo.http.post(f"{repo.url}/blobs/uploads/", params={"digest": str(DIGEST)}, content=CONTENT)
    assert answer.status_code == 201
    assert repo.http.get(answer.headers["location"]).content == CONTENT


def test_in_chunks(repo: Repo) -> None:
    location = repo.begin().headers["location"]
    for start in range(0, 16, 6):
        answer = _chunk(repo, location, start, CONTENT[start : start + 6])
        assert answer.status_code == 202
        assert answer.headers["range"] == f"0-{min(start + 6, 16) - 1}"
        location = answer.headers["location"]
    assert repo.http.put(location, params={"digest": str(DIGEST)}).status_code == 201
    assert _pulled(repo) == CONTENT


def test_the_last_chunk_may_come_with_the_put(repo: Repo) -> None:
    location = _chunk(repo, repo.begin().headers["location"], 0, CONTENT[:10]).headers["location"]
    answer = repo.http.put(
        location,
        params={"digest": str(DIGEST)},
        content=CONTENT[10:],
        headers={"content-range": "10-15"},
    )
    assert answer.status_code == 201
    assert _pulled(repo) == CONTENT


def test_a_stream_without_length_or_range(repo: Repo) -> None:
    location = repo.begin().headers["location"]
    answer = repo.http.patch(location, content=iter([CONTENT[:3], CONTENT[3:]]))
    assert answer.status_code == 202
    assert answer.headers["range"] == "0-15"
    assert repo.http.put(answer.headers["location"], params={"digest": str(DIGEST)}).status_code == 201
    assert _pulled(repo) == CONTENT


@pytest.mark.parametrize("start", [0, 5, 7, 1000])
def test_a_chunk_out_of_order_is_416_and_the_upload_goes_on(repo: Repo, start: int) -> None:
    location = _chunk(repo, repo.begin().headers["location"], 0, CONTENT[:6]).headers["location"]
    refused = _chunk(repo, location, start, b"zz")
    assert refused.status_code == 416
    assert error_codes(refused) == ["BLOB_UPLOAD_INVALID"]
    last = repo.http.put(
        location,
        params={"digest": str(DIGEST)},
        content=b"zz",
        headers={"content-range": f"{start}-{start + 1}"},
    )
    assert last.status_code == 416
    status = repo.http.get(location)
    assert status.status_code == 204
    assert status.headers["range"] == "0-5"
    resumed = _chunk(repo, status.headers["location"], 6, CONTENT[6:])
    assert resumed.status_code == 202
    assert repo.http.put(resumed.headers["location"], params={"digest": str(DIGEST)}).status_code == 201
    assert _pulled(repo) == CONTENT


def test_a_chunk_as_long_as_announced_and_no_longer(repo: Repo) -> None:
    location = repo.begin().headers["location"]
    answer = repo.http.patch(location, content=b"abc", headers={"content-range": "0-9"})
    assert answer.status_code == 400
    assert error_codes(answer) == ["SIZE_INVALID"]


def test_a_range_that_is_none_is_416(repo: Repo) -> None:
    location = repo.begin().headers["location"]
    answer = repo.http.patch(location, content=b"abc", headers={"content-range": "three bytes"})
    assert answer.status_code == 416


def test_the_wrong_digest_is_refused_and_nothing_is_stored(repo: Repo) -> None:
    query = {"digest": str(DIGEST)}
    at_once = repo.http.post(f"{repo.url}/blobs/uploads/", params=query, content=b"other")
    in_two_steps = repo.http.put(repo.begin().headers["location"], params=query, content=b"other")
    for answer in (at_once, in_two_steps):
        assert answer.status_code == 400
        assert error_codes(answer) == ["DIGEST_INVALID"]
    assert repo.http.head(f"{repo.url}/blobs/{DIGEST}").status_code == 404
    assert repo.http.head(f"{repo.url}/blobs/{Digest.of(b'other')}").status_code == 404


@pytest.mark.parametrize("digest", ["", "sha256:short", "sha1:" + "a" * 40, "../../etc/passwd"])
def test_what_is_no_digest_is_refused(repo: Repo, digest: str) -> None:
    answer = repo.http.put(repo.begin().headers["location"], params={"digest": digest}, content=CONTENT)
    assert answer.status_code == 400
    assert error_codes(answer) == ["DIGEST_INVALID"]


def test_a_put_without_digest_is_refused(repo: Repo) -> None:
    answer = repo.http.put(repo.begin().headers["location"], content=CONTENT)
    assert answer.status_code == 400
    assert error_codes(answer) == ["DIGEST_INVALID"]


def test_the_algorithm_may_be_announced(repo: Repo) -> None:
    content_digest = Digest.of(CONTENT, "sha512")
    begun = repo.begin(**{"digest-algorithm": "sha512"})
    assert begun.status_code == 202
    answer = repo.http.put(begun.headers["location"], params={"digest": str(content_digest)}, content=CONTENT)
    assert answer.status_code == 201
    assert _pulled(repo, content_digest) == CONTENT
    assert error_codes(repo.begin(**{"digest-algorithm": "md5"})) == ["DIGEST_INVALID"]


def test_an_upload_can_be_cancelled(repo: Repo) -> None:
    location = repo.begin().headers["location"]
    assert repo.http.delete(location).status_code == 204
    for answer in (
        repo.http.get(location),
        repo.http.patch(location, content=b"x"),
        repo.http.put(location, params={"digest": str(DIGEST)}, content=CONTENT),
        repo.http.delete(location),
    ):
        assert answer.status_code == 404
        assert error_codes(answer) == ["BLOB_UPLOAD_UNKNOWN"]


def test_an_upload_belongs_to_its_repository(repo: Repo) -> None:
    location = repo.begin().headers["location"]
    elsewhere = location.replace(repo.name, "conformance/elsewhere")
    assert repo.http.patch(elsewhere, content=b"x").status_code == 404
    assert repo.http.patch(location, content=b"x").status_code == 202


@pytest.mark.parametrize("session", ["..", "%2e%2e%2f%2e%2e", "x", "a" * 3000])
def test_an_upload_that_never_was(repo: Repo, session: str) -> None:
    answer = repo.http.patch(f"{repo.url}/blobs/uploads/{session}", content=b"x")
    assert answer.status_code == 404


def test_a_blob_is_mounted_from_another_repository(repo: Repo, http: httpx.Client) -> None:
    repo.push_blob(CONTENT)
    other = Repo(http, f"{repo.name}-mounted")
    answer = other.begin(mount=str(DIGEST), **{"from": repo.name})
    assert answer.status_code == 201
    assert answer.headers["docker-content-digest"] == str(DIGEST)
    assert http.get(answer.headers["location"]).content == CONTENT


def test_a_blob_is_mounted_from_wherever_it_is(repo: Repo, http: httpx.Client) -> None:
    content = repo.name.encode()
    digest = repo.push_blob(content)
    other = Repo(http, f"{repo.name}-mounted")
    assert other.begin(mount=str(digest)).status_code == 201
    assert _pulled(other, digest) == content


def test_a_mount_of_what_is_not_there_begins_an_upload(repo: Repo) -> None:
    absent = Digest.of(b"nowhere at all")
    for query in ({"mount": str(absent), "from": repo.name}, {"mount": str(absent), "from": "no/such"}):
        answer = repo.begin(**query)
        assert answer.status_code == 202
        finished = repo.http.put(answer.headers["location"], params={"digest": str(DIGEST)}, content=CONTENT)
        assert finished.status_code == 201


def test_a_manifest_is_pushed_by_tag_and_by_digest(repo: Repo) -> None:
    document = repo.image_document(b"config", b"layer")
    digest = Digest.of(json.dumps(document).encode())
    for reference in ("v1", str(digest)):
        answer = repo.put_manifest(document, reference)
        assert answer.status_code == 201
        assert answer.headers["docker-content-digest"] == str(digest)
        assert "oci-subject" not in answer.headers
        assert repo.http.get(answer.headers["location"]).content == json.dumps(document).encode()


def test_a_manifest_may_be_addressed_by_another_algorithm(repo: Repo) -> None:
    document = repo.image_document(b"config", b"layer")
    digest = Digest.of(json.dumps(document).encode(), "sha512")
    assert repo.put_manifest(document, str(digest)).status_code == 201
    assert repo.http.get(f"{repo.url}/manifests/{digest}").status_code == 200


def test_several_tags_with_one_push(repo: Repo) -> None:
    document = repo.image_document(b"config", b"layer")
    digest = Digest.of(json.dumps(document).encode())
    answer = repo.http.put(
        f"{repo.url}/manifests/{digest}?tag=1.2.3&tag=1.2&tag=1",
        content=json.dumps(document).encode(),
        headers={"content-type": media_types.OCI_MANIFEST},
    )
    assert answer.status_code == 201
    assert answer.headers.get_list("oci-tag") == ["1.2.3", "1.2", "1"]
    for tag in ("1.2.3", "1.2", "1"):
        assert repo.http.head(f"{repo.url}/manifests/{tag}").headers["docker-content-digest"] == str(digest)


def test_a_manifest_under_the_wrong_digest_is_refused(repo: Repo) -> None:
    document = repo.image_document(b"config", b"layer")
    answer = repo.put_manifest(document, str(Digest.of(b"something else")))
    assert answer.status_code == 400
    assert error_codes(answer) == ["DIGEST_INVALID"]


@pytest.mark.parametrize("tag", [".dot", "-dash", "t" * 129, "a b", "%C3%A4"])
def test_a_manifest_under_what_is_no_tag_is_refused(repo: Repo, tag: str) -> None:
    answer = repo.put_manifest(repo.image_document(b"config", b"layer"), tag)
    assert answer.status_code == 400
    assert error_codes(answer) == ["MANIFEST_INVALID"]


def test_a_manifest_whose_parts_are_missing_is_refused_with_their_digests(repo: Repo) -> None:
    document = repo.image_document(b"config", b"layer")
    absent = Digest.of(b"an absent layer")
    document["layers"].append(descriptor(absent, 15, media_types.OCI_LAYER_TAR))
    answer = repo.put_manifest(document, "v1")
    assert answer.status_code == 404
    assert error_codes(answer) == ["MANIFEST_BLOB_UNKNOWN"]
    assert answer.json()["errors"][0]["detail"] == {"digests": [str(absent)]}
    assert repo.http.head(f"{repo.url}/manifests/v1").status_code == 404


def test_parts_that_only_another_repository_has_are_missing_here(repo: Repo, http: httpx.Client) -> None:
    other = Repo(http, f"{repo.name}-other")
    document = other.image_document(b"config", b"layer of another")
    assert error_codes(repo.put_manifest(document, "v1")) == ["MANIFEST_BLOB_UNKNOWN"]


def test_an_index_needs_its_manifests(repo: Repo) -> None:
    image = repo.push_image("one")
    size = int(repo.http.head(f"{repo.url}/manifests/one").headers["content-length"])
    index: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_INDEX,
        "manifests": [descriptor(image, size, media_types.OCI_MANIFEST)],
    }
    assert repo.put_manifest(index, "all").status_code == 201
    assert repo.http.get(f"{repo.url}/manifests/all").headers["content-type"] == media_types.OCI_INDEX
    index["manifests"].append(descriptor(Digest.of(b"absent"), 1, media_types.OCI_MANIFEST))
    assert error_codes(repo.put_manifest(index, "all")) == ["MANIFEST_BLOB_UNKNOWN"]


def test_docker_manifests_and_lists_are_kept_as_they_are(repo: Repo) -> None:
    document = repo.image_document(b"config", b"layer")
    document["mediaType"] = media_types.DOCKER_MANIFEST
    document["config"]["mediaType"] = media_types.DOCKER_CONFIG
    document["layers"][0]["mediaType"] = media_types.DOCKER_LAYER_GZIP
    pushed = repo.put_manifest(document, "v2s2")
    assert pushed.status_code == 201
    image = Digest.parse(pushed.headers["docker-content-digest"])
    listed: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": media_types.DOCKER_LIST,
        "manifests": [
            descriptor(image, len(json.dumps(document)), media_types.DOCKER_MANIFEST)
            | {"platform": {"architecture": "amd64", "os": "linux"}}
        ],
    }
    assert repo.put_manifest(listed, "list").status_code == 201
    for tag, media_type in (("v2s2", media_types.DOCKER_MANIFEST), ("list", media_types.DOCKER_LIST)):
        assert repo.http.get(f"{repo.url}/manifests/{tag}").headers["content-type"] == media_type


def test_a_tag_moves_and_the_old_manifest_stays(repo: Repo) -> None:
    first = repo.push_image("v1", layer=b"first")
    second = repo.push_image("v1", layer=b"second")
    assert first != second
    assert repo.http.get(f"{repo.url}/manifests/v1").headers["docker-content-digest"] == str(second)
    assert repo.http.get(f"{repo.url}/manifests/{first}").status_code == 200


def test_pushing_again_changes_nothing(repo: Repo) -> None:
    assert repo.push_image("v1") == repo.push_image("v1")
    assert repo.http.get(f"{repo.url}/tags/list").json()["tags"] == ["v1"]


def test_a_manifest_of_4_mebibytes_is_taken(repo: Repo) -> None:
    annotations = {f"filler-{number}": "x" * 10_000 for number in range(430)}
    document = repo.image_document(b"config", b"layer", annotations=annotations)
    assert len(json.dumps(document)) > 4 << 20
    assert repo.put_manifest(document, "large").status_code == 201
    assert repo.http.get(f"{repo.url}/manifests/large").json() == document


def test_a_subject_is_acknowledged_even_where_it_is_absent(repo: Repo) -> None:
    subject = Digest.of(b"to come")
    document = repo.image_document(
        b"{}", b"signature", subject=descriptor(subject, 7, media_types.OCI_MANIFEST)
    )
    answer = repo.put_manifest(document, "signature")
    assert answer.status_code == 201
    assert answer.headers["oci-subject"] == str(subject)


def test_whoever_analyses_is_told_of_every_push(repo: Repo, registry: Registry) -> None:
    digest = repo.push_image("v1")
    assert (repo.name, digest, media_types.OCI_MANIFEST) in registry.pushed


def test_every_push_is_in_the_audit_log(repo: Repo, registry: Registry) -> None:
    digest = repo.push_image("v1")
    with registry.records.read() as kept:
        entries = [
            entry.event
            for entry in kept.audit.page(limit=10_000, newest_first=False).items
            if entry.event.subject.startswith(repo.name)
        ]
    assert [event.action for event in entries] == ["blob.push", "blob.push", "manifest.push", "tag.move"]
    assert {event.actor for event in entries} == {"person:admin"}
    assert entries[2].subject == f"{repo.name}@{digest}"
    assert entries[3].subject == f"{repo.name}:v1"
    assert entries[3].details == {"before": "", "after": str(digest)}


def test_an_artifact_manifest_is_kept_listed_and_warned_of(repo: Repo) -> None:
    subject = repo.push_image("v1")
    blob = repo.push_blob(b"an sbom")
    document = {
        "mediaType": media_types.OCI_ARTIFACT_MANIFEST,
        "artifactType": "application/vnd.example.sbom",
        "blobs": [descriptor(blob, 7, "application/json")],
        "subject": descriptor(subject, 1, media_types.OCI_MANIFEST),
    }
    answer = repo.put_manifest(document, "sbom")
    assert answer.status_code == 201
    assert answer.headers["oci-subject"] == str(subject)
    assert answer.headers["warning"].startswith('299 - "artifact manifests were dropped')
    pulled = repo.http.get(f"{repo.url}/manifests/sbom")
    assert pulled.headers["content-type"] == media_types.OCI_ARTIFACT_MANIFEST
    assert pulled.content == json.dumps(document).encode()
    listed = repo.http.get(f"{repo.url}/referrers/{subject}").json()["manifests"]
    assert [(each["mediaType"], each["artifactType"]) for each in listed] == [
        (media_types.OCI_ARTIFACT_MANIFEST, "application/vnd.example.sbom")
    ]
    document["blobs"] = [descriptor(Digest.of(b"absent"), 6, "application/json")]
    assert error_codes(repo.put_manifest(document, "sbom")) == ["MANIFEST_BLOB_UNKNOWN"]


def test_media_types_that_nobody_knows_are_kept_and_the_empty_config_too(repo: Repo) -> None:
    empty = repo.push_blob(b"{}")
    model = repo.push_blob(b"weights")
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "artifactType": "application/x.nobody.knows+cbor",
        "config": descriptor(empty, 2, media_types.OCI_EMPTY) | {"data": "e30="},
        "layers": [
            descriptor(model, 7, "application/x.weights"),
            descriptor(empty, 2, media_types.OCI_EMPTY),
        ],
    }
    assert repo.put_manifest(document, "model").status_code == 201
    assert repo.http.get(f"{repo.url}/manifests/model").json() == document


def test_a_manifest_over_the_limit_is_413_with_the_limit(repo: Repo, registry: Registry) -> None:
    limit = registry.limits.manifest_bytes
    raw = b'{"schemaVersion":2' + b" " * limit + b"}"
    headers = {"content-type": media_types.OCI_MANIFEST}
    answer = repo.http.put(f"{repo.url}/manifests/huge", content=raw, headers=headers)
    assert answer.status_code == 413
    assert error_codes(answer) == ["MANIFEST_INVALID"]
    assert answer.json()["errors"][0]["detail"] == {"limit": limit}


def test_everything_may_be_addressed_by_sha_512(repo: Repo) -> None:
    config, layer = (repo.push_blob(content, "sha512") for content in (b"config", b"layer"))
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": descriptor(config, 6, media_types.OCI_CONFIG),
        "layers": [descriptor(layer, 5, media_types.OCI_LAYER_TAR)],
    }
    digest = Digest.of(json.dumps(document).encode(), "sha512")
    pushed = repo.put_manifest(document, str(digest), tag="by-512")
    assert pushed.status_code == 201
    assert repo.http.head(f"{repo.url}/manifests/by-512").headers["docker-content-digest"] == str(digest)
    ranged = repo.http.get(f"{repo.url}/blobs/{layer}", headers={"range": "bytes=1-3"})
    assert (ranged.status_code, ranged.content) == (206, b"aye")

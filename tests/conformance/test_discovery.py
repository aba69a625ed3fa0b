"""OCI distribution-spec v1.1, "Content Discovery"."""

import json
import re
from typing import Any

import httpx
import pytest

from lading.oci import media_types
from lading.oci.digest import Digest
from tests.conformance.conftest import Repo, descriptor, error_codes

SIGNATURE, SBOM = "application/vnd.example.signature", "application/vnd.example.sbom"


def _follow(http: httpx.Client, url: str, member: str) -> list[list[Any]]:
    """Every page of a list, by its Link headers."""
    pages = []
    while url:
        answer = http.get(url)
        assert answer.status_code == 200
        pages.append(answer.json()[member])
        link = answer.headers.get("link", "")
        found = re.fullmatch(r'<([^>]+)>; rel="next"', link) if link else None
        assert bool(link) == bool(found)
        url = found[1] if found else ""
    return pages


def test_tags_are_listed_in_order(repo: Repo) -> None:
    for tag in ("v2", "v10", "latest", "V1", "_x", "1"):
        repo.push_image(tag)
    answer = repo.http.get(f"{repo.url}/tags/list")
    assert answer.status_code == 200
    assert answer.json() == {"name": repo.name, "tags": sorted(["v2", "v10", "latest", "V1", "_x", "1"])}


def test_tags_come_in_pages_that_hold_each_once(repo: Repo) -> None:
    document = repo.image_document(b"config", b"layer")
    tags = [f"t{number:02}" for number in range(11)]
    for tag in tags:
        assert repo.put_manifest(document, tag).status_code == 201
    pages = _follow(repo.http, f"{repo.url}/tags/list?n=4", "tags")
    assert [len(page) for page in pages] == [4, 4, 3]
    assert [tag for page in pages for tag in page] == tags


def test_last_names_a_tag_that_need_not_exist(repo: Repo) -> None:
    for tag in ("a", "c", "e"):
        repo.push_image(tag)
    assert repo.http.get(f"{repo.url}/tags/list?last=b").json()["tags"] == ["c", "e"]
    assert repo.http.get(f"{repo.url}/tags/list?n=1&last=c").json()["tags"] == ["e"]
    assert repo.http.get(f"{repo.url}/tags/list?last=z").json()["tags"] == []


def test_n_of_zero_gives_no_tags_and_no_link(repo: Repo) -> None:
    repo.push_image("v1")
    answer = repo.http.get(f"{repo.url}/tags/list?n=0")
    assert answer.json()["tags"] == []
    assert "link" not in answer.headers


@pytest.mark.parametrize("n", ["-1", "many", "1e3"])
def test_an_n_that_is_no_number_is_refused(repo: Repo, n: str) -> None:
    repo.push_image("v1")
    assert repo.http.get(f"{repo.url}/tags/list", params={"n": n}).status_code == 400


def test_tags_of_an_absent_repository_are_404(repo: Repo) -> None:
    answer = repo.http.get(f"{repo.url}/tags/list")
    assert answer.status_code == 404
    assert error_codes(answer) == ["NAME_UNKNOWN"]


def _attach(repo: Repo, subject: Digest, size: int, artifact_type: str, **annotations: str) -> Digest:
    empty = repo.push_blob(b"{}")
    payload = f"{artifact_type} {annotations}".encode()
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "artifactType": artifact_type,
        "config": descriptor(empty, 2, media_types.OCI_EMPTY),
        "layers": [descriptor(repo.push_blob(payload), len(payload), artifact_type)],
        "subject": descriptor(subject, size, media_types.OCI_MANIFEST),
        "annotations": annotations,
    }
    answer = repo.put_manifest(document, str(Digest.of(json.dumps(document).encode())))
    assert answer.status_code == 201, answer.text
    assert answer.headers["oci-subject"] == str(subject)
    return Digest.parse(answer.headers["docker-content-digest"])


def test_referrers_are_an_index_with_types_and_annotations(repo: Repo) -> None:
    image = repo.push_image("v1")
    signature = _attach(repo, image, 1, SIGNATURE, by="ann")
    sbom = _attach(repo, image, 1, SBOM)
    answer = repo.http.get(f"{repo.url}/referrers/{image}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_types.OCI_INDEX
    assert "oci-filters-applied" not in answer.headers
    document = answer.json()
    assert document["schemaVersion"] == 2
    assert document["mediaType"] == media_types.OCI_INDEX
    found = {entry["digest"]: entry for entry in document["manifests"]}
    assert set(found) == {str(signature), str(sbom)}
    assert found[str(signature)]["artifactType"] == SIGNATURE
    assert found[str(signature)]["annotations"] == {"by": "ann"}
    assert found[str(sbom)]["mediaType"] == media_types.OCI_MANIFEST
    assert found[str(sbom)]["size"] > 0


def test_referrers_are_filtered_by_type(repo: Repo) -> None:
    image = repo.push_image("v1")
    _attach(repo, image, 1, SIGNATURE)
    sbom = _attach(repo, image, 1, SBOM)
    answer = repo.http.get(f"{repo.url}/referrers/{image}", params={"artifactType": SBOM})
    assert answer.headers["oci-filters-applied"] == "artifactType"
    assert [entry["digest"] for entry in answer.json()["manifests"]] == [str(sbom)]
    nothing = repo.http.get(f"{repo.url}/referrers/{image}", params={"artifactType": "application/none"})
    assert nothing.json()["manifests"] == []


def test_nobody_refers_to_what_is_unknown_and_that_is_no_error(repo: Repo) -> None:
    answer = repo.http.get(f"{repo.url}/referrers/{Digest.of(b'unknown')}")
    assert answer.status_code == 200
    assert answer.json()["manifests"] == []


def test_referrers_of_what_is_no_digest_are_refused(repo: Repo) -> None:
    answer = repo.http.get(f"{repo.url}/referrers/latest")
    assert answer.status_code == 400


def test_a_deleted_referrer_is_no_longer_listed(repo: Repo) -> None:
    image = repo.push_image("v1")
    signature = _attach(repo, image, 1, SIGNATURE)
    assert repo.http.delete(f"{repo.url}/manifests/{signature}").status_code == 202
    assert repo.http.get(f"{repo.url}/referrers/{image}").json()["manifests"] == []


def test_many_referrers_come_in_pages(repo: Repo) -> None:
    image = repo.push_image("v1")
    wanted = {str(_attach(repo, image, 1, SIGNATURE, number=str(number))) for number in range(20)}
    pages = _follow(repo.http, f"{repo.url}/referrers/{image}?n=10&artifactType={SIGNATURE}", "manifests")
    assert len(pages) > 1
    found = [entry["digest"] for page in pages for entry in page]
    assert len(found) == 20
    assert set(found) == wanted


def test_long_annotations_make_short_pages(repo: Repo) -> None:
    image = repo.push_image("v1")
    for number in range(20):
        _attach(repo, image, 1, SIGNATURE, number=str(number), text="x" * 400_000)
    pages = _follow(repo.http, f"{repo.url}/referrers/{image}", "manifests")
    assert [len(page) for page in pages] == [16, 4]


def test_the_catalog_lists_repositories_in_pages(repo: Repo) -> None:
    for suffix in ("a", "b", "c"):
        Repo(repo.http, f"{repo.name}/{suffix}").push_image("latest")
    names = [name for page in _follow(repo.http, "/v2/_catalog?n=2", "repositories") for name in page]
    assert names == sorted(set(names))
    assert {f"{repo.name}/{suffix}" for suffix in "abc"} <= set(names)

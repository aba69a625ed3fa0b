"""OCI distribution-spec v1.1, "Content Management"."""

from lading.oci import media_types
from lading.oci.digest import Digest
from tests.conformance.conftest import Repo, descriptor, error_codes


def test_a_deleted_tag_is_gone_and_its_manifest_stays(repo: Repo) -> None:
    digest = repo.push_image("v1")
    assert repo.http.delete(f"{repo.url}/manifests/v1").status_code == 202
    assert repo.http.get(f"{repo.url}/manifests/v1").status_code == 404
    assert repo.http.get(f"{repo.url}/manifests/{digest}").status_code == 200
    assert repo.http.get(f"{repo.url}/tags/list").json()["tags"] == []
    assert error_codes(repo.http.delete(f"{repo.url}/manifests/v1")) == ["MANIFEST_UNKNOWN"]


def test_a_deleted_manifest_is_gone_with_its_tags(repo: Repo) -> None:
    digest = repo.push_image("v1")
    repo.push_image("other", layer=b"other")
    assert repo.http.get(f"{repo.url}/manifests/v1").status_code == 200  # warm the caches
    assert repo.http.delete(f"{repo.url}/manifests/{digest}").status_code == 202
    for reference in ("v1", str(digest)):
        assert repo.http.get(f"{repo.url}/manifests/{reference}").status_code == 404
    assert repo.http.get(f"{repo.url}/tags/list").json()["tags"] == ["other"]
    assert repo.http.delete(f"{repo.url}/manifests/{digest}").status_code == 404


def test_a_manifest_that_an_index_lists_is_kept(repo: Repo) -> None:
    image = repo.push_image("one")
    index = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_INDEX,
        "manifests": [descriptor(image, 1, media_types.OCI_MANIFEST)],
    }
    listed = repo.put_manifest(index, "all").headers["docker-content-digest"]
    refused = repo.http.delete(f"{repo.url}/manifests/{image}")
    assert refused.status_code == 405
    assert error_codes(refused) == ["UNSUPPORTED"]
    assert refused.json()["errors"][0]["detail"] == {"indexes": [listed]}
    assert repo.http.delete(f"{repo.url}/manifests/{listed}").status_code == 202
    assert repo.http.delete(f"{repo.url}/manifests/{image}").status_code == 202


def test_a_deleted_blob_is_gone_here_and_stays_elsewhere(repo: Repo) -> None:
    digest = repo.push_blob(b"shared")
    other = Repo(repo.http, f"{repo.name}-other")
    assert other.begin(mount=str(digest)).status_code == 201
    assert repo.http.head(f"{repo.url}/blobs/{digest}").status_code == 200  # warm the caches
    assert repo.http.delete(f"{repo.url}/blobs/{digest}").status_code == 202
    assert repo.http.head(f"{repo.url}/blobs/{digest}").status_code == 404
    assert repo.http.get(f"{repo.url}/blobs/{digest}").status_code == 404
    assert repo.http.get(f"{other.url}/blobs/{digest}").content == b"shared"
    assert error_codes(repo.http.delete(f"{repo.url}/blobs/{digest}")) == ["BLOB_UNKNOWN"]


def test_a_blob_that_a_manifest_needs_is_kept(repo: Repo) -> None:
    image = repo.push_image("v1", layer=b"needed")
    layer = Digest.of(b"needed")
    refused = repo.http.delete(f"{repo.url}/blobs/{layer}")
    assert refused.status_code == 405
    assert refused.json()["errors"][0]["detail"] == {"manifests": [str(image)]}
    assert repo.http.get(f"{repo.url}/blobs/{layer}").status_code == 200
    assert repo.http.delete(f"{repo.url}/manifests/{image}").status_code == 202
    assert repo.http.delete(f"{repo.url}/blobs/{layer}").status_code == 202

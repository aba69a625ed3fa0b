"""Manifests are read in one way only, whatever the sender calls them."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.foundation.errors import LadingError, Malformed, OverLimit
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.oci.manifest import MAX_MANIFEST_BYTES, Index, Manifest, manifest_descriptor, parse_manifest

CONFIG = {"mediaType": media_types.OCI_CONFIG, "digest": str(Digest.of(b"{}")), "size": 2}
LAYER = {"mediaType": media_types.OCI_LAYER_GZIP, "digest": str(Digest.of(b"layer")), "size": 5}


def image(**members: Any) -> bytes:
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": CONFIG,
        "layers": [LAYER],
    }
    return json.dumps({**document, **members}).encode()


def test_an_image_manifest_is_read() -> None:
    manifest = parse_manifest(image(), media_types.OCI_MANIFEST)
    assert isinstance(manifest, Manifest)
    assert [str(blob.digest) for blob in manifest.iter_blobs()] == [CONFIG["digest"], LAYER["digest"]]
    assert manifest.is_image
    assert manifest_descriptor(manifest).digest == Digest.of(image())


def test_an_index_is_read_with_its_platforms() -> None:
    child = {
        "mediaType": media_types.OCI_MANIFEST,
        "digest": str(Digest.of(b"m")),
        "size": 1,
        "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"},
    }
    document = json.dumps(
        {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": [child]}
    ).encode()
    index = parse_manifest(document)
    assert isinstance(index, Index)
    assert str(index.manifests[0].platform) == "linux/arm64/v8"
    assert index.manifests[0].to_json() == child


def test_an_artifact_is_not_an_image() -> None:
    empty = {"mediaType": media_types.OCI_EMPTY, "digest": str(Digest.of(b"{}")), "size": 2}
    artifact = parse_manifest(image(config=empty, artifactType="application/vnd.example", subject=LAYER))
    assert isinstance(artifact, Manifest)
    assert not artifact.is_image
    assert artifact.artifact_type == "application/vnd.example"
    assert artifact.subject is not None


def test_an_artifact_without_a_type_takes_that_of_its_config() -> None:
    chart = parse_manifest(image(config={**CONFIG, "mediaType": "application/vnd.cncf.helm.config.v1+json"}))
    assert chart.artifact_type == "application/vnd.cncf.helm.config.v1+json"


def artifact(**members: Any) -> bytes:
    document = {"mediaType": media_types.OCI_ARTIFACT_MANIFEST, "artifactType": "a/b", "blobs": [LAYER]}
    return json.dumps(document | members).encode()


def test_an_artifact_manifest_has_blobs_and_needs_no_config() -> None:
    found = parse_manifest(artifact())
    assert isinstance(found, Manifest)
    assert not found.is_image
    assert [str(blob.digest) for blob in found.iter_blobs()] == [LAYER["digest"]]
    assert parse_manifest(artifact(blobs=None)).artifact_type == "a/b"


def test_a_manifest_without_media_type_is_told_by_content_type_or_members() -> None:
    plain = json.loads(image())
    del plain["mediaType"]
    raw = json.dumps(plain).encode()
    assert parse_manifest(raw).media_type == media_types.OCI_MANIFEST
    docker = parse_manifest(raw, "application/vnd.docker.distribution.manifest.v2+json; charset=utf-8")
    assert docker.media_type == media_types.DOCKER_MANIFEST


@pytest.mark.parametrize(
    ("raw", "content_type", "code"),
    [
        (image(), media_types.OCI_INDEX, "manifest-ambiguous"),
        (image(manifests=[]), "", "manifest-ambiguous"),
        (image(fsLayers=[]), "", "manifest-ambiguous"),
        (image(mediaType=media_types.OCI_INDEX, manifests=[]), "", "manifest-ambiguous"),
        (image(schemaVersion=1), "", "manifest-invalid"),
        (image(mediaType="text/html"), "", "manifest-unknown-type"),
        (image(mediaType=7), "", "manifest-invalid"),
        (image(config=None), "", "manifest-invalid"),
        (image(layers={}), "", "manifest-invalid"),
        (image(layers=[{**LAYER, "size": -1}]), "", "manifest-invalid"),
        (image(layers=[{**LAYER, "size": True}]), "", "manifest-invalid"),
        (image(layers=[{**LAYER, "size": 1 << 60}]), "", "manifest-invalid"),
        (image(layers=[{**LAYER, "digest": "sha256:00"}]), "", "digest-invalid"),
        (image(layers=[{**LAYER, "annotations": {"a": 1}}]), "", "manifest-invalid"),
        (image(annotations=[]), "", "manifest-invalid"),
        (image(subject="sha256:00"), "", "manifest-invalid"),
        (image(artifactType=1), "", "manifest-invalid"),
        (artifact(artifactType=""), "", "manifest-invalid"),
        (artifact(layers=[]), "", "manifest-ambiguous"),
        (artifact(blobs=[{}]), "", "manifest-invalid"),
        (artifact(), media_types.OCI_MANIFEST, "manifest-ambiguous"),
        (b'{"schemaVersion": 2, "layers": [], "layers": []}', "", "json-ambiguous"),
        (b"\xff", "", "json-not-utf8"),
    ],
)
def test_what_is_no_manifest_is_refused_with_the_reason(raw: bytes, content_type: str, code: str) -> None:
    with pytest.raises(LadingError) as caught:
        parse_manifest(raw, content_type)
    assert caught.value.code == code


def test_the_place_of_a_fault_is_named() -> None:
    with pytest.raises(Malformed, match=r"layers\[1\]\.size"):
        parse_manifest(image(layers=[LAYER, {**LAYER, "size": "5"}]))


def test_a_manifest_over_the_limit_is_refused() -> None:
    with pytest.raises(OverLimit):
        parse_manifest(image(annotations={"a": "x" * MAX_MANIFEST_BYTES}))


@given(
    st.dictionaries(
        st.sampled_from(
            ["schemaVersion", "mediaType", "config", "layers", "manifests", "subject", "annotations"]
        ),
        st.none() | st.integers() | st.text() | st.just([]) | st.just([LAYER]) | st.just(CONFIG) | st.just(2),
    )
)
def test_any_object_is_read_or_refused_by_an_error_of_ours(document: dict[str, Any]) -> None:
    with contextlib.suppress(LadingError):
        parse_manifest(json.dumps(document).encode())


def test_a_manifest_of_a_type_that_nobody_here_knows_is_read_as_far_as_it_is_like_others() -> None:
    own = "application/vnd.example.model.manifest.v3+json"
    document = {
        "mediaType": own, "config": CONFIG, "layers": [LAYER], "weights": [LAYER],
        "subject": {**LAYER, "mediaType": media_types.OCI_MANIFEST},
    }  # fmt: skip
    read = parse_manifest(json.dumps(document).encode(), own)
    assert isinstance(read, Manifest)
    assert (read.media_type, read.artifact_type, read.is_image) == (own, own, False)
    assert [str(blob.digest) for blob in read.iter_blobs()] == [CONFIG["digest"], LAYER["digest"]]
    assert read.subject is not None
    listing = parse_manifest(
        json.dumps({"mediaType": own, "manifests": [LAYER], "artifactType": "a/b"}).encode()
    )
    assert isinstance(listing, Index)
    assert listing.artifact_type == "a/b"
    assert parse_manifest(json.dumps({"mediaType": own}).encode()).media_type == own


@pytest.mark.parametrize(
    ("document", "content_type", "code"),
    [
        (
            {"schemaVersion": 2},
            "application/vnd.example.v1+json",
            "manifest-unknown-type",
        ),  # not in the bytes
        ({"mediaType": "application/json"}, "", "manifest-unknown-type"),
        ({"mediaType": "application/vnd.example.v1+xml"}, "", "manifest-unknown-type"),
        ({"mediaType": "text/vnd.example+json"}, "", "manifest-unknown-type"),
        ({"mediaType": "application/vnd.docker.distribution.manifest.v1+json"}, "", "manifest-unknown-type"),
        ({"mediaType": "application/vnd.example+json\n"}, "", "manifest-unknown-type"),
        ({"mediaType": "application/vnd.example+json"}, "application/vnd.other+json", "manifest-ambiguous"),
        ({"mediaType": "application/vnd.example+json", "fsLayers": []}, "", "manifest-ambiguous"),
        (
            {"mediaType": "application/vnd.example+json", "manifests": [], "layers": []},
            "",
            "manifest-ambiguous",
        ),
        ({"mediaType": "application/vnd.example+json", "layers": "x"}, "", "manifest-invalid"),
        ({"mediaType": "application/vnd.example+json", "config": {}}, "", "manifest-invalid"),
    ],
)
def test_what_is_no_manifest_of_any_type_is_refused(
    document: dict[str, Any], content_type: str, code: str
) -> None:
    with pytest.raises(Malformed) as refused:
        parse_manifest(json.dumps(document).encode(), content_type)
    assert refused.value.code == code

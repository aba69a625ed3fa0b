import json

import pytest

from lading.foundation.errors import Malformed
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.oci.manifest import Manifest, parse_manifest
from lading.oci.media_types import OCI_MANIFEST
from lading.signing import cosign
from lading.signing.cosign import ArtifactKind

IMAGE = Digest.of(b"an image")


def read_manifest(raw: bytes) -> Manifest:
    manifest = parse_manifest(raw)
    assert isinstance(manifest, Manifest)
    return manifest


def test_a_payload_is_written_in_the_form_that_cosign_writes() -> None:
    raw = cosign.build_payload("registry.example.org/team/app", IMAGE)
    assert raw == (
        b'{"critical":{"identity":{"docker-reference":"registry.example.org/team/app"},'
        b'"image":{"docker-manifest-digest":"' + str(IMAGE).encode() + b'"},'
        b'"type":"cosign container image signature"},"optional":null}'
    )


def test_a_payload_is_read_back_with_its_annotations() -> None:
    found = cosign.parse_payload(cosign.build_payload("a/b", IMAGE, {"commit": "c0ffee"}))
    assert (found.docker_reference, found.digest, dict(found.optional)) == (
        "a/b",
        IMAGE,
        {"commit": "c0ffee"},
    )


def test_tags_are_made_of_the_subjects_digest() -> None:
    assert cosign.artifact_tag(IMAGE, ArtifactKind.SIGNATURES) == f"sha256-{IMAGE.hex}.sig"
    assert cosign.artifact_tag(IMAGE, ArtifactKind.ATTESTATIONS) == f"sha256-{IMAGE.hex}.att"


def test_a_tag_manifest_gathers_signatures_and_is_no_image() -> None:
    layers = [cosign.signature_layer(b"one", "AAAA"), cosign.signature_layer(b"two", "BBBB")]
    config = cosign.build_config(layers)
    manifest = read_manifest(cosign.build_tag_manifest(config, layers))
    assert not manifest.is_image
    assert manifest.config.digest == Digest.of(config)
    assert json.loads(config)["rootfs"]["diff_ids"] == [str(layer.digest) for layer in layers]
    assert cosign.layers_of(manifest, ArtifactKind.SIGNATURES) == tuple(layers)
    assert cosign.layers_of(manifest, ArtifactKind.ATTESTATIONS) == ()


def test_a_referrer_manifest_names_its_subject_and_shows_its_kind() -> None:
    layer = cosign.attestation_layer(b"{}", "https://cyclonedx.org/bom")
    config = cosign.build_config([layer])
    subject = Descriptor(OCI_MANIFEST, IMAGE, 8, annotations={"not": "copied"})
    manifest = read_manifest(
        cosign.build_referrer_manifest(config, [layer], subject, ArtifactKind.ATTESTATIONS)
    )
    assert manifest.subject == Descriptor(OCI_MANIFEST, IMAGE, 8)
    assert manifest.artifact_type == "application/vnd.dev.cosign.artifact.att.v1+json"
    assert cosign.layers_of(manifest, ArtifactKind.ATTESTATIONS) == (layer,)


def test_a_signature_is_gathered_once_and_two_over_one_payload_both_stay() -> None:
    first, second = cosign.signature_layer(b"one", "AAAA"), cosign.signature_layer(b"one", "BBBB")
    layers = cosign.merge_layers(cosign.merge_layers((), first), second)
    assert layers == (first, second)
    assert cosign.merge_layers(layers, first) == layers


def test_absurdly_many_signatures_in_one_manifest_are_refused() -> None:
    layers = [
        cosign.signature_layer(b"one", str(number)) for number in range(cosign.MAX_SIGNATURE_LAYERS + 1)
    ]
    manifest = read_manifest(cosign.build_tag_manifest(b"{}", layers))
    with pytest.raises(Malformed):
        cosign.layers_of(manifest, ArtifactKind.SIGNATURES)

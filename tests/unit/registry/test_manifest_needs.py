import json
from typing import Any

from lading.oci import media_types
from lading.oci.digest import Digest
from lading.oci.manifest import parse_manifest
from lading.registry.manifest_needs import needs_of


def _descriptor(content: bytes, media_type: str) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": str(Digest.of(content)), "size": len(content)}


def test_an_image_needs_its_config_and_layers_once_each() -> None:
    layer = _descriptor(b"layer", media_types.OCI_LAYER_GZIP)
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": _descriptor(b"config", media_types.OCI_CONFIG),
        "layers": [layer, layer, _descriptor(b"other", media_types.OCI_LAYER_ZSTD)],
        "subject": _descriptor(b"not here yet", media_types.OCI_MANIFEST),
    }
    needs = needs_of(parse_manifest(json.dumps(document).encode()))
    assert needs.blobs == (Digest.of(b"config"), Digest.of(b"layer"), Digest.of(b"other"))
    assert needs.manifests == ()
    assert needs.either == ()


def test_layers_that_may_live_elsewhere_are_not_needed() -> None:
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.DOCKER_MANIFEST,
        "config": _descriptor(b"config", media_types.DOCKER_CONFIG),
        "layers": [
            _descriptor(b"a", media_types.DOCKER_LAYER_FOREIGN),
            _descriptor(b"b", "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"),
            _descriptor(b"c", media_types.DOCKER_LAYER_GZIP),
        ],
    }
    needs = needs_of(parse_manifest(json.dumps(document).encode()))
    assert needs.blobs == (Digest.of(b"config"), Digest.of(b"c"))


def test_an_index_needs_its_manifests_and_takes_other_entries_as_either() -> None:
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_INDEX,
        "manifests": [
            _descriptor(b"amd64", media_types.OCI_MANIFEST),
            _descriptor(b"nested", media_types.OCI_INDEX),
            _descriptor(b"something", "application/vnd.example.thing"),
        ],
    }
    needs = needs_of(parse_manifest(json.dumps(document).encode()))
    assert needs.blobs == ()
    assert needs.manifests == (Digest.of(b"amd64"), Digest.of(b"nested"))
    assert needs.either == (Digest.of(b"something"),)

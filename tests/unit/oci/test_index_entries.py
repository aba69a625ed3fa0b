"""BuildKit's attestations go with their image, and what claims to be one cannot hide an image's platform."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lading.oci import media_types
from lading.oci.digest import Digest
from lading.oci.index_entries import IndexEntries, kind_of, sort_entries
from lading.oci.manifest import Index, parse_manifest

AMD, ARM, ATTESTED = (str(Digest.of(name)) for name in (b"amd64", b"arm64", b"attestation"))


def entry(digest: str, platform: str = "", **annotations: str) -> dict[str, Any]:
    system, _, architecture = platform.partition("/")
    document: dict[str, Any] = {"mediaType": media_types.OCI_MANIFEST, "digest": digest, "size": 1}
    if platform:
        document["platform"] = {"os": system, "architecture": architecture}
    return document | ({"annotations": annotations} if annotations else {})


def sort(*entries: dict[str, Any]) -> IndexEntries:
    raw = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": list(entries)}
    index = parse_manifest(json.dumps(raw).encode())
    assert isinstance(index, Index)
    return sort_entries(index)


def attestation(about: str, platform: str = "unknown/unknown") -> dict[str, Any]:
    notes = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": about}
    return entry(ATTESTED, platform, **notes)


def test_an_attestation_goes_with_the_image_that_it_names() -> None:
    found = sort(entry(AMD, "linux/amd64"), entry(ARM, "linux/arm64"), attestation(ARM))
    assert [str(each.digest) for each in found.platforms] == [AMD, ARM]
    assert {
        str(image): [kind_of(each) for each in with_it] for image, with_it in found.accessories.items()
    } == {ARM: ["attestation-manifest"]}
    assert found.others == ()


def test_an_attestation_of_what_is_not_listed_is_no_platform_either() -> None:
    for about in (ARM, "", "no digest", "sha256:"):
        found = sort(entry(AMD, "linux/amd64"), attestation(about))
        assert [str(each.digest) for each in found.platforms] == [AMD]
        assert len(found.others) == 1


def test_an_image_without_a_platform_is_still_an_image() -> None:
    assert len(sort(entry(AMD)).platforms) == 1
    assert sort(entry(AMD, "unknown/unknown")).platforms == ()


@given(st.lists(st.sampled_from([entry(AMD, "linux/amd64"), entry(ARM), attestation(AMD), attestation(ARM)])))
def test_every_entry_is_in_exactly_one_place(entries: list[dict[str, Any]]) -> None:
    found = sort(*entries)
    accessories = [each for with_it in found.accessories.values() for each in with_it]
    assert len(found.platforms) + len(accessories) + len(found.others) == len(entries)

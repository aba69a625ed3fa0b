"""Bills of materials of others beside what was found in an image."""

import base64
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext

import pytest

from lading.adapters.sql.engine import SqlRecords, open_memory
from lading.cataloging.image_contents import combine
from lading.oci import media_types
from lading.oci.artifact import EMPTY, artifact_manifest
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.workflows.compare_sboms import compare_sboms
from tests.support.analyses import ANALYSER, AT, deb, digest, image_record, layer, status

BASE = layer("base", status(deb("bash", "5.2-1"), deb("curl", "7.88-1")))
CYCLONEDX = {
    "bomFormat": "CycloneDX",
    "components": [
        {"type": "library", "name": "bash", "purl": "pkg:deb/debian/bash@5.2-1?distro=debian-12"},
        {"type": "library", "name": "curl", "purl": "pkg:deb/debian/curl@7.87-1?distro=debian-12"},
        {"type": "library", "name": "wget", "purl": "pkg:deb/debian/wget@1-1?distro=debian-12"},
        {"type": "library", "name": "mystery"},
    ],
}


class Attached:
    """A ClaimSource of what was put into it."""

    def __init__(self, tags: Mapping[str, bytes] | None = None) -> None:
        self._tags = dict(tags or {})
        self._content: dict[Digest, bytes] = {}
        self._referrers: list[tuple[str, Descriptor]] = []

    def attach(self, image: Digest, type_: str, content: bytes) -> Digest:
        blob = Digest.of(content)
        subject = Descriptor(media_types.OCI_MANIFEST, image, 1)
        raw = artifact_manifest(type_, Descriptor(type_, blob, len(content)), subject, {})
        self._content |= {blob: content, Digest.of(raw): raw}
        entry = Descriptor(media_types.OCI_MANIFEST, Digest.of(raw), len(raw), artifact_type=type_)
        self._referrers.append((type_, entry))
        return entry.digest

    def attest(self, image: Digest, statement: object) -> None:
        payload = base64.b64encode(json.dumps(statement).encode()).decode()
        signature = {"sig": base64.b64encode(b"x").decode()}
        envelope = json.dumps(
            {"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": [signature]}
        ).encode()
        blob = Digest.of(envelope)
        self._content[blob] = envelope
        manifest = {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": EMPTY.to_json(),
            "layers": [Descriptor(media_types.DSSE_ENVELOPE, blob, len(envelope)).to_json()],
        }
        self._tags[f"sha256-{image.hex}.att"] = json.dumps(manifest).encode()

    def at_once(self) -> AbstractContextManager["Attached"]:
        return nullcontext(self)

    def tagged_manifest(self, repository: str, tag: str) -> bytes | None:
        return self._tags.get(tag)

    def manifest(self, repository: str, digest: Digest) -> bytes | None:
        return self._content.get(digest)

    def referrers(
        self, repository: str, subject: Digest, artifact_types: Collection[str], limit: int
    ) -> list[Descriptor]:
        return [entry for type_, entry in self._referrers if type_ in artifact_types][:limit]

    def blob(self, repository: str, digest: Digest, max_bytes: int) -> bytes | None:
        return self._content.get(digest)

    def indexes_of(self, repository: str, manifest: Digest) -> list[Digest]:
        return []


@pytest.fixture
def records() -> Iterator[SqlRecords]:
    opened = open_memory()
    yield opened
    opened.close()


def analysed(records: SqlRecords) -> Digest:
    record = image_record("compared", [BASE])
    with records.write() as written:
        written.contents.save_layer(BASE, {}, blob=digest("blob"))
        written.contents.save_image(record)
        written.contents.finish_image(record.manifest, combine([BASE]), analyser=ANALYSER, at=AT)
    return record.manifest


def test_what_a_pushed_document_says_is_compared(records: SqlRecords) -> None:
    image, claims = analysed(records), Attached()
    origin = claims.attach(image, media_types.CYCLONEDX_JSON, json.dumps(CYCLONEDX).encode())
    (compared,) = compare_sboms(records, claims, "team/app", image)
    assert (compared.origin, compared.format, compared.attested) == (origin, "cyclonedx", False)
    differences = compared.differences
    assert differences is not None
    assert differences.agreed == 1
    assert [(each.declared.name, each.found) for each in differences.other_versions] == [
        ("curl", ("7.88-1",))
    ]
    assert [package.name for package in differences.not_found] == ["wget"]
    assert differences.unusable == ("mystery",)


def test_what_cosign_attested_is_compared(records: SqlRecords) -> None:
    image, claims = analysed(records), Attached()
    claims.attest(image, {"predicateType": "https://cyclonedx.org/bom", "predicate": CYCLONEDX})
    (compared,) = compare_sboms(records, claims, "team/app", image)
    assert compared.attested
    assert compared.differences is not None
    assert compared.differences.agreed == 1
    claims.attest(image, {"predicateType": "https://slsa.dev/provenance/v1", "predicate": {}})
    assert compare_sboms(records, claims, "team/app", image) == ()


def test_a_document_that_cannot_be_read_is_not_taken_for_one_that_agrees(records: SqlRecords) -> None:
    image, claims = analysed(records), Attached()
    claims.attach(image, media_types.SPDX_JSON, b"{}")
    (compared,) = compare_sboms(records, claims, "team/app", image)
    assert compared.differences is None
    assert "no bill of materials" in compared.reason


def test_an_image_with_no_document_of_others_has_nothing_to_compare(records: SqlRecords) -> None:
    assert compare_sboms(records, Attached(), "team/app", analysed(records)) == ()

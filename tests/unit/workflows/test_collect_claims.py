"""Every look-up may fail, and none of them may then look like "unsigned"."""

from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import pytest

from lading.foundation.errors import Upstream
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.oci.media_types import OCI_EMPTY, OCI_MANIFEST
from lading.signing import cosign
from lading.signing.claims import Subject
from lading.signing.cosign import ArtifactKind
from lading.signing.sigstore_bundle import BUNDLE_TYPE
from lading.signing.trust_policy_file import parse_trust_policy, write_trust_policy
from lading.signing.verdicts import Rejected, Step, Undetermined, Verdict, Verified
from lading.workflows.collect_claims import MAX_REFERRERS
from lading.workflows.verify_image import MAX_INDEXES, verify_image
from tests.support.registry import NOON
from tests.support.signers import p256

ALICE = p256("alice")
POLICY = parse_trust_policy(write_trust_policy({"alice": ALICE.public}))
SUBJECT = Subject("team/app", Digest.of(b"an image"))
PAYLOAD = cosign.build_payload("registry.example.org/team/app", SUBJECT.digest)
LAYER = cosign.signature_layer(PAYLOAD, ALICE.sign_text(PAYLOAD))
SIGNATURES = cosign.build_tag_manifest(cosign.build_config([LAYER]), [LAYER])
TAG = cosign.artifact_tag(SUBJECT.digest, ArtifactKind.SIGNATURES)


@dataclass
class Place:
    """A place that holds what it is told to, and fails where it is told to."""

    tags: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[Digest, bytes] = field(default_factory=dict)
    refers: dict[str, list[Digest]] = field(default_factory=dict)
    blobs: dict[Digest, bytes] = field(default_factory=dict)
    indexes: list[Digest] = field(default_factory=list)
    failing: str = ""

    def _look(self, what: str) -> None:
        if what == self.failing:
            raise Upstream("busy", "too many requests")

    def at_once(self) -> AbstractContextManager["Place"]:
        self._look("records")
        return nullcontext(self)

    def tagged_manifest(self, repository: str, tag: str) -> bytes | None:
        self._look("tag")
        return self.tags.get(tag)

    def manifest(self, repository: str, digest: Digest) -> bytes | None:
        self._look("manifest")
        return self.manifests.get(digest)

    def referrers(
        self, repository: str, subject: Digest, artifact_types: Collection[str], limit: int
    ) -> list[Descriptor]:
        self._look("referrers")
        found = []
        for type_ in artifact_types:
            self._look(f"referrers {type_}")
            found += [
                Descriptor(OCI_MANIFEST, digest, 1, artifact_type=type_)
                for digest in self.refers.get(type_, [])
            ]
        return found[:limit]

    def blob(self, repository: str, digest: Digest, max_bytes: int) -> bytes | None:
        self._look("blob")
        return self.blobs.get(digest)

    def indexes_of(self, repository: str, manifest: Digest) -> list[Digest]:
        self._look("indexes")
        return self.indexes


def signatures(place: Place) -> Verdict:
    return verify_image(place, POLICY, SUBJECT, NOON).signatures


def referring(raw: bytes, artifact_type: str = ArtifactKind.SIGNATURES.artifact_type) -> Place:
    return Place(manifests={Digest.of(raw): raw}, refers={artifact_type: [Digest.of(raw)]})


def test_an_empty_place_is_unsigned() -> None:
    assert signatures(Place()) == Rejected(Step.PRESENT, "there is no signature")


@pytest.mark.parametrize("failing", ["records", "tag", "referrers", f"referrers {BUNDLE_TYPE}", "indexes"])
def test_a_look_up_that_fails_is_not_unsigned(failing: str) -> None:
    found = signatures(Place(failing=failing))
    assert isinstance(found, Undetermined)
    assert found.reason == "too many requests"


@pytest.mark.parametrize("failing", ["tag", "referrers", "manifest", "indexes"])
def test_a_good_signature_counts_whatever_else_could_not_be_looked_up(failing: str) -> None:
    place = referring(SIGNATURES)
    place.tags[TAG] = SIGNATURES
    place.blobs[LAYER.digest] = PAYLOAD
    place.failing = failing
    assert isinstance(signatures(place), Verified)


def test_a_manifest_or_a_payload_that_is_listed_and_missing_is_not_unsigned() -> None:
    place = referring(SIGNATURES)
    assert signatures(place) == Undetermined(
        f"blob {LAYER.digest}", "a manifest names it, and it is not there"
    )
    place.manifests.clear()
    assert signatures(place) == Undetermined(
        f"manifest {Digest.of(SIGNATURES)}", "it is listed, and it is not there"
    )


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"schemaVersion":2,"schemaVersion":2}'])
def test_a_manifest_that_cannot_be_read_is_not_unsigned(raw: bytes) -> None:
    assert isinstance(signatures(Place(tags={TAG: raw})), Undetermined)
    assert isinstance(signatures(referring(raw)), Undetermined)


def test_more_referrers_than_are_worth_reading_are_not_unsigned() -> None:
    raw = cosign.build_tag_manifest(b"{}", [])
    place = referring(raw)
    place.refers = {ArtifactKind.SIGNATURES.artifact_type: [Digest.of(raw)] * (MAX_REFERRERS + 1)}
    assert isinstance(signatures(place), Undetermined)


def test_more_signatures_in_one_manifest_than_are_worth_reading_are_not_unsigned() -> None:
    layers = [cosign.signature_layer(b"", str(number)) for number in range(cosign.MAX_SIGNATURE_LAYERS + 1)]
    assert isinstance(signatures(Place(tags={TAG: cosign.build_tag_manifest(b"{}", layers)})), Undetermined)


def test_more_indexes_than_are_worth_reading_are_not_unsigned() -> None:
    indexes = [Digest.of(str(number).encode()) for number in range(MAX_INDEXES + 1)]
    assert isinstance(signatures(Place(indexes=indexes)), Undetermined)


def test_an_index_under_the_tag_and_a_bundle_manifest_of_two_layers_hold_no_signatures() -> None:
    index = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}'
    assert signatures(Place(tags={TAG: index})) == Rejected(Step.PRESENT, "there is no signature")
    layer = f'{{"mediaType":"{BUNDLE_TYPE}","digest":"{Digest.of(b"x")}","size":1}}'
    config = f'{{"mediaType":"{OCI_EMPTY}","digest":"{Digest.of(b"{}")}","size":2}}'
    two = f'{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","config":{config},"layers":[{layer},{layer}]}}'
    assert signatures(referring(two.encode(), BUNDLE_TYPE)) == Rejected(Step.PRESENT, "there is no signature")

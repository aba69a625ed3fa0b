"""One suite over every place where claims are looked for."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from lading.adapters.registry_claims import RegistryClaims
from lading.adapters.registry_client import RegistryClient
from lading.foundation.errors import LadingError, Upstream
from lading.oci.digest import Digest
from lading.oci.media_types import OCI_INDEX
from lading.ports.claim_source import ClaimSource
from lading.signing import cosign
from lading.signing.claims import Subject
from lading.signing.cosign import ArtifactKind
from lading.signing.trust_policy_file import parse_trust_policy, write_trust_policy
from lading.signing.verdicts import Rejected, Step, Undetermined, Verified
from lading.workflows.attach_claim import Claim, attach_claim
from lading.workflows.local_claims import LocalClaims
from lading.workflows.pull_manifest import find_manifest
from lading.workflows.verify_image import verify_image
from tests.support.distribution import ADMIN, memory_registry, serving
from tests.support.registry import NOON, ROOT, DrivenRegistry
from tests.support.signers import p256

ALICE = p256("alice")
POLICY = parse_trust_policy(write_trust_policy({"alice": ALICE.public}))
SIGNATURES = ArtifactKind.SIGNATURES.artifact_type


@pytest.fixture(scope="module")
def registry() -> Iterator[tuple[DrivenRegistry, str]]:
    served = memory_registry()
    records: Any = served.records
    with serving(served.app) as host:
        yield DrivenRegistry(records, served.blobs), host
    served.close()


@pytest.fixture(params=["local", "registry"])
def source(request: pytest.FixtureRequest, registry: tuple[DrivenRegistry, str]) -> Iterator[ClaimSource]:
    driven, host = registry
    if request.param == "local":
        yield LocalClaims(driven.records, driven.blobs)
        return
    client = RegistryClient(f"http://{host}", user=ADMIN[0], password=ADMIN[1])
    yield RegistryClaims(client)
    client.close()


def signed_image(driven: DrivenRegistry, name: str) -> tuple[Subject, bytes]:
    digest = driven.push_image("team/app", name=name)
    payload = cosign.build_payload("registry.example.org/team/app", digest)
    claim = Claim(ArtifactKind.SIGNATURES, payload, cosign.signature_layer(payload, ALICE.sign_text(payload)))
    attach_claim(driven.ports, ROOT, find_manifest(driven.records, ROOT, "team/app", digest), claim, NOON)
    return Subject("team/app", digest), payload


def test_what_is_there_is_found(registry: tuple[DrivenRegistry, str], source: ClaimSource) -> None:
    subject, payload = signed_image(registry[0], f"found {type(source)}")
    tagged = source.tagged_manifest("team/app", cosign.artifact_tag(subject.digest, ArtifactKind.SIGNATURES))
    assert tagged is not None
    assert source.manifest("team/app", Digest.of(tagged)) == tagged
    (referrer,) = source.referrers("team/app", subject.digest, (SIGNATURES,), 10)
    assert source.manifest("team/app", referrer.digest) is not None
    assert source.blob("team/app", Digest.of(payload), 10_000) == payload
    assert isinstance(verify_image(source, POLICY, subject, NOON).signatures, Verified)


def test_what_is_not_there_is_none_and_no_error(
    registry: tuple[DrivenRegistry, str], source: ClaimSource
) -> None:
    subject = Subject("team/app", registry[0].push_image("team/app", name="bare"))
    nothing = Digest.of(b"nothing")
    assert source.tagged_manifest("team/app", "none") is None
    assert source.manifest("team/app", nothing) is None
    assert source.blob("team/app", nothing, 10_000) is None
    assert source.referrers("team/app", subject.digest, (SIGNATURES,), 10) == []
    found = verify_image(source, POLICY, subject, NOON).signatures
    assert found == Rejected(Step.PRESENT, "there is no signature")


def test_only_referrers_of_the_type_are_given_and_no_more_than_asked_for(
    registry: tuple[DrivenRegistry, str], source: ClaimSource
) -> None:
    subject, _ = signed_image(registry[0], f"two kinds {type(source)}")
    image = find_manifest(registry[0].records, ROOT, "team/app", subject.digest)
    for number in range(3):
        payload = b"%d" % number
        claim = Claim(ArtifactKind.SIGNATURES, payload, cosign.signature_layer(payload, "AAAA"))
        attach_claim(registry[0].ports, ROOT, image, claim, NOON)
    other = cosign.attestation_layer(b"{}", "https://example.org/x")
    attach_claim(registry[0].ports, ROOT, image, Claim(ArtifactKind.ATTESTATIONS, b"{}", other), NOON)
    assert len(source.referrers("team/app", subject.digest, (SIGNATURES,), 10)) == 4
    assert len(source.referrers("team/app", subject.digest, (SIGNATURES,), 2)) == 2
    attestations = ArtifactKind.ATTESTATIONS.artifact_type
    assert len(source.referrers("team/app", subject.digest, (attestations,), 10)) == 1
    assert len(source.referrers("team/app", subject.digest, (attestations, SIGNATURES), 10)) == 5


def test_what_is_looked_up_at_once_is_what_is_looked_up_one_by_one(
    registry: tuple[DrivenRegistry, str], source: ClaimSource
) -> None:
    subject, payload = signed_image(registry[0], f"at once {type(source)}")
    index = registry[0].push_index("team/app", subject.digest)
    tag = cosign.artifact_tag(subject.digest, ArtifactKind.SIGNATURES)
    with source.at_once() as looking:
        tagged = looking.tagged_manifest("team/app", tag)
        assert tagged is not None
        assert looking.tagged_manifest("team/app", "none") is None
        assert looking.manifest("team/app", Digest.of(tagged)) == tagged
        assert looking.manifest("team/app", Digest.of(b"nothing")) is None
        assert len(looking.referrers("team/app", subject.digest, (SIGNATURES,), 10)) == 1
        assert looking.blob("team/app", Digest.of(payload), 10_000) == payload
        assert looking.blob("team/app", Digest.of(b"nothing"), 10_000) is None
        assert looking.indexes_of("team/app", subject.digest) in ([], [index])
        with looking.at_once() as again:
            assert again.manifest("team/app", Digest.of(tagged)) == tagged


# A registry that does not answer, or not as it should


def claims_of(answer: httpx.MockTransport) -> RegistryClaims:
    return RegistryClaims(RegistryClient("https://registry.example.org", transport=answer))


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_registry_that_is_throttled_or_broken_is_never_taken_for_unsigned(status: int) -> None:
    source = claims_of(httpx.MockTransport(lambda _request: httpx.Response(status)))
    found = verify_image(source, POLICY, Subject("team/app", Digest.of(b"image")), NOON).signatures
    assert isinstance(found, Undetermined)


def test_a_registry_that_cannot_be_reached_is_never_taken_for_unsigned() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    found = verify_image(
        claims_of(httpx.MockTransport(refuse)), POLICY, Subject("team/app", Digest.of(b"image")), NOON
    )
    assert isinstance(found.signatures, Undetermined)
    assert all(isinstance(verdict, Undetermined) for verdict in found.attestations.values())


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"schemaVersion":2,"manifests":[{}]}', b"x" * 100])
def test_a_list_of_referrers_that_is_nonsense_is_an_error(body: bytes) -> None:
    source = claims_of(httpx.MockTransport(lambda _request: httpx.Response(200, content=body)))
    with pytest.raises(LadingError):
        source.referrers("team/app", Digest.of(b"image"), (SIGNATURES,), 10)


def test_a_registry_without_the_referrers_api_is_asked_by_tag() -> None:
    image, referrer = Digest.of(b"image"), Digest.of(b"referrer")
    entry = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": str(referrer),
        "size": 1,
        "artifactType": SIGNATURES,
    }
    index = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [entry, {**entry, "artifactType": "x/y"}],
    }

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == f"/v2/team/app/manifests/sha256-{image.hex}":
            return httpx.Response(200, json=index)
        return httpx.Response(404)

    source = claims_of(httpx.MockTransport(answer))
    assert [found.digest for found in source.referrers("team/app", image, (SIGNATURES,), 10)] == [referrer]
    assert source.referrers("team/app", referrer, (SIGNATURES,), 10) == []


def test_referrers_are_read_page_after_page_but_not_without_end() -> None:
    entry = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 1, "artifactType": SIGNATURES}
    pages = []

    def answer(request: httpx.Request) -> httpx.Response:
        pages.append(str(request.url))
        digest = str(Digest.of(str(len(pages)).encode()))
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [{**entry, "digest": digest}]}
        headers = {"Link": f'</v2/team/app/referrers/x?page={len(pages)}>; rel="next"'}
        return httpx.Response(200, json=index, headers=headers)

    source = claims_of(httpx.MockTransport(answer))
    assert len(source.referrers("team/app", Digest.of(b"image"), (SIGNATURES,), 7)) == 7
    assert len(pages) == 7


def test_a_list_of_referrers_without_end_and_without_any_of_the_type_is_an_error() -> None:
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
    headers = {"Link": '</v2/team/app/referrers/x?page=1>; rel="next"'}
    source = claims_of(httpx.MockTransport(lambda _: httpx.Response(200, json=index, headers=headers)))
    with pytest.raises(Upstream, match="without an end"):
        source.referrers("team/app", Digest.of(b"image"), (SIGNATURES, "x/y"), 7)

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from lading.access.bindings import Bindings, RoleBinding, SubjectKind
from lading.access.bindings import Subject as BindingSubject
from lading.access.principal import Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.verbs import ROLES, Verb
from lading.adapters.keys_file import FileSigner
from lading.foundation.errors import Conflict, Forbidden, Malformed, NotFound
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.oci.manifest import Manifest, parse_manifest
from lading.registry.caller import BoundRights, Caller
from lading.signing import cosign
from lading.signing.claims import Subject
from lading.signing.cosign import ArtifactKind
from lading.signing.sigstore_bundle import BUNDLE_TYPE, COSIGN_SIGN
from lading.signing.statement import PredicateType, build_statement
from lading.signing.trust_policy_file import parse_trust_policy, write_trust_policy
from lading.signing.verdicts import Rejected, Step, Undetermined, Verified
from lading.workflows.attach_claim import Claim, attach_claim, push_bytes
from lading.workflows.local_claims import LocalClaims
from lading.workflows.pull_manifest import find_manifest
from lading.workflows.sign_image import SigningPorts, attest_image, sign_image
from lading.workflows.verify_image import ImageVerification, verified_statements, verify_image
from tests.support.registry import NOON, ROOT, DrivenRegistry
from tests.support.signers import Signing, envelope, p256

SBOM = b'{"bomFormat":"CycloneDX","specVersion":"1.6"}'


def signer_of(signing: Signing) -> FileSigner:
    assert isinstance(signing.private, ec.EllipticCurvePrivateKey)
    return FileSigner(signing.name, signing.private)


SERVER, OTHER = p256("server"), p256("other")
POLICY = parse_trust_policy(write_trust_policy({"server": SERVER.public}))


@pytest.fixture
def registry() -> DrivenRegistry:
    return DrivenRegistry()


def ports(registry: DrivenRegistry, key: Signing = SERVER) -> SigningPorts:
    return SigningPorts(registry.ports, signer_of(key), "registry.example.org")


def verification(registry: DrivenRegistry, subject: Subject) -> ImageVerification:
    return verify_image(LocalClaims(registry.records, registry.blobs), POLICY, subject, NOON)


def gathered(registry: DrivenRegistry, subject: Subject, kind: ArtifactKind) -> Manifest:
    tag = cosign.artifact_tag(subject.digest, kind)
    manifest = parse_manifest(find_manifest(registry.records, ROOT, subject.repository, tag).raw)
    assert isinstance(manifest, Manifest)
    return manifest


def test_a_signed_image_is_verified_by_the_key_that_signed_it(registry: DrivenRegistry) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    assert verification(registry, subject).signatures == Rejected(Step.PRESENT, "there is no signature")
    signed = sign_image(ports(registry), ROOT, subject, NOON)
    found = verification(registry, subject).signatures
    assert isinstance(found, Verified)
    assert (found.signers[0].key_id, found.at) == (signed.key_id, NOON)


def test_a_signature_is_found_by_tag_and_by_referrers(registry: DrivenRegistry) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    signed = sign_image(ports(registry), ROOT, subject, NOON)
    assert len(gathered(registry, subject, ArtifactKind.SIGNATURES).layers) == 1
    with registry.records.read() as kept:
        (referrer,) = kept.registry.referrers("team/app", subject.digest).items
    assert referrer.digest == signed.attached.referrer
    assert referrer.artifact_type == BUNDLE_TYPE
    assert referrer.annotations["dev.sigstore.bundle.predicateType"] == COSIGN_SIGN


def test_either_way_of_finding_a_signature_is_enough(registry: DrivenRegistry) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    signed = sign_image(ports(registry), ROOT, subject, NOON)
    with registry.records.write() as kept:
        kept.registry.delete_tag("team/app", signed.attached.tag, at=NOON, by="x")
    assert isinstance(verification(registry, subject).signatures, Verified)
    sign_image(ports(registry), ROOT, subject, NOON)
    with registry.records.write() as kept:
        for referrer in kept.registry.referrers("team/app", subject.digest).items:
            kept.registry.delete_manifest("team/app", referrer.digest, at=NOON, by="x")
    assert isinstance(verification(registry, subject).signatures, Verified)


def test_signers_at_the_same_time_never_overwrite_each_other(registry: DrivenRegistry) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    keys = [p256(f"key{number}") for number in range(6)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda key: sign_image(ports(registry, key), ROOT, subject, NOON), keys))
    assert len(gathered(registry, subject, ArtifactKind.SIGNATURES).layers) == 6
    everybody = parse_trust_policy(write_trust_policy({key.name: key.public for key in keys}) + "need = 6\n")
    source = LocalClaims(registry.records, registry.blobs)
    assert isinstance(verify_image(source, everybody, subject, NOON).signatures, Verified)


def test_attaching_the_very_same_signature_again_changes_nothing(registry: DrivenRegistry) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    image = find_manifest(registry.records, ROOT, "team/app", subject.digest)
    claim = Claim(ArtifactKind.SIGNATURES, b"payload", cosign.signature_layer(b"payload", "AAAA"))
    first = attach_claim(registry.ports, ROOT, image, claim, NOON)
    assert attach_claim(registry.ports, ROOT, image, claim, NOON) == first
    assert len(gathered(registry, subject, ArtifactKind.SIGNATURES).layers) == 1


def test_a_tag_that_holds_something_else_is_not_overwritten(registry: DrivenRegistry) -> None:
    digest = registry.push_image("team/app")
    registry.push_image("team/app", name="squatter", tags=(f"sha256-{digest.hex}.sig",))
    with pytest.raises(Conflict) as caught:
        sign_image(ports(registry), ROOT, Subject("team/app", digest), NOON)
    assert caught.value.code == "signature-tag-taken"


def test_the_use_of_the_key_is_in_the_audit_log(registry: DrivenRegistry) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    sign_image(ports(registry), ROOT, subject, NOON)
    with registry.records.read() as kept:
        events = [entry.event for entry in kept.audit.page().items if entry.event.action == "image.sign"]
    assert [(event.actor, event.subject, event.details["key_id"]) for event in events] == [
        ("person:root", f"team/app@{subject.digest}", SERVER.public.id)
    ]


def caller_with(*verbs: Verb) -> Caller:
    subject = BindingSubject(SubjectKind.ROBOT, "ci")
    binding = RoleBinding(subject, frozenset(verbs), RepositoryPattern.parse("team/*"))
    return Caller(Principal(PrincipalKind.ROBOT, "ci"), BoundRights(Bindings.of([binding])))


def test_signing_needs_the_right_to_sign_and_not_only_to_push(registry: DrivenRegistry) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    with pytest.raises(Forbidden):
        sign_image(ports(registry), caller_with(Verb.PULL, Verb.PUSH), subject, NOON)
    sign_image(ports(registry), caller_with(*ROLES["publisher"]), subject, NOON)
    assert isinstance(verification(registry, subject).signatures, Verified)


def test_an_image_that_is_not_here_is_not_signed(registry: DrivenRegistry) -> None:
    registry.push_image("team/app")
    with pytest.raises(NotFound):
        sign_image(ports(registry), ROOT, Subject("team/app", Digest.of(b"elsewhere")), NOON)
    with registry.records.read() as kept:
        assert "image.sign" not in {entry.event.action for entry in kept.audit.page().items}


def test_an_attestation_is_verified_and_its_predicate_comes_back(registry: DrivenRegistry) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    attest_image(ports(registry), ROOT, subject, NOON, predicate_type=PredicateType.CYCLONEDX, predicate=SBOM)
    found = verification(registry, subject).attestations
    assert isinstance(found[PredicateType.CYCLONEDX], Verified)
    assert found[PredicateType.SPDX] == Rejected(
        Step.PRESENT, "there is no attestation of type https://spdx.dev/Document"
    )
    source = LocalClaims(registry.records, registry.blobs)
    outcome = verified_statements(source, POLICY, subject, PredicateType.CYCLONEDX, NOON)
    assert [statement.predicate for statement in outcome.statements] == [json.loads(SBOM)]


def test_a_new_scan_takes_the_place_of_the_old_one_and_leaves_the_sbom(registry: DrivenRegistry) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    attestations = [
        (PredicateType.CYCLONEDX, SBOM),
        (PredicateType.VULNERABILITY_SCAN, b'{"scan":1}'),
        (PredicateType.VULNERABILITY_SCAN, b'{"scan":2}'),
    ]
    for type_, predicate in attestations:
        attest_image(
            ports(registry), ROOT, subject, NOON, predicate_type=type_, predicate=predicate, replace=True
        )
    layers = gathered(registry, subject, ArtifactKind.ATTESTATIONS).layers
    types = [layer.annotations[cosign.PREDICATE_TYPE_ANNOTATION] for layer in layers]
    assert types == [PredicateType.CYCLONEDX, PredicateType.VULNERABILITY_SCAN]


def test_a_predicate_that_is_no_object_is_not_signed(registry: DrivenRegistry) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    with pytest.raises(Malformed):
        attest_image(ports(registry), ROOT, subject, NOON, predicate_type=PredicateType.SPDX, predicate=b"[]")


def test_an_image_is_verified_through_the_signed_index_that_lists_it(registry: DrivenRegistry) -> None:
    child = Subject("team/app", registry.push_image("team/app"))
    other = registry.push_image("team/app", name="arm")
    index = registry.push_index("team/app", child.digest, other)
    assert isinstance(verification(registry, child).signatures, Rejected)
    sign_image(ports(registry), ROOT, Subject("team/app", index), NOON)
    found = verification(registry, child)
    assert isinstance(found.signatures, Verified)
    assert found.through == index
    # A bad signature that somebody adds to the image does not take that away.
    sign_image(ports(registry, OTHER), ROOT, child, NOON)
    assert isinstance(verification(registry, child).signatures, Verified)


def test_an_index_is_not_verified_through_the_images_that_it_lists(registry: DrivenRegistry) -> None:
    child = registry.push_image("team/app")
    index = registry.push_index("team/app", child)
    sign_image(ports(registry), ROOT, Subject("team/app", child), NOON)
    assert isinstance(verification(registry, Subject("team/app", index)).signatures, Rejected)


def test_a_signature_copied_to_another_repository_is_refused(registry: DrivenRegistry) -> None:
    digest = registry.push_image("team/app")
    assert registry.push_image("other/app") == digest
    sign_image(ports(registry), ROOT, Subject("team/app", digest), NOON)
    source = LocalClaims(registry.records, registry.blobs)
    image = find_manifest(registry.records, ROOT, "other/app", digest)
    layer = gathered(registry, Subject("team/app", digest), ArtifactKind.SIGNATURES).layers[0]
    payload = source.blob("team/app", layer.digest, 10_000)
    assert payload is not None
    attach_claim(registry.ports, ROOT, image, Claim(ArtifactKind.SIGNATURES, payload, layer), NOON)
    found = verification(registry, Subject("other/app", digest)).signatures
    assert isinstance(found, Rejected)
    assert found.step is Step.IDENTITY


def test_a_payload_that_the_store_has_lost_is_not_unsigned(registry: DrivenRegistry) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    sign_image(ports(registry), ROOT, subject, NOON)
    layer = gathered(registry, subject, ArtifactKind.SIGNATURES).layers[0]
    with registry.records.read() as kept:
        (referrer,) = kept.registry.referrers("team/app", subject.digest).items
    bundle = parse_manifest(find_manifest(registry.records, ROOT, "team/app", referrer.digest).raw)
    assert isinstance(bundle, Manifest)
    registry.blobs.delete(layer.digest)
    assert isinstance(verification(registry, subject).signatures, Verified)
    registry.blobs.delete(bundle.layers[0].digest)
    found = verification(registry, subject).signatures
    assert isinstance(found, Undetermined)
    assert found.lookup == f"blob {layer.digest}"


def test_a_huge_payload_is_not_fetched(registry: DrivenRegistry) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    image = find_manifest(registry.records, ROOT, "team/app", subject.digest)
    layer = replace(cosign.signature_layer(b"payload", "AAAA"), size=1 << 40)
    attach_claim(registry.ports, ROOT, image, Claim(ArtifactKind.SIGNATURES, b"payload", layer), NOON)
    found = verification(registry, subject).signatures
    assert isinstance(found, Rejected)
    assert found.step is Step.SIZE


def push_bundle(registry: DrivenRegistry, subject: Subject, predicate_type: str, announced: str) -> Digest:
    statement = build_statement([("registry.example.org/team/app", subject.digest)], predicate_type, b"{}")
    bundle = {
        "mediaType": BUNDLE_TYPE,
        "verificationMaterial": {"publicKey": {"hint": ""}},
        "dsseEnvelope": json.loads(envelope(statement, SERVER)),
    }
    content = json.dumps(bundle).encode()
    push_bytes(registry.ports, ROOT, subject.repository, content, NOON)
    push_bytes(registry.ports, ROOT, subject.repository, b"{}", NOON)
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "artifactType": BUNDLE_TYPE,
        "config": {"mediaType": media_types.OCI_EMPTY, "digest": str(Digest.of(b"{}")), "size": 2},
        "layers": [{"mediaType": BUNDLE_TYPE, "digest": str(Digest.of(content)), "size": len(content)}],
        "subject": {"mediaType": media_types.OCI_MANIFEST, "digest": str(subject.digest), "size": 1},
        "annotations": {"dev.sigstore.bundle.predicateType": announced} if announced else {},
    }
    return registry.push_manifest(subject.repository, json.dumps(document).encode())


def test_a_signature_in_a_bundle_is_found_among_the_referrers(registry: DrivenRegistry) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    push_bundle(registry, subject, COSIGN_SIGN, COSIGN_SIGN)
    found = verification(registry, subject)
    assert isinstance(found.signatures, Verified)
    assert isinstance(found.attestations[PredicateType.CYCLONEDX], Rejected)


def test_an_attestation_in_a_bundle_is_found_and_is_no_signature(registry: DrivenRegistry) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    push_bundle(registry, subject, PredicateType.CYCLONEDX, PredicateType.CYCLONEDX)
    found = verification(registry, subject)
    assert found.signatures == Rejected(Step.PRESENT, "there is no signature")
    assert isinstance(found.attestations[PredicateType.CYCLONEDX], Verified)


@pytest.mark.parametrize("announced", ["", COSIGN_SIGN])
def test_an_attestation_that_is_announced_as_a_signature_or_not_at_all_is_no_signature(
    registry: DrivenRegistry, announced: str
) -> None:
    subject = Subject("team/app", registry.push_image("team/app"))
    push_bundle(registry, subject, PredicateType.CYCLONEDX, announced)
    found = verification(registry, subject).signatures
    assert isinstance(found, Rejected)
    assert found.step is Step.PAYLOAD

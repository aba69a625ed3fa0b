"""Sign an image of this registry, or attest something about it, with a key of the server.

1. The caller may sign in this repository (and pull from it and push to it).
2. The image is here; what is signed is its digest, never a tag.
3. The use of the key is in the audit log before the signature leaves this function.
4. The signature is attached where every client looks for it.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from lading.access.verbs import Verb
from lading.oci.digest import Digest
from lading.ports.records.registry import StoredManifest
from lading.ports.signer import Signer
from lading.registry.caller import Caller
from lading.signing import cosign, dsse
from lading.signing.claims import Subject
from lading.signing.cosign import ArtifactKind
from lading.signing.sigstore_bundle import COSIGN_SIGN, encode_bundle
from lading.signing.statement import PAYLOAD_TYPE, build_statement
from lading.workflows.attach_claim import AttachedClaim, Bundle, Claim, PushPorts, attach_claim
from lading.workflows.pull_manifest import find_manifest


@dataclass(frozen=True, slots=True)
class SigningPorts:
    """What signing needs; images are signed under their name at ``registry_name`` ("host[:port]").

    ``bundles`` also writes each signature as a Sigstore bundle. cosign looks at bundles alone, from version 3
    on, as soon as an image has one: leave them out where others still keep signatures under the tag only.
    """

    push: PushPorts
    signer: Signer
    registry_name: str
    bundles: bool = True


@dataclass(frozen=True, slots=True)
class SignedImage:
    """What was signed, by which key, and where the signature is."""

    digest: Digest
    key_name: str
    key_id: str
    attached: AttachedClaim


def sign_image(
    ports: SigningPorts,
    caller: Caller,
    subject: Subject,
    now: datetime,
    *,
    annotations: Mapping[str, str] = MappingProxyType({}),
) -> SignedImage:
    """Sign an image in the two forms that ``cosign verify --key`` accepts, up to version 2 and from 3 on.

    Raises NeedsScope or Forbidden, NotFound ``manifest-unknown``, and as attaching does.
    """
    # Steps 1 and 2.
    image = _image_to_sign(ports, caller, subject)
    payload = cosign.build_payload(_name(ports, subject), subject.digest, annotations)
    signature = base64.b64encode(ports.signer.sign(payload)).decode("ascii")
    bundle = None
    if ports.bundles:
        statement = build_statement([(_name(ports, subject), subject.digest)], COSIGN_SIGN, b"{}")
        bundle = _bundle(ports, _enveloped(ports, statement), COSIGN_SIGN)
    claim = Claim(ArtifactKind.SIGNATURES, payload, cosign.signature_layer(payload, signature), bundle)
    # Step 3.
    _audit(ports, caller, subject, now, action="image.sign")
    # Step 4.
    return _signed(ports, image, attach_claim(ports.push, caller, image, claim, now))


def attest_image(
    ports: SigningPorts,
    caller: Caller,
    subject: Subject,
    now: datetime,
    *,
    predicate_type: str,
    predicate: bytes,
    replace: bool = False,
) -> SignedImage:
    """Sign the statement that ``predicate`` (one JSON object) holds for the image, as a DSSE envelope.

    With ``replace`` it takes the place of earlier ones of its type under the tag, as for a new scan. Raises
    as ``sign_image`` does, and Malformed for a predicate that is no JSON object.
    """
    # Steps 1 and 2.
    image = _image_to_sign(ports, caller, subject)
    statement = build_statement([(_name(ports, subject), subject.digest)], predicate_type, predicate)
    envelope = _enveloped(ports, statement)
    bundle = _bundle(ports, envelope, predicate_type) if ports.bundles else None
    content = dsse.encode_envelope(envelope)
    layer = cosign.attestation_layer(content, predicate_type)
    replaced = predicate_type if replace else ""
    claim = Claim(ArtifactKind.ATTESTATIONS, content, layer, bundle, replaced)
    # Step 3.
    _audit(ports, caller, subject, now, action="image.attest", predicate_type=predicate_type)
    # Step 4.
    return _signed(ports, image, attach_claim(ports.push, caller, image, claim, now))


def _image_to_sign(ports: SigningPorts, caller: Caller, subject: Subject) -> StoredManifest:
    caller.require(Verb.SIGN, subject.repository)
    caller.require(Verb.PUSH, subject.repository)
    return find_manifest(ports.push.records, caller, subject.repository, subject.digest)


def _enveloped(ports: SigningPorts, statement: bytes) -> dsse.Envelope:
    """Sign a statement. The key id stays empty: verifiers skip one that they know under another name."""
    signature = ports.signer.sign(dsse.pre_authentication_encoding(PAYLOAD_TYPE, statement))
    return dsse.Envelope(PAYLOAD_TYPE, statement, (dsse.EnvelopeSignature(signature),))


def _bundle(ports: SigningPorts, envelope: dsse.Envelope, predicate_type: str) -> Bundle:
    return Bundle(encode_bundle(envelope, ports.signer.public_key), predicate_type)


def _name(ports: SigningPorts, subject: Subject) -> str:
    return f"{ports.registry_name}/{subject.repository}"


def _audit(
    ports: SigningPorts, caller: Caller, subject: Subject, now: datetime, *, action: str, **details: object
) -> None:
    key = {"key": ports.signer.name, "key_id": ports.signer.public_key.id}
    name = f"{subject.repository}@{subject.digest}"
    with ports.push.records.write() as kept:
        kept.audit.append(caller.did(action, name, now, **key, **details))


def _signed(ports: SigningPorts, image: StoredManifest, attached: AttachedClaim) -> SignedImage:
    return SignedImage(image.digest, ports.signer.name, ports.signer.public_key.id, attached)

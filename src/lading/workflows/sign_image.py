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
from lading.signing.cosign import ArtifactKind
from lading.signing.statement import PAYLOAD_TYPE, build_statement
from lading.signing.verification import Subject
from lading.workflows.attach_claim import AttachedClaim, Claim, PushPorts, attach_claim
from lading.workflows.pull_manifest import find_manifest


@dataclass(frozen=True, slots=True)
class SigningPorts:
    """What signing needs; images are signed under their name at ``registry_name`` ("host[:port]")."""

    push: PushPorts
    signer: Signer
    registry_name: str


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
    """Sign an image in the form that ``cosign verify --key`` accepts.

    Raises NeedsScope or Forbidden, NotFound ``manifest-unknown``, and as attaching does.
    """
    # Steps 1 and 2.
    image = _image_to_sign(ports, caller, subject)
    payload = cosign.build_payload(_name(ports, subject), subject.digest, annotations)
    signature = base64.b64encode(ports.signer.sign(payload)).decode("ascii")
    claim = Claim(ArtifactKind.SIGNATURES, payload, cosign.signature_layer(payload, signature))
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
    signature = ports.signer.sign(dsse.pre_authentication_encoding(PAYLOAD_TYPE, statement))
    # The key id stays empty: verifiers skip a signature whose key id they have under another name.
    envelope = dsse.encode_envelope(PAYLOAD_TYPE, statement, [dsse.EnvelopeSignature(signature)])
    layer = cosign.attestation_layer(envelope, predicate_type)
    claim = Claim(ArtifactKind.ATTESTATIONS, envelope, layer, predicate_type if replace else "")
    # Step 3.
    _audit(ports, caller, subject, now, action="image.attest", predicate_type=predicate_type)
    # Step 4.
    return _signed(ports, image, attach_claim(ports.push, caller, image, claim, now))


def _image_to_sign(ports: SigningPorts, caller: Caller, subject: Subject) -> StoredManifest:
    caller.require(Verb.SIGN, subject.repository)
    caller.require(Verb.PUSH, subject.repository)
    return find_manifest(ports.push.records, caller, subject.repository, subject.digest)


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

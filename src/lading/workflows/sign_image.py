"""Sign an image of this registry, or attest something about it, with a key of the server.

1. The caller may sign in this repository (and pull from it and push to it), and with this key.
2. The image is here; what is signed is its digest, never a tag.
3. The use of the key is in the audit log before the signature leaves this function.
4. The signature is attached where every client looks for it.
5. That the key signed this is kept, for when somebody asks what it signed.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from lading.access.verbs import Verb
from lading.audit.entry import Event
from lading.foundation.errors import Malformed, NotFound
from lading.oci.digest import Digest
from lading.ports.records.registry import StoredManifest
from lading.ports.records.trust import SignedFact
from lading.ports.signer import Signer
from lading.registry.caller import Caller
from lading.signing import cosign, dsse, notary, notary_signing
from lading.signing.claims import Subject
from lading.signing.cosign import ArtifactKind
from lading.signing.sigstore_bundle import COSIGN_SIGN, encode_bundle
from lading.signing.statement import PAYLOAD_TYPE, build_statement
from lading.workflows.attach_claim import (
    AttachedClaim,
    Bundle,
    Claim,
    PushPorts,
    Referrer,
    attach_claim,
    attach_referrer,
)
from lading.workflows.key_grants import require_key
from lading.workflows.pull_manifest import find_manifest


@dataclass(frozen=True, slots=True)
class SigningPorts:
    """What signing needs; images are signed under their name at ``registry_name`` ("host[:port]").

    ``bundles`` also writes each signature as a Sigstore bundle. cosign looks at bundles alone, from version 3
    on, as soon as an image has one: leave them out where others still keep signatures under the tag only.

    ``signer`` is for whoever may sign; each of ``keys`` needs a grant beside. ``certificates`` are chains, as
    DER, the key's own first, by the name of the key. ``timestamp`` asks a timestamp authority about a
    signature and gives its whole answer.
    """

    push: PushPorts
    signer: Signer
    registry_name: str
    bundles: bool = True
    keys: Mapping[str, Signer] = field(default_factory=dict)
    certificates: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    timestamp: Callable[[bytes], bytes] | None = None

    def named(self, key: str) -> Signer:
        """The key of a name; the default one for none. Raises NotFound ``key-unknown``."""
        if key in {"", self.signer.name}:
            return self.signer
        if key not in self.keys:
            known = ", ".join([self.signer.name, *self.keys])
            raise NotFound("key-unknown", f"there is no key {key[:160]!r}", hint=f"there are {known}")
        return self.keys[key]


class SignatureForm(StrEnum):
    """In which form a signature is written."""

    COSIGN = "cosign"
    NOTARY_JWS = "notary-jws"
    NOTARY_COSE = "notary-cose"


@dataclass(frozen=True, slots=True)
class SignedImage:
    """What was signed, by which key, and where the signature is."""

    digest: Digest
    key_name: str
    key_id: str
    attached: AttachedClaim


@dataclass(frozen=True, slots=True)
class MadeClaim:
    """A signature or an attestation that is made, and not attached yet; ``what`` is what the key signed."""

    signer: Signer
    claim: Claim
    event: Event
    what: str


def sign_image(
    ports: SigningPorts,
    caller: Caller,
    subject: Subject,
    now: datetime,
    *,
    annotations: Mapping[str, str] = MappingProxyType({}),
    key: str = "",
    form: SignatureForm = SignatureForm.COSIGN,
) -> SignedImage:
    """Sign an image, for ``cosign verify --key`` (up to version 2 and from 3 on) or ``notation verify``.

    Raises NeedsScope or Forbidden, NotFound ``manifest-unknown`` or ``key-unknown``, Malformed
    ``certificate-missing`` or ``key-unsuited`` for the Notary forms, and as attaching does.
    """
    # Steps 1 and 2.
    signer, image = _to_sign(ports, caller, subject, key)
    if form is not SignatureForm.COSIGN:
        notary_claim = _notary_claim(ports, signer, image, now, in_cose=form is SignatureForm.NOTARY_COSE)
        # Step 3.
        event = _used(signer, caller, image, now, action="image.sign", form=form.value)
        with ports.push.records.write() as kept:
            kept.audit.append(event)
        # Step 4.
        referrer = attach_referrer(ports.push, caller, image, notary_claim, now)
        # Step 5.
        _note(ports, signer, image, "signature", now)
        return _signed(signer, image, AttachedClaim(referrer, ""))
    made = make_signature(ports, caller, image, now, annotations=annotations, key=key)
    return attach_made(ports, caller, image, made, now)


def make_signature(
    ports: SigningPorts,
    caller: Caller,
    image: StoredManifest,
    now: datetime,
    *,
    annotations: Mapping[str, str] = MappingProxyType({}),
    key: str = "",
) -> MadeClaim:
    """Make a signature that is to be attached: also of an image that is only about to be stored.

    It is not given away before ``attach_made`` has written down that the key was used.
    """
    signer, name = _allowed_signer(ports, caller, image.repository, key), _name(ports, image.repository)
    payload = cosign.build_payload(name, image.digest, annotations)
    raw = signer.sign(payload)
    bundle = None
    if ports.bundles:
        statement = build_statement([(name, image.digest)], COSIGN_SIGN, b"{}")
        bundle = _bundle(ports, signer, _enveloped(signer, statement), COSIGN_SIGN)
    stamp = ports.timestamp(raw) if ports.timestamp else None
    layer = cosign.signature_layer(payload, base64.b64encode(raw).decode("ascii"), stamp)
    claim = Claim(ArtifactKind.SIGNATURES, payload, layer, bundle)
    event = _used(signer, caller, image, now, action="image.sign", form=SignatureForm.COSIGN.value)
    return MadeClaim(signer, claim, event, "signature")


def attest_image(
    ports: SigningPorts,
    caller: Caller,
    subject: Subject,
    now: datetime,
    *,
    predicate_type: str,
    predicate: bytes,
    replace: bool = False,
    key: str = "",
) -> SignedImage:
    """Sign the statement that ``predicate`` (one JSON object) holds for the image, as a DSSE envelope.

    With ``replace`` it takes the place of earlier ones of its type under the tag, as for a new scan. Raises
    as ``sign_image`` does, and Malformed for a predicate that is no JSON object.
    """
    # Steps 1 and 2.
    _, image = _to_sign(ports, caller, subject, key)
    made = make_attestation(
        ports,
        caller,
        image,
        now,
        predicate_type=predicate_type,
        predicate=predicate,
        replace=replace,
        key=key,
    )
    return attach_made(ports, caller, image, made, now)


def make_attestation(
    ports: SigningPorts,
    caller: Caller,
    image: StoredManifest,
    now: datetime,
    *,
    predicate_type: str,
    predicate: bytes,
    replace: bool = False,
    key: str = "",
) -> MadeClaim:
    """Make an attestation that is to be attached, as ``make_signature`` makes a signature."""
    signer = _allowed_signer(ports, caller, image.repository, key)
    statement = build_statement([(_name(ports, image.repository), image.digest)], predicate_type, predicate)
    envelope = _enveloped(signer, statement)
    bundle = _bundle(ports, signer, envelope, predicate_type) if ports.bundles else None
    content = dsse.encode_envelope(envelope)
    layer = cosign.attestation_layer(content, predicate_type)
    claim = Claim(ArtifactKind.ATTESTATIONS, content, layer, bundle, predicate_type if replace else "")
    event = _used(signer, caller, image, now, action="image.attest", predicate_type=predicate_type)
    return MadeClaim(signer, claim, event, predicate_type)


def attach_made(
    ports: SigningPorts, caller: Caller, image: StoredManifest, made: MadeClaim, now: datetime
) -> SignedImage:
    """Attach what was made, to an image that is stored by now (steps 3 to 5)."""
    # Step 3.
    with ports.push.records.write() as kept:
        kept.audit.append(made.event)
    # Step 4.
    attached = attach_claim(ports.push, caller, image, made.claim, now)
    # Step 5.
    _note(ports, made.signer, image, made.what, now)
    return _signed(made.signer, image, attached)


def _to_sign(
    ports: SigningPorts, caller: Caller, subject: Subject, key: str
) -> tuple[Signer, StoredManifest]:
    signer = _allowed_signer(ports, caller, subject.repository, key)
    return signer, find_manifest(ports.push.records, caller, subject.repository, subject.digest)


def _allowed_signer(ports: SigningPorts, caller: Caller, repository: str, key: str) -> Signer:
    caller.require(Verb.SIGN, repository)
    caller.require(Verb.PUSH, repository)
    signer = ports.named(key)
    if signer is not ports.signer:
        require_key(ports.push.records, caller, signer.name, repository)
    return signer


def _enveloped(signer: Signer, statement: bytes) -> dsse.Envelope:
    """Sign a statement. The key id stays empty: verifiers skip one that they know under another name."""
    signature = signer.sign(dsse.pre_authentication_encoding(PAYLOAD_TYPE, statement))
    return dsse.Envelope(PAYLOAD_TYPE, statement, (dsse.EnvelopeSignature(signature),))


def _bundle(ports: SigningPorts, signer: Signer, envelope: dsse.Envelope, predicate_type: str) -> Bundle:
    stamp = ports.timestamp(envelope.signatures[0].signature) if ports.timestamp else None
    return Bundle(encode_bundle(envelope, signer.public_key, stamp), predicate_type)


def _notary_claim(
    ports: SigningPorts, signer: Signer, image: StoredManifest, now: datetime, *, in_cose: bool
) -> Referrer:
    chain = ports.certificates.get(signer.name)
    if not chain:
        raise Malformed(
            "certificate-missing",
            f"the key {signer.name!r} has no certificate, which the Notary Project asks for",
            hint="name its chain in the settings: [signing] certificates",
        )
    payload = notary.build_payload(image.media_type, image.digest, len(image.raw))
    content = notary_signing.sign(
        signer.public_key, signer.sign, payload, chain, now, in_cose=in_cose, timestamp=ports.timestamp
    )
    media_type = notary.COSE_TYPE if in_cose else notary.JWS_TYPE
    return Referrer(
        content, notary_signing.build_manifest(content, media_type, image, chain, now), notary_signing.CONFIG
    )


def _note(ports: SigningPorts, signer: Signer, image: StoredManifest, what: str, now: datetime) -> None:
    fact = SignedFact(signer.name, signer.public_key.id, image.repository, image.digest, what, None, now)
    with ports.push.records.write() as kept:
        kept.trust.note_signed([fact])


def _name(ports: SigningPorts, repository: str) -> str:
    return f"{ports.registry_name}/{repository}"


def _used(
    signer: Signer, caller: Caller, image: StoredManifest, now: datetime, *, action: str, **details: object
) -> Event:
    """What the log says of the use of a key."""
    key = {"key": signer.name, "key_id": signer.public_key.id}
    return caller.did(action, f"{image.repository}@{image.digest}", now, **key, **details)


def _signed(signer: Signer, image: StoredManifest, attached: AttachedClaim) -> SignedImage:
    return SignedImage(image.digest, signer.name, signer.public_key.id, attached)

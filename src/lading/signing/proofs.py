"""Who made a signature: steps 3 to 8 of ``signing.verification``, for each form that signatures come in."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from lading.foundation import strict_json
from lading.foundation.errors import LadingError
from lading.signing import keyless, notary
from lading.signing.certificates import fingerprint, load_certificates, subject_of
from lading.signing.certification import Certification, CertifiedSigner, NotCertified
from lading.signing.claims import ClaimedAttestation, ClaimedNotarySignature, ClaimedSignature
from lading.signing.cosign import MAX_PAYLOAD_BYTES
from lading.signing.dsse import MAX_ENVELOPE_BYTES, Envelope, parse_envelope
from lading.signing.keyless_promise import certify_promised, parse_promised
from lading.signing.keyless_unlogged import CertifiedBytes, certify_unlogged
from lading.signing.notary_cose import parse_cose
from lading.signing.notary_jws import parse_jws
from lading.signing.revocation_lists import NotKnown, Revoked
from lading.signing.signers import Proven, TrustedKey, TrustedSigner
from lading.signing.sigstore_bundle import Bundle, parse_bundle
from lading.signing.timestamps import first_moment
from lading.signing.trust_policy import TrustPolicy, certificates_of, identities_of, keys_of, roots_of
from lading.signing.verdicts import Rejected, Step, Undetermined

MAX_SIGNATURE_TEXT = 4096  # characters of base64; RSA of 16,384 bits needs 2,732
MAX_ANNOTATION = 256 << 10  # characters of a certificate or log entry
Proofs: TypeAlias = tuple[Proven, ...]


@dataclass(frozen=True, slots=True)
class Trying:
    """Whom a signature is held against: signers of a rule, at a moment."""

    policy: TrustPolicy
    rule_name: str
    signers: tuple[TrustedSigner, ...]
    now: datetime

    @property
    def names(self) -> str:
        """The signers, for people."""
        return ", ".join(signer.name for signer in self.signers)


def prove_payload(claim: ClaimedSignature, trying: Trying) -> Proofs | Rejected:
    """Who signed a payload."""
    # Step 3.
    if claim.payload is None or len(claim.payload) > MAX_PAYLOAD_BYTES:
        return Rejected(Step.SIZE, f"the payload is larger than {MAX_PAYLOAD_BYTES} bytes")
    if any(len(text) > MAX_ANNOTATION for text in (claim.certificate, claim.log_entry, claim.timestamp)):
        return Rejected(Step.SIZE, f"what stands beside the payload is larger than {MAX_ANNOTATION} bytes")
    # Step 4.
    signature = _signature_bytes(claim.signature)
    if signature is None:
        return Rejected(Step.ENCODING, "the signature is not base64 of a signature")
    if claim.certificate and identities_of(trying.signers):
        return _certified_payload(claim, claim.payload, signature, trying)
    keys = keys_of(trying.signers)
    if keys and not any(trusted.key.accepts_form(signature) for trusted in keys):
        what = f"it is not a signature of any kind of key in the rule {trying.rule_name!r}"
        return Rejected(Step.ENCODING, what)
    # Step 5.
    made_by = next((trusted for trusted in keys if trusted.key.verify(signature, claim.payload)), None)
    if made_by is None:
        return not_ours(trying)
    # Step 8.
    stamps = _timestamp_annotation(claim.timestamp)
    return in_time((_by_key(made_by, signature, stamps),), trying)


def prove_envelope(
    claim: ClaimedAttestation, trying: Trying
) -> tuple[Envelope, Proofs | Rejected] | Rejected:
    """Who signed an envelope, with the envelope."""
    # Step 3.
    if claim.content is None or len(claim.content) > MAX_ENVELOPE_BYTES:
        return Rejected(Step.SIZE, f"the envelope is larger than {MAX_ENVELOPE_BYTES} bytes")
    # Step 4.
    try:
        bundle = parse_bundle(claim.content) if claim.in_bundle else Bundle(parse_envelope(claim.content))
    except LadingError as error:
        return Rejected(Step.ENCODING, error.message)
    # Steps 5 to 8.
    if bundle.has_certificate:
        return bundle.envelope, _certified_envelope(claim.content, trying)
    return bundle.envelope, _keys_of_envelope(bundle, trying)


def prove_notary(
    claim: ClaimedNotarySignature, trying: Trying
) -> tuple[bytes, Proofs | Rejected] | Rejected | Undetermined:
    """Who signed an envelope of the Notary Project, with its payload."""
    # Step 3.
    if claim.content is None or len(claim.content) > notary.MAX_ENVELOPE_BYTES:
        return Rejected(Step.SIZE, f"the envelope is larger than {notary.MAX_ENVELOPE_BYTES} bytes")
    # Step 4.
    try:
        envelope = parse_cose(claim.content) if claim.in_cose else parse_jws(claim.content)
    except LadingError as error:
        return Rejected(Step.ENCODING, error.message)
    # Step 5.
    if not notary.is_signed(envelope):
        what = f"the certificate's key did not make the signature as {envelope.algorithm}"
        return Rejected(Step.SIGNATURE, what)
    trusted = certificates_of(trying.signers)
    if not trusted:
        return not_ours(trying)
    # Steps 6 and 7: of all certificates that the rule names, the one that gets furthest answers.
    found: list[Proven] = []
    bad: list[Rejected] = []
    doubts: list[Undetermined] = []
    for signer in trusted:
        judged = _judge_chain(envelope, signer, trying)
        if isinstance(judged, Rejected):
            bad.append(judged)
        elif isinstance(judged, Undetermined):
            doubts.append(judged)
        else:
            found.append(judged)
    if not found and doubts:
        return doubts[0]
    if not found:
        return max(bad, key=lambda rejection: rejection.step)
    # Step 8.
    return envelope.payload, in_time(tuple(found), trying)


def in_time(proofs: Proofs, trying: Trying) -> Proofs | Rejected:
    """Keep the signers that counted when they signed."""
    refused = [(proof, proof.signer.window.refusal(proof.signed_at, trying.now)) for proof in proofs]
    kept = tuple(proof for proof, why in refused if not why)
    if kept:
        return kept
    return Rejected(Step.TIME, "; ".join(f"{proof.signer.name} {why}" for proof, why in refused))


def _judge_chain(
    envelope: notary.NotarySignature, signer: TrustedSigner, trying: Trying
) -> Proven | Rejected | Undetermined:
    certificate = next(entry for entry in certificates_of((signer,)))
    trust = trying.policy.notary_trust(certificate)
    # Step 6.
    moment = notary.moment_of(envelope, trust, trying.now)
    if isinstance(moment, str):
        return Rejected(Step.CERTIFICATE, moment)
    refused = notary.refusal(envelope, trust, moment)
    if refused:
        return Rejected(Step.CERTIFICATE, refused)
    proven_at = moment.at if moment.proven else None
    standing = trust.revocation.standing(envelope.chain, trust.authority.certificates, proven_at, trying.now)
    if isinstance(standing, Revoked):
        return Rejected(Step.CERTIFICATE, standing.reason)
    # Step 7.
    leaf = envelope.chain[0]
    if not certificate.subject.is_in(leaf):
        wanted = certificate.subject.text
        return Rejected(Step.SIGNER, f"{subject_of(leaf)} signed, and {signer.name} is {wanted}")
    if isinstance(standing, NotKnown):
        return Undetermined(f"revocation lists of {trust.authority.name}", standing.reason)
    ends = [] if moment.proven else [entry.not_valid_after_utc for entry in envelope.chain]
    ends += [end for end in (envelope.expiry, standing.until) if end is not None]
    who = f"{subject_of(leaf)} (certificate {fingerprint(leaf)})"
    return Proven(certificate, who, proven_at, min(ends, default=None))


def _certified_payload(
    claim: ClaimedSignature, payload: bytes, signature: bytes, trying: Trying
) -> Proofs | Rejected:
    roots = roots_of(identities_of(trying.signers))
    try:
        if not claim.log_entry:
            # Only a root that names no log can vouch for what is in none.
            chain = load_certificates(claim.certificate)
            stamped = CertifiedBytes(payload, signature, chain, _timestamp_annotation(claim.timestamp))
            return identified([(root, _certify_stamped(stamped, root)) for root in roots], trying)
        promised = parse_promised(signature, claim.certificate, claim.log_entry)
    except LadingError as error:
        return Rejected(Step.ENCODING, error.message)
    return identified([(root, certify_promised(promised, payload, root)) for root in roots], trying)


def _certify_stamped(stamped: CertifiedBytes, root: keyless.SigstoreRoot) -> Certification:
    if root.unlogged is None:
        return NotCertified("there is no log entry beside the signature")
    return certify_unlogged(stamped, root.unlogged)


def _certified_envelope(bundle: bytes, trying: Trying) -> Proofs | Rejected:
    roots = roots_of(identities_of(trying.signers))
    if not roots:
        return not_ours(trying)
    return identified([(root, keyless.certify_envelope(bundle, root)) for root in roots], trying)


def identified(
    answers: Sequence[tuple[keyless.SigstoreRoot, Certification]], trying: Trying
) -> Proofs | Rejected:
    """Whom the rule names of those that a certificate was issued to, as each root answers."""
    # Step 6.
    certified = [(root, said) for root, said in answers if isinstance(said, CertifiedSigner)]
    if not certified:
        reasons = (
            f"root {root.name!r}: {said.reason}" for root, said in answers if isinstance(said, NotCertified)
        )
        return Rejected(Step.CERTIFICATE, "; ".join(reasons))
    # Step 7.
    found = tuple(
        Proven(identity, f"{subject} (issuer {said.issuer})", said.signed_at)
        for identity in identities_of(trying.signers)
        for root, said in certified
        for subject in said.subjects
        if identity.root == root
        and identity.issuer.matches(said.issuer)
        and identity.subject.matches(subject)
    )
    if not found:
        said = certified[0][1]
        who = f"{', '.join(said.subjects)} (issuer {said.issuer})"
        return Rejected(Step.SIGNER, f"{who[:400]} signed, whom the rule {trying.rule_name!r} does not name")
    # Step 8.
    return in_time(found, trying)


def _keys_of_envelope(bundle: Bundle, trying: Trying) -> Proofs | Rejected:
    """Every key that signed. The envelope's key ids are not believed: all keys are tried."""
    # Step 5.
    message = bundle.envelope.signed_bytes
    proofs = tuple(
        proof
        for entry in bundle.envelope.signatures
        for proof in by_keys(entry.signature, message, bundle.timestamps, trying)
    )
    # Step 8.
    return in_time(proofs, trying) if proofs else not_ours(trying)


def by_keys(signature: bytes, message: bytes, stamps: Iterable[bytes], trying: Trying) -> Proofs:
    """Every key that made a signature over a message."""
    return tuple(
        _by_key(trusted, signature, stamps)
        for trusted in keys_of(trying.signers)
        if trusted.key.verify(signature, message)
    )


def _by_key(trusted: TrustedKey, signature: bytes, stamps: Iterable[bytes]) -> Proven:
    moment = first_moment(trusted.timestamped_by, tuple(stamps), signature)
    return Proven(trusted, trusted.key.id, moment)


def _timestamp_annotation(text: str) -> tuple[bytes, ...]:
    """A timestamp can only prove something in favour of a signature, so one that cannot be read is none."""
    if not text:
        return ()
    try:
        document = strict_json.decode_object(text.encode(), what="timestamp", max_bytes=MAX_ANNOTATION)
        stamp = document.get("SignedRFC3161Timestamp")
        return (base64.b64decode(stamp, validate=True),) if isinstance(stamp, str) else ()
    except (LadingError, binascii.Error, ValueError):
        return ()


def _signature_bytes(text: str) -> bytes | None:
    if not text or len(text) > MAX_SIGNATURE_TEXT:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def not_ours(trying: Trying) -> Rejected:
    """Nobody whom the rule names signed."""
    return Rejected(
        Step.SIGNATURE,
        f"no signer of the rule {trying.rule_name!r} made the signature (signers: {trying.names})",
    )

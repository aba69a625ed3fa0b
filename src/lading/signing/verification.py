"""Is this image signed by whom we trust? The one verifier, for every gate.

What is claimed about a subject is collected elsewhere; here it is only judged. The answer is Verified,
Rejected with the step that failed, or Undetermined with the lookup that failed; nothing raises, whatever an
attacker wrote. Each claim goes through the steps in order, and the first that fails rejects it:

    1  RULE        a rule of the trust policy covers the repository
    2  PRESENT     something is claimed at all
    3  SIZE        it is small enough to be read
    4  ENCODING    the signature has the one form that its kind of key gives it; (attestations) the
                   envelope can be read and holds a statement
    5  SIGNATURE   a key of the rule made it, over exactly these bytes
    6  PAYLOAD     what was signed can be read, in one way only
    7  DIGEST      it names the subject's digest
    8  IDENTITY    (signatures) it names the subject's repository, or one that the rule accepts instead
    9  THRESHOLD   as many different keys as the rule needs have signed

Nothing of a payload is read before its signature is good (5 before 6). One bad signature does not spoil a
good one: who can add a signature must not thereby be able to take an image out of service. What was not found
because a lookup failed is neither there nor absent: if enough good signatures were found all the same the
subject is verified, and else the answer is Undetermined, never "unsigned".
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lading.foundation.errors import LadingError
from lading.oci.digest import Digest
from lading.oci.reference import parse_reference
from lading.signing.cosign import MAX_PAYLOAD_BYTES, parse_payload
from lading.signing.dsse import MAX_ENVELOPE_BYTES, Envelope, parse_envelope
from lading.signing.sigstore_bundle import COSIGN_SIGN, parse_bundle
from lading.signing.statement import PAYLOAD_TYPE, Statement, parse_statement
from lading.signing.trust_policy import TrustedKey, TrustPolicy, TrustRule
from lading.signing.verdicts import Rejected, Signer, Step, Undetermined, Verdict, Verified

MAX_SIGNATURE_TEXT = 4096  # characters of base64; RSA of 16,384 bits needs 2,732


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be verified: an image in a repository."""

    repository: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class ClaimedSignature:
    """A payload and what stands beside it as its signature, in base64.

    ``payload`` is None where it is larger than MAX_PAYLOAD_BYTES and was not fetched for that.
    """

    payload: bytes | None
    signature: str


@dataclass(frozen=True, slots=True)
class ClaimedAttestation:
    """A DSSE envelope, or a Sigstore bundle around one.

    ``content`` is None where it is larger than MAX_ENVELOPE_BYTES and was not fetched for that.
    """

    content: bytes | None
    in_bundle: bool = False


@dataclass(frozen=True, slots=True)
class FailedLookup:
    """A place that could not be looked into: "tag sha256-….sig", "blob sha256:…"."""

    lookup: str
    reason: str


@dataclass(frozen=True, slots=True)
class AttestationOutcome:
    """The verdict about the attestations of one type, and the statements that it rests on."""

    verdict: Verdict
    statements: tuple[Statement, ...] = ()


def verify_signatures(
    subject: Subject,
    claims: Sequence[ClaimedSignature | ClaimedAttestation],
    failed: Sequence[FailedLookup],
    policy: TrustPolicy,
    *,
    at: datetime,
) -> Verdict:
    """Judge the signatures claimed for ``subject``; ``failed`` are places that could not be looked into.

    An attestation among them is a signature if its statement is of the type COSIGN_SIGN.
    """
    # Step 1.
    rule = policy.rule_for(subject.repository)
    if rule is None:
        return _no_rule(subject)
    judged = [
        _judge_signature(subject, claim, rule)
        if isinstance(claim, ClaimedSignature)
        else _judge_signing_statement(subject, claim, rule)
        for claim in claims
    ]
    good = [key for keys in judged if not isinstance(keys, Rejected) for key in keys]
    bad = [rejection for rejection in judged if isinstance(rejection, Rejected)]
    return _conclude(rule, good, bad, failed, at=at, what="signature")


def judge_attestations(
    subject: Subject,
    claims: Sequence[ClaimedAttestation],
    failed: Sequence[FailedLookup],
    policy: TrustPolicy,
    *,
    at: datetime,
) -> "JudgedAttestations":
    """Judge the attestations claimed for ``subject``; ask the result about one type of them."""
    # Step 1.
    rule = policy.rule_for(subject.repository)
    if rule is None:
        return JudgedAttestations(_no_rule(subject), (), (), tuple(failed), at)
    judged = [_judge_attestation(subject, claim, rule) for claim in claims]
    return JudgedAttestations(
        rule,
        tuple(attestation for attestation in judged if isinstance(attestation, _SignedStatement)),
        tuple(rejection for rejection in judged if isinstance(rejection, Rejected)),
        tuple(failed),
        at,
    )


@dataclass(frozen=True, slots=True)
class _SignedStatement:
    """A statement about the subject, and the trusted keys that signed its envelope."""

    statement: Statement
    keys: tuple[TrustedKey, ...]


@dataclass(frozen=True, slots=True)
class JudgedAttestations:
    """Attestations of one subject after steps 1 to 7: the good ones, and why the others are not."""

    rule: TrustRule | Rejected
    good: tuple[_SignedStatement, ...]
    bad: tuple[Rejected, ...]
    failed: tuple[FailedLookup, ...]
    at: datetime

    @property
    def predicate_types(self) -> frozenset[str]:
        """The types of the statements that somebody trusted has signed."""
        return frozenset(signed.statement.predicate_type for signed in self.good)

    def of_type(self, predicate_type: str) -> AttestationOutcome:
        """Conclude about the attestations of one type."""
        if isinstance(self.rule, Rejected):
            return AttestationOutcome(self.rule)
        # Keys count together only where they signed the very same statement.
        keys: dict[bytes, list[TrustedKey]] = {}
        statements: dict[bytes, Statement] = {}
        for signed in self.good:
            if signed.statement.predicate_type == predicate_type:
                statements[signed.statement.raw] = signed.statement
                keys.setdefault(signed.statement.raw, []).extend(signed.keys)
        most = max(keys.values(), key=_count_signers, default=[])
        what = f"attestation of type {predicate_type}"
        verdict = _conclude(self.rule, most, self.bad, self.failed, at=self.at, what=what)
        if not isinstance(verdict, Verified):
            return AttestationOutcome(verdict)
        enough = (raw for raw, signers in keys.items() if _count_signers(signers) >= self.rule.need)
        return AttestationOutcome(verdict, tuple(statements[raw] for raw in enough))


def _judge_signature(
    subject: Subject, claim: ClaimedSignature, rule: TrustRule
) -> tuple[TrustedKey, ...] | Rejected:
    # Step 3.
    if claim.payload is None or len(claim.payload) > MAX_PAYLOAD_BYTES:
        return Rejected(Step.SIZE, f"the payload is larger than {MAX_PAYLOAD_BYTES} bytes")
    # Step 4.
    signature = _signature_bytes(claim.signature)
    if signature is None or not any(trusted.key.accepts_form(signature) for trusted in rule.keys):
        return Rejected(Step.ENCODING, f"it is not a signature of any kind of key in the rule {rule.name!r}")
    # Step 5.
    signer = _signer(rule, signature, claim.payload)
    if signer is None:
        return _not_by_our_keys(rule)
    # Step 6.
    try:
        signed = parse_payload(claim.payload)
    except LadingError as error:
        return Rejected(Step.PAYLOAD, error.message)
    # Step 7.
    if signed.digest != subject.digest:
        return Rejected(Step.DIGEST, f"the signature is of {signed.digest}, not of {subject.digest}")
    # Step 8.
    if not _names(signed.docker_reference, subject, rule):
        return Rejected(
            Step.IDENTITY,
            f"the signature is for {signed.docker_reference[:300]!r}, not for {subject.repository!r}",
        )
    return (signer,)


def _judge_signing_statement(
    subject: Subject, claim: ClaimedAttestation, rule: TrustRule
) -> tuple[TrustedKey, ...] | Rejected:
    # Steps 3 to 5 and 7.
    judged = _judge_attestation(subject, claim, rule)
    if isinstance(judged, Rejected):
        return judged
    # Step 6.
    type_ = judged.statement.predicate_type
    if type_ != COSIGN_SIGN:
        return Rejected(Step.PAYLOAD, f"the statement is of type {type_[:160]!r}, and no signature")
    # Step 8. cosign names nothing but the digest in its own statements.
    names = {entry.name for entry in judged.statement.subjects if entry.is_(subject.digest)}
    if not all(_names(name, subject, rule) if name else rule.accepts_any_identity for name in names):
        return Rejected(
            Step.IDENTITY,
            f"the signature does not say that it is for {subject.repository!r}; a rule with "
            'signed-as = ["**"] accepts it all the same',
        )
    return judged.keys


def _judge_attestation(
    subject: Subject, claim: ClaimedAttestation, rule: TrustRule
) -> _SignedStatement | Rejected:
    # Step 3.
    if claim.content is None or len(claim.content) > MAX_ENVELOPE_BYTES:
        return Rejected(Step.SIZE, f"the envelope is larger than {MAX_ENVELOPE_BYTES} bytes")
    # Step 4.
    try:
        envelope = parse_bundle(claim.content) if claim.in_bundle else parse_envelope(claim.content)
    except LadingError as error:
        return Rejected(Step.ENCODING, error.message)
    if envelope.payload_type != PAYLOAD_TYPE:
        return Rejected(Step.ENCODING, f"the envelope holds {envelope.payload_type[:160]!r}, no statement")
    # Step 5.
    signers = _envelope_signers(rule, envelope)
    if not signers:
        return _not_by_our_keys(rule)
    # Step 6.
    try:
        statement = parse_statement(envelope.payload)
    except LadingError as error:
        return Rejected(Step.PAYLOAD, error.message)
    # Step 7.
    if not statement.is_about(subject.digest):
        return Rejected(Step.DIGEST, f"the attestation is about other content, not {subject.digest}")
    return _SignedStatement(statement, signers)


def _conclude(
    rule: TrustRule,
    good: Sequence[TrustedKey],
    bad: Sequence[Rejected],
    failed: Sequence[FailedLookup],
    *,
    at: datetime,
    what: str,
) -> Verdict:
    # Step 9.
    signers = {trusted.key.id: Signer(trusted.name, trusted.key.id) for trusted in good}
    if len(signers) >= rule.need:
        return Verified(tuple(signers.values()), at, rule.name)
    if failed:
        return Undetermined(failed[0].lookup, failed[0].reason)
    if signers:
        names = ", ".join(signer.name for signer in signers.values())
        return Rejected(
            Step.THRESHOLD, f"the rule {rule.name!r} needs {rule.need} signers; there is only {names}"
        )
    # Step 2.
    if not bad:
        return Rejected(Step.PRESENT, f"there is no {what}")
    # Of several that failed, the one that got furthest says the most about what to do.
    return max(bad, key=lambda rejection: rejection.step)


def _signature_bytes(text: str) -> bytes | None:
    if len(text) > MAX_SIGNATURE_TEXT:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _signer(rule: TrustRule, signature: bytes, message: bytes) -> TrustedKey | None:
    return next((trusted for trusted in rule.keys if trusted.key.verify(signature, message)), None)


def _envelope_signers(rule: TrustRule, envelope: Envelope) -> tuple[TrustedKey, ...]:
    """Every key of the rule that signed. The envelope's key ids are not believed: all keys are tried."""
    message = envelope.signed_bytes
    found = (_signer(rule, entry.signature, message) for entry in envelope.signatures)
    return tuple(signer for signer in found if signer is not None)


def _count_signers(keys: Sequence[TrustedKey]) -> int:
    """One key that signed twice is one signer."""
    return len({trusted.key.id for trusted in keys})


def _names(docker_reference: str, subject: Subject, rule: TrustRule) -> bool:
    """Whether the signed name means the subject's repository.

    The registry's host is not compared: one registry has several names, and the digest has been compared.
    """
    try:
        signed = parse_reference(docker_reference)
    except LadingError:
        return False
    return rule.accepts_identity(signed.repository, subject.repository)


def _no_rule(subject: Subject) -> Rejected:
    return Rejected(Step.RULE, f"no rule of the trust policy covers the repository {subject.repository!r}")


def _not_by_our_keys(rule: TrustRule) -> Rejected:
    names = ", ".join(trusted.name for trusted in rule.keys)
    return Rejected(Step.SIGNATURE, f"no key of the rule {rule.name!r} made the signature (keys: {names})")

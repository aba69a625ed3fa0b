"""Is this image signed by whom we trust? The one verifier, for every gate.

What is claimed about a subject is collected elsewhere; here it is only judged. The answer is Verified,
Rejected with the step that failed, or Undetermined with the lookup that failed; nothing raises, whatever an
attacker wrote. Each claim goes through the steps in order, and the first that fails rejects it:

    1  RULE          a rule of the trust policy covers the repository, in the environment, now
    2  PRESENT       something is claimed at all
    3  SIZE          it is small enough to be read
    4  ENCODING      it can be read, in the one form that its kind of key gives; it holds a statement
    5  SIGNATURE     a key of the rule, or of the certificate beside it, made it over just these bytes
    6  CERTIFICATE   (certificates) it leads to an authority of the rule, and counted at the moment of signing
    7  SIGNER        (certificates) it was issued to somebody whom the rule names
    8  TIME          the signer counts: from when, until when, not revoked
    9  PAYLOAD       what was signed can be read, in one way only
    10 DIGEST        it names the subject's digest
    11 IDENTITY      (signatures) it names the subject's repository, or one that the rule accepts instead
    12 CONDITION     (attestations) it says what the rule demands
    13 THRESHOLD     as many different signers as the rule needs have signed
    14 ATTESTATIONS  every attestation that the rule demands is there

Nothing of a payload is read before its signature is good (8 before 9). One bad signature does not spoil a
good one: who can add a signature must not thereby be able to take an image out of service. What was not found
because a lookup failed is neither there nor absent: if enough good signatures were found all the same the
subject is verified, and else the answer is Undetermined, never "unsigned".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from lading.foundation.errors import LadingError
from lading.oci.reference import parse_reference
from lading.signing import notary
from lading.signing.claims import (
    ClaimedAttestation,
    ClaimedNotarySignature,
    ClaimedSignature,
    FailedLookup,
    Subject,
)
from lading.signing.cosign import parse_payload
from lading.signing.proofs import Proofs, Trying, prove_envelope, prove_notary, prove_payload
from lading.signing.signers import Proven
from lading.signing.sigstore_bundle import COSIGN_SIGN
from lading.signing.statement import PAYLOAD_TYPE, Statement, parse_statement
from lading.signing.trust_policy import TrustPolicy, TrustRule
from lading.signing.verdicts import Rejected, Signer, Step, Undetermined, Verdict, Verified

SignatureClaim: TypeAlias = ClaimedSignature | ClaimedAttestation | ClaimedNotarySignature


@dataclass(frozen=True, slots=True)
class AttestationOutcome:
    """The verdict about the attestations of one type, and the statements that it rests on."""

    verdict: Verdict
    statements: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class _Judging:
    """What is judged, by which rule, when."""

    subject: Subject
    rule: TrustRule
    trying: Trying


def verify_signatures(
    subject: Subject,
    claims: Sequence[SignatureClaim],
    failed: Sequence[FailedLookup],
    policy: TrustPolicy,
    *,
    at: datetime,
    environment: str = "",
) -> Verdict:
    """Judge the signatures claimed for ``subject``; ``failed`` are places that could not be looked into.

    An attestation among them is a signature if its statement is of the type COSIGN_SIGN.
    """
    # Step 1.
    rule = policy.rule_for(subject.repository, environment, at)
    if rule is None:
        return _no_rule(subject, environment)
    if rule.need == 0:
        return Verified((), at, rule.name)
    judging = _Judging(subject, rule, Trying(policy, rule.name, rule.signers, at))
    judged = [_judge(judging, claim) for claim in claims]
    good = [proof for proofs in judged if isinstance(proofs, tuple) for proof in proofs]
    bad = [rejection for rejection in judged if isinstance(rejection, Rejected)]
    doubts = [FailedLookup(each.lookup, each.reason) for each in judged if isinstance(each, Undetermined)]
    return _conclude(rule.name, rule.need, good, bad, [*failed, *doubts], at=at, what="signature")


def judge_attestations(
    subject: Subject,
    claims: Sequence[ClaimedAttestation],
    failed: Sequence[FailedLookup],
    policy: TrustPolicy,
    *,
    at: datetime,
    environment: str = "",
) -> "JudgedAttestations":
    """Judge the attestations claimed for ``subject``; ask the result about one type of them."""
    # Step 1.
    rule = policy.rule_for(subject.repository, environment, at)
    if rule is None:
        return JudgedAttestations(_no_rule(subject, environment), (), (), tuple(failed), at)
    judging = _Judging(subject, rule, Trying(policy, rule.name, rule.everybody, at))
    judged = [_judge_attestation(judging, claim) for claim in claims]
    return JudgedAttestations(
        rule,
        tuple(attestation for attestation in judged if isinstance(attestation, SignedStatement)),
        tuple(rejection for rejection in judged if isinstance(rejection, Rejected)),
        tuple(failed),
        at,
    )


def with_demands(verdict: Verdict, judged: "JudgedAttestations") -> Verdict:
    """The verdict about the image as a whole: its signatures, and the attestations that its rule demands."""
    if not isinstance(verdict, Verified) or isinstance(judged.rule, Rejected):
        return verdict
    missing: Rejected | None = None
    untils = [verdict.until]
    # Step 14.
    for demand in judged.rule.demands:
        of_type = judged.of_type(demand.type).verdict
        if isinstance(of_type, Undetermined):
            return of_type
        if isinstance(of_type, Verified):
            untils.append(of_type.until)
            continue
        step = of_type.step.name.lower()
        what = f"the attestation of type {demand.type} is not verified at step {step}"
        missing = missing or Rejected(Step.ATTESTATIONS, f"{what}: {of_type.reason}")
    if missing is not None:
        return missing
    return Verified(verdict.signers, verdict.at, verdict.rule, _earliest(untils))


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A statement about the subject, and the trusted signers of its envelope."""

    statement: Statement
    proofs: Proofs


@dataclass(frozen=True, slots=True)
class JudgedAttestations:
    """Attestations of one subject after steps 1 to 10: the good ones, and why the others are not."""

    rule: TrustRule | Rejected
    good: tuple[SignedStatement, ...]
    bad: tuple[Rejected, ...]
    failed: tuple[FailedLookup, ...]
    at: datetime

    def joined(self, others: "JudgedAttestations") -> "JudgedAttestations":
        """These, and those about an index that vouches for the image."""
        return JudgedAttestations(
            self.rule, self.good + others.good, self.bad, self.failed + others.failed, self.at
        )

    @property
    def predicate_types(self) -> frozenset[str]:
        """The types of the statements that somebody trusted has signed, and of those that are demanded."""
        demanded = () if isinstance(self.rule, Rejected) else self.rule.demands
        found = {signed.statement.predicate_type for signed in self.good}
        return frozenset(found | {demand.type for demand in demanded})

    def of_type(self, predicate_type: str) -> AttestationOutcome:
        """Conclude about the attestations of one type."""
        if isinstance(self.rule, Rejected):
            return AttestationOutcome(self.rule)
        demand = self.rule.demand_for(predicate_type)
        # Signers count together only where they signed the very same statement.
        proofs: dict[bytes, list[Proven]] = {}
        statements: dict[bytes, Statement] = {}
        bad = list(self.bad)
        for signed in self.good:
            if signed.statement.predicate_type != predicate_type:
                continue
            for proof in signed.proofs:
                if proof.signer not in demand.signers:
                    continue
                # Step 12.
                refused = demand.refusal(signed.statement, proof.signed_at, self.at)
                if refused:
                    bad.append(Rejected(Step.CONDITION, refused))
                    continue
                statements[signed.statement.raw] = signed.statement
                proofs.setdefault(signed.statement.raw, []).append(proof)
        most = max(proofs.values(), key=_count_signers, default=[])
        what = f"attestation of type {predicate_type}"
        verdict = _conclude(self.rule.name, demand.need, most, bad, self.failed, at=self.at, what=what)
        if not isinstance(verdict, Verified):
            return AttestationOutcome(verdict)
        enough = (raw for raw, signers in proofs.items() if _count_signers(signers) >= demand.need)
        return AttestationOutcome(verdict, tuple(statements[raw] for raw in enough))


def _judge(judging: _Judging, claim: SignatureClaim) -> Proofs | Rejected | Undetermined:
    match claim:
        case ClaimedSignature():
            return _judge_payload(judging, claim)
        case ClaimedNotarySignature():
            return _judge_notary(judging, claim)
        case ClaimedAttestation():
            return _judge_signing_statement(judging, claim)
    assert_never(claim)


def _judge_payload(judging: _Judging, claim: ClaimedSignature) -> Proofs | Rejected:
    # Steps 3 to 8.
    proofs = prove_payload(claim, judging.trying)
    if isinstance(proofs, Rejected) or claim.payload is None:
        return proofs
    subject, rule = judging.subject, judging.rule
    # Step 9.
    try:
        signed = parse_payload(claim.payload)
    except LadingError as error:
        return Rejected(Step.PAYLOAD, error.message)
    # Step 10.
    if signed.digest != subject.digest:
        return Rejected(Step.DIGEST, f"the signature is of {signed.digest}, not of {subject.digest}")
    # Step 11.
    if not _names(signed.docker_reference, subject, rule):
        return Rejected(
            Step.IDENTITY,
            f"the signature is for {signed.docker_reference[:300]!r}, not for {subject.repository!r}",
        )
    return proofs


def _judge_notary(judging: _Judging, claim: ClaimedNotarySignature) -> Proofs | Rejected | Undetermined:
    # Steps 3 to 8.
    proven = prove_notary(claim, judging.trying)
    if not isinstance(proven, tuple):
        return proven
    payload, proofs = proven
    if isinstance(proofs, Rejected):
        return proofs
    # Step 9.
    try:
        digest = notary.parse_payload(payload)
    except LadingError as error:
        return Rejected(Step.PAYLOAD, error.message)
    # Step 10. Step 11 does not apply: the Notary Project names no repository, its rules are chosen by it.
    if digest != judging.subject.digest:
        return Rejected(Step.DIGEST, f"the signature is of {digest}, not of {judging.subject.digest}")
    return proofs


def _judge_signing_statement(judging: _Judging, claim: ClaimedAttestation) -> Proofs | Rejected:
    # Steps 3 to 8 and 10.
    judged = _judge_attestation(judging, claim)
    if isinstance(judged, Rejected):
        return judged
    subject, rule = judging.subject, judging.rule
    # Step 9.
    type_ = judged.statement.predicate_type
    if type_ != COSIGN_SIGN:
        return Rejected(Step.PAYLOAD, f"the statement is of type {type_[:160]!r}, and no signature")
    # Step 11. cosign names nothing but the digest in its own statements.
    names = {entry.name for entry in judged.statement.subjects if entry.is_(subject.digest)}
    if not all(_names(name, subject, rule) if name else rule.accepts_any_identity for name in names):
        return Rejected(
            Step.IDENTITY,
            f"the signature does not say that it is for {subject.repository!r}; a rule with "
            'signed-as = ["**"] accepts it all the same',
        )
    return judged.proofs


def _judge_attestation(judging: _Judging, claim: ClaimedAttestation) -> SignedStatement | Rejected:
    # Steps 3 to 8.
    proven = prove_envelope(claim, judging.trying)
    if isinstance(proven, Rejected):
        return proven
    envelope, proofs = proven
    if envelope.payload_type != PAYLOAD_TYPE:
        return Rejected(Step.ENCODING, f"the envelope holds {envelope.payload_type[:160]!r}, no statement")
    if isinstance(proofs, Rejected):
        return proofs
    # Step 9.
    try:
        statement = parse_statement(envelope.payload)
    except LadingError as error:
        return Rejected(Step.PAYLOAD, error.message)
    # Step 10.
    if not statement.is_about(judging.subject.digest):
        return Rejected(Step.DIGEST, f"the attestation is about other content, not {judging.subject.digest}")
    return SignedStatement(statement, proofs)


def _conclude(
    rule: str,
    need: int,
    good: Sequence[Proven],
    bad: Sequence[Rejected],
    failed: Sequence[FailedLookup],
    *,
    at: datetime,
    what: str,
) -> Verdict:
    # Step 13.
    signers: Mapping[str, Signer] = {
        proof.signer.holder: Signer(proof.signer.name, proof.who, proof.signed_at) for proof in good
    }
    if len(signers) >= need:
        return Verified(tuple(signers.values()), at, rule, _earliest([proof.until for proof in good]))
    if failed:
        return Undetermined(failed[0].lookup, failed[0].reason)
    if signers:
        names = ", ".join(signer.name for signer in signers.values())
        return Rejected(Step.THRESHOLD, f"the rule {rule!r} needs {need} signers; there is only {names}")
    # Step 2.
    if not bad:
        return Rejected(Step.PRESENT, f"there is no {what}")
    # Of several that failed, the one that got furthest says the most about what to do.
    return max(bad, key=lambda rejection: rejection.step)


def _earliest(moments: Sequence[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _count_signers(proofs: Sequence[Proven]) -> int:
    """One signer that signed twice is one signer, and so is one whose key was replaced."""
    return len({proof.signer.holder for proof in proofs})


def _names(docker_reference: str, subject: Subject, rule: TrustRule) -> bool:
    """Whether the signed name means the subject's repository.

    The registry's host is not compared: one registry has several names, and the digest has been compared.
    """
    try:
        signed = parse_reference(docker_reference)
    except LadingError:
        return False
    return rule.accepts_identity(signed.repository, subject.repository)


def _no_rule(subject: Subject, environment: str) -> Rejected:
    where = f" in {environment}" if environment else ""
    what = f"no rule of the trust policy covers the repository {subject.repository!r}{where}"
    return Rejected(Step.RULE, what)

"""Verdicts as messages, for the API and for the command that verifies by itself."""

from lading.api.signatures import VerdictLine, Verification
from lading.foundation.instants import rfc3339
from lading.signing.verdicts import Rejected, Undetermined, Verdict, Verified
from lading.workflows.verify_image import ImageVerification


def verification_line(result: ImageVerification) -> Verification:
    """What verifying said, as a message."""
    return Verification(
        repository=result.subject.repository,
        digest=str(result.subject.digest),
        trust_policy=str(result.trust_policy),
        signatures=verdict_line(result.signatures),
        attestations={kind: verdict_line(verdict) for kind, verdict in result.attestations.items()},
    )


def verdict_line(verdict: Verdict) -> VerdictLine:
    """A verdict as a message."""
    match verdict:
        case Verified(signers, at, rule, _):
            names = [f"{signer.name} ({signer.key_id})" for signer in signers]
            when = [f"{signer.name} at {rfc3339(signer.signed_at)}" for signer in signers if signer.signed_at]
            proven = f"; proven to be signed by {', '.join(when)}" if when else ""
            return VerdictLine(
                outcome="verified", signers=names, rule=rule, reason=f"found so at {rfc3339(at)}{proven}"
            )
        case Rejected(step, reason):
            return VerdictLine(outcome="rejected", step=step.name.lower(), reason=reason)
        case Undetermined(lookup, reason):
            return VerdictLine(outcome="undetermined", lookup=lookup, reason=reason)

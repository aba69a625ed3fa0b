"""Sign again, with another key, what a signer signed: the campaign after a rotation or a revocation.

Only what is known to have been signed while the signer counted is signed again: found so before it was
revoked, or proven by a timestamp to be from before. What turned up later may be the thief's.
"""

from dataclasses import dataclass
from datetime import datetime

from lading.access.verbs import Verb
from lading.foundation.errors import LadingError, NotFound
from lading.oci.digest import Digest
from lading.ports.records.page import MAX_LIMIT
from lading.ports.records.trust import SignedFact
from lading.registry.caller import Caller
from lading.signing.claims import Subject
from lading.signing.signers import TrustedSigner
from lading.signing.trust_policy import TrustPolicy
from lading.workflows.sign_image import SigningPorts, sign_image


@dataclass(frozen=True, slots=True)
class ResignedImage:
    """One image of a campaign; ``outcome`` is ``signed``, ``would sign``, ``left out`` or ``failed``."""

    repository: str
    digest: Digest
    outcome: str
    reason: str = ""


def resign_images(
    ports: SigningPorts,
    caller: Caller,
    policy: TrustPolicy,
    signer: str,
    now: datetime,
    *,
    key: str = "",
    dry_run: bool = True,
) -> tuple[ResignedImage, ...]:
    """Sign again what ``signer`` signed, at most one page of it at a time.

    Raises NotFound ``signer-unknown``; what the caller may not sign is left out, with the reason.
    """
    named = next((each for each in policy.signers if each.name == signer), None)
    if named is None:
        raise NotFound("signer-unknown", f"the trust policy names no signer {signer[:160]!r}")
    fresh = ports.named(key).public_key.id
    with ports.push.records.read() as kept:
        facts = kept.trust.signed_by([named.name, named.id], limit=MAX_LIMIT).items
        done = {
            (fact.repository, fact.digest)
            for fact in kept.trust.signed_by([fresh], limit=MAX_LIMIT).items
            if fact.what == "signature"
        }
    signatures = [fact for fact in facts if fact.what == "signature" and fact.shown != fresh]
    return tuple(
        _resign(ports, caller, fact, named, now, key=key, dry_run=dry_run)
        for fact in signatures
        if (fact.repository, fact.digest) not in done and caller.may(Verb.READ_EVIDENCE, fact.repository)
    )


def _resign(
    ports: SigningPorts,
    caller: Caller,
    fact: SignedFact,
    signer: TrustedSigner,
    now: datetime,
    *,
    key: str,
    dry_run: bool,
) -> ResignedImage:
    revoked = signer.window.revoked
    known_at = fact.signed_at or fact.seen_at
    if revoked is not None and known_at >= revoked:
        why = "it was first seen after the signer was revoked"
        return ResignedImage(fact.repository, fact.digest, "left out", why)
    if dry_run:
        return ResignedImage(fact.repository, fact.digest, "would sign")
    try:
        sign_image(ports, caller, Subject(fact.repository, fact.digest), now, key=key)
    except LadingError as error:
        return ResignedImage(fact.repository, fact.digest, "failed", error.message)
    return ResignedImage(fact.repository, fact.digest, "signed")

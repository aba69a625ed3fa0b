"""The trust policy that every gate asks, and how it is changed.

It is read whenever something is asked, from the records that all gates share: a change counts at once, at
every gate. Nothing that was judged under another version is used again, because verdicts are kept under the
digest of the policy that they were made by.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from lading.access.verbs import Verb
from lading.foundation.errors import Malformed
from lading.foundation.instants import rfc3339
from lading.oci.digest import Digest
from lading.ports.jobs import Job, Jobs
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.records.trust import TrustDocument
from lading.registry.caller import Caller
from lading.signing.trust_policy import TrustPolicy
from lading.signing.trust_policy_file import MAX_POLICY_BYTES, parse_trust_policy, revoke_in
from lading.signing.trust_rotation import Rotation, rotate_in
from lading.workflows.rights import require_on_installation

REEVALUATE = "re-evaluate-trust"
MAX_REASON = 500  # characters


@dataclass(frozen=True, slots=True)
class TrustPorts:
    """What changing trust needs. ``shipped`` is in force before any policy was set."""

    records: Records
    shipped: TrustPolicy
    jobs: Jobs


def trust_in_force(kept: RecordSet, shipped: TrustPolicy) -> TrustPolicy:
    """Give the active trust policy, or the shipped one before any was set."""
    active = kept.trust.active_trust()
    return shipped if active is None else _parsed(active.text)


def load_trust(records: Records, shipped: TrustPolicy) -> TrustPolicy:
    """Give the trust policy in force now."""
    with records.read() as kept:
        return trust_in_force(kept, shipped)


def read_trust(content: bytes, source: str) -> TrustPolicy:
    """Read a trust policy as it was sent; raise Malformed or OverLimit."""
    if len(content) > MAX_POLICY_BYTES:
        raise Malformed("trust-policy-too-large", f"a trust policy has at most {MAX_POLICY_BYTES} bytes")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("trust-policy-invalid", f"{source} is not UTF-8 at byte {error.start}") from error
    return parse_trust_policy(text, source)


def set_trust(
    ports: TrustPorts, caller: Caller, content: bytes, source: str, now: datetime, *, why: str = ""
) -> TrustPolicy:
    """Put a trust policy in force at every gate, and have everything looked at again.

    Raises as ``read_trust`` does, and Forbidden.
    """
    require_on_installation(caller, Verb.EDIT_POLICY)
    policy = read_trust(content, source)
    return _activate(ports, caller, lambda _before: policy, now, action="trust.set", why=why)


def revoke_signer(
    ports: TrustPorts,
    caller: Caller,
    signer: str,
    reason: str,
    now: datetime,
    *,
    since: datetime | None = None,
) -> TrustPolicy:
    """Stop trusting a signer from a moment on, which is now unless ``since`` says when it was lost.

    What a trusted timestamp proves to have been signed before stays good. Raises NotFound
    ``signer-unknown``, Conflict ``signer-revoked``, Malformed without a reason, and Forbidden.
    """
    require_on_installation(caller, Verb.EDIT_POLICY)
    if not reason.strip() or len(reason) > MAX_REASON:
        raise Malformed("reason-missing", f"say why, in at most {MAX_REASON} characters")
    moment = min(since or now, now)

    def revoked(before: TrustPolicy) -> TrustPolicy:
        text = revoke_in(before.text, signer, moment, reason)
        return parse_trust_policy(text, "trust policy")

    return _activate(
        ports, caller, revoked, now, action="trust.revoke", why=reason, signer=signer, since=rfc3339(moment)
    )


def rotate_signer(
    ports: TrustPorts, caller: Caller, rotation: Rotation, reason: str, now: datetime
) -> TrustPolicy:
    """Put a key in the place of another one, in every rule that names it (``signing.trust_rotation``).

    Raises NotFound ``signer-unknown``, Conflict, Malformed without a reason, and Forbidden.
    """
    require_on_installation(caller, Verb.EDIT_POLICY)
    if not reason.strip() or len(reason) > MAX_REASON:
        raise Malformed("reason-missing", f"say why, in at most {MAX_REASON} characters")
    if rotation.until <= now:
        raise Malformed("overlap-missing", "the old key must count for some time beside the new one")
    details = {"signer": rotation.old, "replaced_by": rotation.name, "until": rfc3339(rotation.until)}
    return _activate(
        ports,
        caller,
        lambda before: rotate_in(before, rotation),
        now,
        action="trust.rotate",
        why=reason,
        **details,
    )


def _activate(
    ports: TrustPorts,
    caller: Caller,
    change: Callable[[TrustPolicy], TrustPolicy],
    now: datetime,
    *,
    action: str,
    why: str,
    **details: object,
) -> TrustPolicy:
    with ports.records.write() as kept:
        before = trust_in_force(kept, ports.shipped)
        policy = change(before)
        document = TrustDocument(policy.digest, policy.text, now, str(caller.principal), why)
        kept.trust.activate_trust(document)
        named = {"digest": str(policy.digest), "before": str(before.digest), "why": why, **details}
        kept.audit.append(caller.did(action, "trust policy", now, **named))
    arguments = {"trust_policy": str(policy.digest), "before": str(before.digest)}
    ports.jobs.enqueue(Job(REEVALUATE, f"{REEVALUATE}/{policy.digest}/{rfc3339(now)}", arguments))
    return policy


@lru_cache(maxsize=8)
def _parsed(text: str) -> TrustPolicy:
    """Reading is a function of the text, and takes longer than verifying a signature."""
    return parse_trust_policy(text, f"trust policy {Digest.of(text.encode()).short}")

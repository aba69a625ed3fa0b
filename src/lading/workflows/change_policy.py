"""Change the policy by two people: proposed with its effect, agreed to, put in force.

1. A proposal is read, its examples are run, and it is replayed over what was decided lately: those who agree
   see what it would have denied, and whom.
2. Where policies need a second person, they cannot be put in force alone.
"""

from dataclasses import dataclass
from datetime import datetime

from lading.access.verbs import Verb
from lading.approvals.approval import Approval, ApprovalKind, ApprovalState
from lading.foundation.errors import Conflict, Malformed, NotFound
from lading.oci.digest import Digest
from lading.policy.policy_file import parse_policy
from lading.policy.replay import ReplayTally
from lading.policy.signed_policy import Sealed
from lading.registry.caller import Caller
from lading.workflows.approvals import Asked, cast_vote, open_approval
from lading.workflows.gate import GatePorts
from lading.workflows.policy_in_force import (
    PolicyStanding,
    activate_policy,
    check_policy,
    policy_in_force,
    policy_standing,
    put_in_force,
    require_passing,
    sealed_by,
)
from lading.workflows.replay_policy import DEFAULT_SPAN, ReplaySpan, replay_policy
from lading.workflows.rights import may_on_installation, require_on_installation, require_signed_in

_PROPOSAL_SPAN = 20_000  # decisions that a proposal is replayed over


@dataclass(frozen=True, slots=True)
class PolicyProposal:
    """What somebody wants in force, and why."""

    content: bytes
    reason: str
    ticket: str = ""


def needs_review(ports: GatePorts) -> bool:
    """Whether a second person has to agree to a policy."""
    return ports.approvals.quorums.get(ApprovalKind.POLICY, 0) > 0


def set_policy(ports: GatePorts, caller: Caller, content: bytes, now: datetime) -> None:
    """Put a policy in force alone; raise Conflict ``policy-needs-review`` where nobody may."""
    # Step 2.
    if needs_review(ports):
        raise Conflict(
            "policy-needs-review",
            "here a policy needs somebody else who agrees",
            hint="propose it: lading policy propose FILE --reason …",
        )
    activate_policy(ports.sources.records, ports.policy, caller, content, now)


def sign_policy(ports: GatePorts, caller: Caller, digest: Digest, now: datetime) -> PolicyStanding:
    """Put a policy that was put in force without a signature in force again, signed.

    It is named by its digest, so that nobody vouches for a text that they did not look at: who could write
    into the records could have put it there. Raises NotFound, and as ``set_policy`` does.
    """
    with ports.sources.records.read() as kept:
        document = kept.governance.policy(digest)
    if document is None:
        raise NotFound("policy-unknown", f"no policy {digest.short} was ever put in force")
    set_policy(ports, caller, document.text.encode(), now)
    with ports.sources.records.read() as kept:
        return policy_standing(kept, ports.policy)


def show_version(ports: GatePorts, caller: Caller, digest: Digest) -> PolicyStanding:
    """Give a policy that is or was in force, to whoever is signed in; raise NotFound."""
    require_signed_in(caller)
    with ports.sources.records.read() as kept:
        document = kept.governance.policy(digest)
    if document is None:
        raise NotFound("policy-unknown", f"no policy {digest.short} was ever put in force")
    signed = sealed_by(document, ports.policy)
    policy = parse_policy(document.text.encode(), f"policy {digest.short}")
    return PolicyStanding(policy, document.text, document, signed.key if isinstance(signed, Sealed) else "")


def propose_policy(ports: GatePorts, caller: Caller, proposal: PolicyProposal, now: datetime) -> Approval:
    """Keep a policy that waits for somebody to agree; raise Malformed, Forbidden or Conflict."""
    # Step 1.
    require_on_installation(caller, Verb.EDIT_POLICY)
    checked = check_policy(proposal.content, "policy")
    require_passing(checked, "policy")
    if not proposal.reason.strip():
        raise Malformed("policy-reason", "a proposal says why")
    span = ReplaySpan(now - DEFAULT_SPAN, _PROPOSAL_SPAN)
    effect = replay_policy(ports, caller, proposal.content, span)
    with ports.sources.records.write() as kept:
        before = policy_in_force(kept, ports.policy)
        digest = checked.policy.digest
        if before.digest == digest:
            raise Conflict("policy-in-force", "this policy is in force already")
        kept.governance.keep_policy(digest, proposal.content.decode("utf-8"))
        evidence: dict[str, object] = {
            "reason": proposal.reason.strip(),
            "before": str(before.digest),
            "digest": str(digest),
            "rules_added": sorted({r.id for r in checked.policy.rules} - {r.id for r in before.rules}),
            "rules_removed": sorted({r.id for r in before.rules} - {r.id for r in checked.policy.rules}),
            "effect": effect_lines(effect),
        }
        title = f"policy {checked.policy.name} {digest.short}"
        asked = Asked(ApprovalKind.POLICY, str(digest), title, (), proposal.ticket, evidence)
        made = open_approval(kept, caller, asked, now, rules=ports.approvals, approval_id=ports.new_id())
        kept.audit.append(caller.did("policy.propose", title, now, digest=str(digest), approval=made.id))
    return made


def vote_on_policy(
    ports: GatePorts, caller: Caller, approval: Approval, now: datetime, *, approves: bool, comment: str
) -> None:
    """Agree or refuse; the policy is put in force when enough have agreed."""
    with ports.sources.records.write() as kept:
        counted = cast_vote(
            kept,
            caller,
            approval,
            lambda one: may_on_installation(one, Verb.EDIT_POLICY),
            approves=approves,
            comment=comment,
            now=now,
        )
        if counted.state is not ApprovalState.APPROVED:
            return
        digest = Digest.parse(approval.subject)
        text = kept.governance.policy_text(digest)
        if text is None:
            raise NotFound("policy-unknown", "the policy that was proposed is not kept any more")
        put_in_force(kept, ports.policy, caller, text, now, approval=approval.id)


def effect_lines(tally: ReplayTally) -> dict[str, object]:
    """Give what a replay found as small JSON."""
    return {
        "asked": tally.asked,
        "denied_before": tally.denied_before,
        "newly_denied": tally.newly_denied,
        "newly_allowed": tally.newly_allowed,
        "newly_warned": tally.newly_warned,
        "images": len(tally.images),
        "by_team": dict(tally.by_team.most_common(50)),
        "by_rule": dict(tally.by_rule.most_common(50)),
    }

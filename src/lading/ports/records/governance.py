"""Policies, waivers, decisions, environments and what was moved between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lading.approvals.approval import Approval, ApprovalKind, Delegation
from lading.oci.digest import Digest
from lading.policy.decision import Decision, Outcome
from lading.policy.waiver import Waiver
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.promotion.environments import Environment
from lading.promotion.promotion import Promotion


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """A policy as it was written. ``digest`` is of ``text``; one document is active.

    ``number`` counts activations, ``envelope`` is what was signed of this one (``policy.signed_policy``).
    """

    digest: Digest
    text: str
    set_at: datetime
    set_by: str
    active: bool
    number: int = 0
    envelope: str = ""


@dataclass(frozen=True, slots=True)
class GateSighting:
    """Which policy a gate asked when it was last heard of. ``name`` tells gates of a kind apart."""

    gate: str
    name: str
    policy: str  # digest
    version: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """What a gate said, and to whom.

    ``waivers`` is the digest of the waivers that were in force: with the policy and the evidence it names
    everything that the decision rests on, but the moment.
    """

    id: str
    decision: Decision
    reference: str  # what was asked about, as it was asked
    by: str
    waivers: Digest


@dataclass(frozen=True, slots=True)
class DecisionOutline:
    """What is needed of a decision to ask it again: no word of what the rules said."""

    id: str
    reference: str
    outcome: Outcome
    at: datetime
    evidence: Digest


@dataclass(frozen=True, slots=True)
class Pointer:
    """The digest that an environment has of a repository now."""

    environment: str
    repository: str
    digest: Digest
    moved_at: datetime
    moved_by: str


@dataclass(frozen=True, slots=True)
class StoredVerification:
    """The outcome of verifying what is claimed for a subject in a repository, as small JSON.

    It holds for one trust policy, in one environment where the policy names that, and as long as the claims
    are the same: ``claims`` is the digest of what was found attached to the subject.
    """

    repository: str
    subject: Digest
    trust_policy: Digest
    claims: Digest
    outcome: Mapping[str, object]
    at: datetime
    environment: str = ""


class GovernanceRecords(Protocol):
    """What rules say, who excused what, and what was let through."""

    def activate_policy(self, document: PolicyDocument) -> int:
        """Keep the document, make it the active one and give the number of this activation."""
        ...

    def seal_policy(self, number: int, envelope: str) -> None:
        """Keep what was signed of an activation."""
        ...

    def see_gate(self, sighting: GateSighting) -> None:
        """Keep which policy a gate asks, in place of what was known of it."""
        ...

    def gates_seen(self) -> tuple[GateSighting, ...]:
        """Every gate that was ever heard of, by kind and name; they are few."""
        ...

    def forget_gate(self, gate: str, name: str) -> bool:
        """Forget a gate that is no more; say whether it was known."""
        ...

    def keep_policy(self, digest: Digest, text: str) -> None:
        """Keep a policy without putting it in force."""
        ...

    def policy_text(self, digest: Digest) -> str | None:
        """The text of a policy that was kept or in force."""
        ...

    def active_policy(self) -> PolicyDocument | None:
        """The policy in force."""
        ...

    def policy(self, digest: Digest) -> PolicyDocument | None:
        """A policy that is or was in force."""
        ...

    def policies(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[PolicyDocument]:
        """Policies, the newest first."""
        ...

    def add_waiver(self, waiver: Waiver) -> None:
        """Keep a waiver; raises Conflict ``waiver-exists``."""
        ...

    def change_waiver(self, before: Waiver, after: Waiver) -> None:
        """Put ``after`` in place of ``before``, which it has the id of.

        Raises Conflict ``waiver-changed`` when it is no longer as ``before``, so that an approval and a
        revocation at once cannot undo each other.
        """
        ...

    def waiver(self, waiver_id: str) -> Waiver | None:
        """One waiver."""
        ...

    def waivers_in_force(self, *, now: datetime) -> tuple[Waiver, ...]:
        """Approved, neither revoked nor expired, by id: evaluation needs all of them.

        Whether one counts is for the waiver to say; this leaves out only what cannot.
        """
        ...

    def waivers(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[Waiver]:
        """Every waiver, newest first."""
        ...

    def save_evidence(self, digest: Digest, content: bytes) -> None:
        """Keep the evidence that a decision rests on, by its digest. Saving again changes nothing."""
        ...

    def evidence(self, digest: Digest) -> bytes | None:
        """Evidence as it was judged."""
        ...

    def evidence_of(self, digests: Sequence[Digest]) -> dict[Digest, bytes]:
        """Evidence as it was judged, of many decisions at once; what is not kept is not in it."""
        ...

    def save_decision(self, decision: StoredDecision) -> None:
        """Keep a decision; raises Conflict ``decision-exists``."""
        ...

    def decision(self, decision_id: str) -> StoredDecision | None:
        """One decision."""
        ...

    def decision_on(self, *, policy: Digest, evidence: Digest, waivers: Digest) -> StoredDecision | None:
        """The newest decision that rests on exactly these."""
        ...

    def latest_decision(
        self, image: Digest, *, gate: str = "", environment: str = ""
    ) -> StoredDecision | None:
        """The newest decision about the image."""
        ...

    def standing_decision(self, image: Digest) -> StoredDecision | None:
        """The strictest of the decisions about the image that are the newest for their environment.

        So that an image which may enter dev, and is asked about there more often, is not shown as one that
        may enter production.
        """
        ...

    def standing_decisions(
        self, *, outcome: str = "", after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[StoredDecision]:
        """The newest decision for each image and environment, newest first."""
        ...

    def decisions(
        self,
        *,
        image: Digest | None = None,
        outcome: str = "",
        after: str = "",
        limit: int = DEFAULT_LIMIT,
    ) -> Page[StoredDecision]:
        """Decisions, newest first."""
        ...

    def decision_outlines(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[DecisionOutline]:
        """Every decision in outline, newest first."""
        ...

    def set_environments(self, environments: Sequence[Environment]) -> None:
        """Make these all environments that there are. Pointers and history of others stay."""
        ...

    def environments(self) -> tuple[Environment, ...]:
        """All of them, in the order in which they were set; none before they are set for the first time."""
        ...

    def save_promotion(self, promotion: Promotion) -> None:
        """Keep a promotion, or put it in place of the one of this id, and move the pointer when it is done.

        Raises Conflict ``pointer-moved`` when the pointer is no longer at ``promotion.previous``, and
        ``promotion-not-waiting`` when the one of this id is concluded: of two at once, one is told.
        """
        ...

    def promotion(self, promotion_id: str) -> Promotion | None:
        """One promotion."""
        ...

    def pointer(self, environment: str, repository: str) -> Pointer | None:
        """What the environment has of the repository."""
        ...

    def pointers(
        self, *, environment: str = "", repository: str = "", after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[Pointer]:
        """Pointers, by environment and repository."""
        ...

    def environments_of(self, digest: Digest) -> tuple[Pointer, ...]:
        """Every pointer at this digest."""
        ...

    def promotions(
        self,
        *,
        repository: str = "",
        target: str = "",
        state: str = "",
        after: str = "",
        limit: int = DEFAULT_LIMIT,
    ) -> Page[Promotion]:
        """Promotions, newest first."""
        ...

    def add_approval(self, approval: Approval) -> None:
        """Keep an approval; raises Conflict ``approval-exists``."""
        ...

    def change_approval(self, before: Approval, after: Approval) -> None:
        """Put ``after`` in place of ``before``.

        Raises Conflict ``approval-changed`` where somebody else voted meanwhile.
        """
        ...

    def approval(self, approval_id: str) -> Approval | None:
        """One approval."""
        ...

    def approval_of(self, kind: ApprovalKind, subject: str) -> Approval | None:
        """The newest approval of something."""
        ...

    def approvals(
        self, *, state: str = "", kind: str = "", after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[Approval]:
        """Approvals, newest first. One that waited for too long is kept as waiting."""
        ...

    def add_delegation(self, delegation: Delegation) -> None:
        """Keep a delegation; raises Conflict ``delegation-exists``."""
        ...

    def end_delegation(self, delegation_id: str, at: datetime) -> bool:
        """End a delegation that was not ended; say whether there was one."""
        ...

    def delegations(self, *, now: datetime) -> tuple[Delegation, ...]:
        """Delegations that have not ended, by when they were given."""
        ...

    def save_verification(self, verification: StoredVerification) -> None:
        """Keep an outcome, in place of the one for this repository, subject, trust policy and environment."""
        ...

    def verification(
        self, repository: str, subject: Digest, trust_policy: Digest, environment: str = ""
    ) -> StoredVerification | None:
        """What verifying said the last time; whether its claims are still those is for the caller to see."""
        ...

    def forget_verifications(self, subject: Digest) -> None:
        """Forget what was said about a subject that is gone."""
        ...

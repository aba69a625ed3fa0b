"""Policies, waivers, decisions, environments and what was moved between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lading.oci.digest import Digest
from lading.ports.records.page import DEFAULT_LIMIT, Page


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """A policy as it was written. ``digest`` is of ``text``; one document is active."""

    digest: Digest
    text: str
    set_at: datetime
    set_by: str
    active: bool


@dataclass(frozen=True, slots=True)
class StoredWaiver:
    """An excuse for a rule, within a scope, until a time."""

    id: str
    rule: str
    scope: str  # a pattern of repositories, or a digest
    reason: str
    ticket: str
    approver: str
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None = None
    revoked_by: str = ""
    conditions: Mapping[str, object] | None = (
        None  # what narrows it further: a CVE, a package, an environment
    )


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """What a gate said about a digest. ``results`` has one JSON object for each rule."""

    id: str
    subject: Digest
    reference: str  # what was asked about, as it was asked
    gate: str
    environment: str
    outcome: str  # "allow", "warn", "deny"
    results: Sequence[Mapping[str, object]]
    evidence: Digest  # of the canonical evidence
    policy: Digest
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Environment:
    """Where images run; ``rank`` orders them from development to production."""

    name: str
    rank: int
    description: str = ""


@dataclass(frozen=True, slots=True)
class StoredPromotion:
    """A move of a repository's pointer in an environment, or the refusal of one."""

    id: str
    repository: str
    digest: Digest
    source: str  # environment it came from, empty for the first
    target: str
    outcome: str  # "done", "denied"
    reason: str
    decision: str  # id of the decision
    previous: Digest | None  # where the pointer was
    at: datetime
    by: str


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

    It holds for one trust policy, and as long as the claims are the same: ``claims`` is the digest of what
    was found attached to the subject.
    """

    repository: str
    subject: Digest
    trust_policy: Digest
    claims: Digest
    outcome: Mapping[str, object]
    at: datetime


class GovernanceRecords(Protocol):
    """What rules say, who excused what, and what was let through."""

    def activate_policy(self, document: PolicyDocument) -> None:
        """Keep the document and make it the active one."""
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

    def add_waiver(self, waiver: StoredWaiver) -> None:
        """Keep a waiver; raises Conflict ``waiver-exists``."""
        ...

    def revoke_waiver(self, waiver_id: str, *, at: datetime, by: str) -> bool:
        """End a waiver early; False when there is none or it was revoked before."""
        ...

    def waiver(self, waiver_id: str) -> StoredWaiver | None:
        """One waiver."""
        ...

    def waivers_in_force(self, *, now: datetime) -> tuple[StoredWaiver, ...]:
        """Neither revoked nor expired, by id: evaluation needs all of them."""
        ...

    def waivers(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[StoredWaiver]:
        """Every waiver, newest first."""
        ...

    def save_decision(self, decision: StoredDecision) -> None:
        """Keep a decision; raises Conflict ``decision-exists``."""
        ...

    def decision(self, decision_id: str) -> StoredDecision | None:
        """One decision."""
        ...

    def latest_decision(
        self, subject: Digest, *, gate: str = "", environment: str = ""
    ) -> StoredDecision | None:
        """The newest decision about a digest."""
        ...

    def decisions(
        self,
        *,
        subject: Digest | None = None,
        outcome: str = "",
        after: str = "",
        limit: int = DEFAULT_LIMIT,
    ) -> Page[StoredDecision]:
        """Decisions, newest first."""
        ...

    def save_environment(self, environment: Environment) -> None:
        """Add the environment, or put it in place of the one of that name."""
        ...

    def environments(self) -> tuple[Environment, ...]:
        """All of them, by rank."""
        ...

    def record_promotion(self, promotion: StoredPromotion) -> None:
        """Keep a promotion, and move the pointer when it was done.

        Raises NotFound ``environment-unknown``; raises Conflict ``pointer-moved`` when the pointer is no
        longer at ``promotion.previous``, so that of two promotions at once one is told.
        """
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
        self, *, repository: str = "", after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[StoredPromotion]:
        """Promotions, newest first."""
        ...

    def save_verification(self, verification: StoredVerification) -> None:
        """Keep an outcome, in place of the one for this repository, subject and trust policy."""
        ...

    def verification(
        self, repository: str, subject: Digest, trust_policy: Digest
    ) -> StoredVerification | None:
        """What verifying said the last time; whether its claims are still those is for the caller to see."""
        ...

    def forget_verifications(self, subject: Digest) -> None:
        """Forget what was said about a subject that is gone."""
        ...

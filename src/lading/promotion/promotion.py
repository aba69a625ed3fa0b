"""Promotions: an environment's pointer is moved to another digest of a repository, and it is known why.

A promotion goes through these states, and never back:

    denied      the gate said no; nothing moved
    waiting     the gate said yes, and a second person has to
    rejected    the second person said no; nothing moved
    done        the pointer moved

1. The target is an environment that there is.
2. An environment that is entered from others takes only what one of those holds now.
3. What is there already is not promoted again.
4. Who asked never approves, and no machine does.
5. The gate is asked when a promotion is asked for, and again when it is approved: what was known may have
   changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from lading.access.principal import Principal, PrincipalKind
from lading.foundation.errors import Conflict, Forbidden, Malformed
from lading.oci.digest import Digest
from lading.policy.waiver import same_person
from lading.promotion.environments import EnvironmentGraph
from lading.promotion.platforms import PlatformOutcome

MAX_REASON = 2_000  # characters


class PromotionKind(StrEnum):
    """Forward to the next environment, or back to what an environment had before."""

    PROMOTION = "promotion"
    ROLLBACK = "rollback"


class PromotionState(StrEnum):
    """Where a promotion stands."""

    DENIED = "denied"
    WAITING = "waiting"
    REJECTED = "rejected"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Promotion:
    """A move of one repository's pointer in one environment, or the attempt at one.

    ``source`` is the environment that it came from, empty for one that is entered from nowhere and for a
    rollback. ``decision`` is the id of what the gate said last. ``previous`` is where the pointer was when
    it moved. People are written ``person:name``.
    """

    id: str
    kind: PromotionKind
    repository: str
    digest: Digest
    source: str
    target: str
    state: PromotionState
    reason: str
    ticket: str
    requester: str
    requested_at: datetime
    decision: str
    previous: Digest | None = None
    approver: str = ""
    concluded_at: datetime | None = None
    platforms: tuple[PlatformOutcome, ...] = ()  # what the gate said last of each that the target runs


def entry_point(graph: EnvironmentGraph, target: str, digest: Digest, holdings: Mapping[str, Digest]) -> str:
    """Give the environment that ``digest`` would come from, empty where the target is entered from nowhere.

    ``holdings`` maps environments to the digest that each has of the repository. Raises NotFound for an
    unknown target, Conflict where the digest is there already or has not been where it must come from.
    """
    # Rule 1.
    environment = graph.named(target)
    # Rule 3.
    if holdings.get(target) == digest:
        raise Conflict("already-promoted", f"{target} has {digest} already")
    if not environment.after:
        return ""
    # Rule 2.
    for name in environment.after:
        if holdings.get(name) == digest:
            return name
    listed = " or ".join(environment.after)
    raise Conflict(
        "not-in-source-environment",
        f"{digest} is not in {listed}, from where {target} is entered",
        hint=f"promote it to {environment.after[0]} first",
    )


def check_reason(reason: str) -> str:
    """Give the reason without white space around it; raise Malformed where there is none."""
    said = reason.strip()
    if not said or len(said) > MAX_REASON:
        raise Malformed("promotion-reason", f"a promotion has a reason of at most {MAX_REASON} characters")
    return said


def check_approver(promotion: Promotion, approver: Principal) -> None:
    """Raise Conflict where nothing waits, Forbidden where this principal may not be the second person."""
    if promotion.state is not PromotionState.WAITING:
        raise Conflict("promotion-not-waiting", f"promotion {promotion.id} is {promotion.state} already")
    # Rule 4.
    if approver.kind is not PrincipalKind.PERSON:
        raise Forbidden("promotion-approver", "a person approves a promotion, not a machine")
    if same_person(str(approver), promotion.requester):
        raise Forbidden(
            "promotion-self-approval",
            f"{approver.name} asked for this promotion and cannot approve it",
            hint="ask somebody else who may promote to this environment",
        )


def conclude(
    promotion: Promotion,
    state: PromotionState,
    *,
    now: datetime,
    approver: str = "",
    decision: str = "",
    previous: Digest | None = None,
) -> Promotion:
    """Give the promotion in its last state."""
    return replace(
        promotion,
        state=state,
        concluded_at=now,
        approver=approver or promotion.approver,
        decision=decision or promotion.decision,
        previous=previous if state is PromotionState.DONE else promotion.previous,
    )

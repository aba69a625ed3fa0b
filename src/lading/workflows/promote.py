"""Promote an image into an environment, approve that, or go back to what was there before.

1. The caller may promote in this repository and environment.
2. The name stands for an image of this registry; what is promoted is its digest.
3. The graph of environments allows it (``promotion.promotion``, rules 1 to 4).
4. The gate of the target is asked, about each platform that the target runs. It refuses:
   nothing moves, and the refusal is kept.
5. The target needs a second person: the promotion waits, and the gate is asked again when they approve.
6. Else the pointer moves. Promotion, pointer and audit entry are one transaction.

Signatures, attestations and bills of materials refer to the digest and lie in the same repository: moving a
pointer leaves them where they are, so they cannot be lost on the way.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from lading.access.verbs import Verb
from lading.approvals.approval import ApprovalKind, ApprovalState, givers_for
from lading.foundation.errors import Conflict, NotFound
from lading.oci.digest import Digest
from lading.oci.reference import Reference
from lading.policy.decision import Outcome
from lading.policy.evidence import Gate
from lading.ports.records.governance import StoredDecision
from lading.ports.records.record_set import RecordSet
from lading.promotion.environments import Environment
from lading.promotion.history import held_digests
from lading.promotion.platforms import PlatformOutcome
from lading.promotion.promotion import (
    Promotion,
    PromotionKind,
    PromotionState,
    check_approver,
    check_reason,
    conclude,
    entry_point,
)
from lading.registry.caller import Caller
from lading.workflows.approvals import Asked as ApprovalAsked
from lading.workflows.approvals import cast_vote, open_approval, person_behind, take_back
from lading.workflows.collect_evidence import resolve
from lading.workflows.evidence_sources import Asked
from lading.workflows.gate import Asker, GatePorts
from lading.workflows.platform_verdicts import GateVerdicts, PlatformVerdict, choose_images, decide_each
from lading.workflows.read_environments import load_environments
from lading.workflows.rights import may_in_environment, require_in_environment

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class PromotionRequest:
    """What somebody asks for, and why. ``ticket`` is where it is followed up, where there is one."""

    reference: Reference
    target: str
    reason: str
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class RollbackRequest:
    """An environment of a repository that is to have what it had before, and why."""

    repository: str
    target: str
    reason: str
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class PromotionAnswer:
    """What became of it. ``decision`` is what the gate said: why it was refused, where it was."""

    promotion: Promotion
    decision: StoredDecision
    platforms: tuple[PlatformVerdict, ...] = ()
    not_run: tuple[str, ...] = ()  # platforms of the index that the target does not run


def promote(ports: GatePorts, caller: Caller, request: PromotionRequest, now: datetime) -> PromotionAnswer:
    """Promote by the numbered steps above; look at ``promotion.state`` for what became of it.

    Raises Forbidden, Malformed without a reason, NotFound for an unknown image or environment, and Conflict
    where the image is there already or not where it must come from.
    """
    repository = request.reference.repository
    # Step 1.
    require_in_environment(caller, Verb.PROMOTE, repository, request.target)
    reason = check_reason(request.reason)
    with ports.sources.records.read() as kept:
        # Step 2.
        digest = _require_image(ports, kept, request.reference)
        # Step 3.
        graph = load_environments(kept)
        source = entry_point(graph, request.target, digest, _holdings(kept, repository))
    # Step 4.
    # The tag stays in what is asked about, because rules may be about it.
    said = _ask(ports, caller, replace(request.reference, digest=digest), graph.named(request.target), now)
    promotion = Promotion(
        id=ports.new_id(),
        kind=PromotionKind.PROMOTION,
        repository=repository,
        digest=digest,
        source=source,
        target=request.target,
        state=PromotionState.WAITING,
        reason=reason,
        ticket=request.ticket.strip(),
        requester=str(caller.principal),
        requested_at=now,
        decision=said.decision.id,
        platforms=_outlines(said),
    )
    if said.decision.decision.outcome is Outcome.DENY:
        promotion = conclude(promotion, PromotionState.DENIED, now=now)
    # Step 5.
    elif not graph.named(request.target).needs_approval:
        promotion = conclude(promotion, PromotionState.DONE, now=now)
    return _answer(_keep(ports, caller, promotion, now), said)


def approve_promotion(
    ports: GatePorts, caller: Caller, promotion_id: str, now: datetime, *, comment: str = ""
) -> PromotionAnswer:
    """Agree: when enough have, the gate is asked again, and the pointer moves if it still agrees."""
    waiting = _require_promotion(ports, promotion_id)
    _require_voter(ports, caller, waiting, now)
    check_approver(waiting, caller.principal)
    with ports.sources.records.read() as kept:
        graph, holdings = load_environments(kept), _holdings(kept, waiting.repository)
        entry_point(graph, waiting.target, waiting.digest, holdings)
        asked_before = kept.governance.decision(waiting.decision)
        _check_platforms(ports, kept, graph.named(waiting.target), waiting)
    agreed = _vote(ports, caller, waiting, now, approves=True, comment=comment)
    if not agreed and asked_before is not None:
        return PromotionAnswer(waiting, asked_before)
    reference = Reference(ports.sources.registries.name, waiting.repository, digest=waiting.digest)
    said = _ask(ports, caller, reference, graph.named(waiting.target), now)
    refused = said.decision.decision.outcome is Outcome.DENY
    concluded = conclude(
        replace(waiting, platforms=_outlines(said)),
        PromotionState.DENIED if refused else PromotionState.DONE,
        now=now,
        approver=str(caller.principal),
        decision=said.decision.id,
    )
    return _answer(_keep(ports, caller, concluded, now), said)


def reject_promotion(
    ports: GatePorts, caller: Caller, promotion_id: str, now: datetime, *, comment: str = ""
) -> Promotion:
    """Be the second person, and say no. Who asked for it may take it back in this way too."""
    waiting = _require_promotion(ports, promotion_id)
    if str(caller.principal) != waiting.requester:
        _vote(ports, caller, waiting, now, approves=False, comment=comment)
    elif waiting.state is not PromotionState.WAITING:
        raise Conflict("promotion-not-waiting", f"promotion {waiting.id} is {waiting.state} already")
    rejected = conclude(waiting, PromotionState.REJECTED, now=now, approver=str(caller.principal))
    return _keep(ports, caller, rejected, now)


def roll_back(ports: GatePorts, caller: Caller, request: RollbackRequest, now: datetime) -> PromotionAnswer:
    """Put an environment's pointer back to the digest that it had before.

    The gate is asked about that digest as it is about any: what may not enter now may not come back either.
    Raises Conflict ``nothing-before`` where the environment never had another.
    """
    repository, target = request.repository, request.target
    require_in_environment(caller, Verb.PROMOTE, repository, target)
    reason = check_reason(request.reason)
    with ports.sources.records.read() as kept:
        environment = load_environments(kept).named(target)
        held = held_digests(_history(kept, repository, target))
        if len(held) < 2 or kept.registry.manifest(repository, held[-2]) is None:
            raise Conflict(
                "nothing-before", f"{target} had nothing of {repository} before that it could go back to"
            )
    digest = held[-2]
    reference = Reference(ports.sources.registries.name, repository, digest=digest)
    said = _ask(ports, caller, reference, environment, now)
    refused = said.decision.decision.outcome is Outcome.DENY
    promotion = Promotion(
        id=ports.new_id(),
        kind=PromotionKind.ROLLBACK,
        repository=repository,
        digest=digest,
        source="",
        target=target,
        state=PromotionState.DENIED if refused else PromotionState.DONE,
        reason=reason,
        ticket=request.ticket.strip(),
        requester=str(caller.principal),
        requested_at=now,
        decision=said.decision.id,
        concluded_at=now,
        platforms=_outlines(said),
    )
    return _answer(_keep(ports, caller, promotion, now), said)


def _require_image(ports: GatePorts, kept: RecordSet, reference: Reference) -> Digest:
    if reference.registry not in ports.sources.registries.ours:
        raise NotFound(
            "image-unknown",
            f"{reference} is not in this registry",
            hint="push it here first: what is promoted has to be kept here",
        )
    stored = resolve(kept, reference)
    if stored is None:
        raise NotFound(
            "image-unknown", f"there is no image {reference} in this registry", hint="push it first"
        )
    return stored.digest


def _require_promotion(ports: GatePorts, promotion_id: str) -> Promotion:
    with ports.sources.records.read() as kept:
        found = kept.governance.promotion(promotion_id)
    if found is None:
        raise NotFound("promotion-unknown", f"there is no promotion {promotion_id[:80]!r}")
    return found


def _holdings(kept: RecordSet, repository: str) -> dict[str, Digest]:
    page = kept.governance.pointers(repository=repository, limit=_PAGE)
    return {pointer.environment: pointer.digest for pointer in page.items}


def _history(kept: RecordSet, repository: str, target: str) -> list[Promotion]:
    newest_first: list[Promotion] = []
    after = ""
    while True:
        page = kept.governance.promotions(
            repository=repository, target=target, state=PromotionState.DONE.value, after=after, limit=_PAGE
        )
        newest_first.extend(page.items)
        if not page.next:
            return newest_first[::-1]
        after = page.next


def _may(waiting: Promotion) -> Callable[[Caller], bool]:
    return lambda one: may_in_environment(one, Verb.PROMOTE, waiting.repository, waiting.target)


def _require_voter(ports: GatePorts, caller: Caller, waiting: Promotion, now: datetime) -> None:
    """Raise Forbidden for who neither may promote there nor stands in for anybody."""
    with ports.sources.records.read() as kept:
        person = person_behind(kept, caller.principal)
        stands_in = givers_for(person, kept.governance.delegations(now=now), now)
    if not stands_in:
        require_in_environment(caller, Verb.PROMOTE, waiting.repository, waiting.target)


def _vote(
    ports: GatePorts, caller: Caller, waiting: Promotion, now: datetime, *, approves: bool, comment: str
) -> bool:
    """Count a vote, and say whether enough have been cast; raise Forbidden or Conflict."""
    _require_voter(ports, caller, waiting, now)
    check_approver(waiting, caller.principal)
    with ports.sources.records.write() as kept:
        approval = kept.governance.approval_of(ApprovalKind.PROMOTION, waiting.id)
        if approval is None:
            return True
        counted = cast_vote(
            kept, caller, approval, _may(waiting), approves=approves, comment=comment, now=now
        )
    return counted.state is not ApprovalState.WAITING


def _ask(
    ports: GatePorts, caller: Caller, reference: Reference, target: Environment, now: datetime
) -> GateVerdicts:
    asked = Asked(Gate.PROMOTE, target.name, reference)
    with ports.sources.records.read() as kept:
        stored = resolve(kept, reference)
        chosen = choose_images(kept, ports.sources.blobs, target, stored) if stored is not None else None
    return decide_each(ports, Asker(str(caller.principal), caller.request_id), asked, chosen, now)


def _check_platforms(ports: GatePorts, kept: RecordSet, target: Environment, waiting: Promotion) -> None:
    """Raise Conflict before a vote is counted for what the target, as it is now, could not run."""
    stored = kept.registry.manifest(waiting.repository, waiting.digest)
    if stored is not None:
        choose_images(kept, ports.sources.blobs, target, stored)


def _outlines(said: GateVerdicts) -> tuple[PlatformOutcome, ...]:
    return tuple(each.outline for each in said.platforms)


def _answer(promotion: Promotion, said: GateVerdicts) -> PromotionAnswer:
    return PromotionAnswer(promotion, said.decision, said.platforms, said.not_run)


def _keep(ports: GatePorts, caller: Caller, promotion: Promotion, now: datetime) -> Promotion:
    """Step 6. The pointer moves from where it is now; whoever moved it in between is noticed by records."""
    with ports.sources.records.write() as kept:
        pointer = kept.governance.pointer(promotion.target, promotion.repository)
        if promotion.state is PromotionState.DONE and pointer is not None:
            promotion = replace(promotion, previous=pointer.digest)
        kept.governance.save_promotion(promotion)
        if promotion.state is PromotionState.WAITING:
            _open_approval(kept, ports, caller, promotion, now)
        elif promotion.state is PromotionState.REJECTED:
            take_back(kept, caller, ApprovalKind.PROMOTION, promotion.id, now)
        event = caller.did(
            f"{promotion.kind}.{_VERBS[promotion.state]}",
            f"{promotion.repository}@{promotion.digest}",
            now,
            promotion=promotion.id,
            target=promotion.target,
            source=promotion.source,
            previous=str(promotion.previous or ""),
            reason=promotion.reason,
            ticket=promotion.ticket,
            decision=promotion.decision,
            platforms={each.platform: each.outcome.value for each in promotion.platforms},
        )
        refused = promotion.state in {PromotionState.DENIED, PromotionState.REJECTED}
        kept.audit.append(replace(event, outcome="denied") if refused else event)
    return promotion


def _open_approval(
    kept: RecordSet, ports: GatePorts, caller: Caller, promotion: Promotion, now: datetime
) -> None:
    title = f"{promotion.repository}@{promotion.digest.short} to {promotion.target}"
    evidence: dict[str, object] = {
        "repository": promotion.repository,
        "digest": str(promotion.digest),
        "source": promotion.source,
        "target": promotion.target,
        "reason": promotion.reason,
        "decision": promotion.decision,
    }
    asked = ApprovalAsked(
        ApprovalKind.PROMOTION, promotion.id, title, (promotion.target,), promotion.ticket, evidence
    )
    open_approval(kept, caller, asked, now, rules=ports.approvals, approval_id=ports.new_id())


_VERBS = {
    PromotionState.DENIED: "deny",
    PromotionState.WAITING: "request",
    PromotionState.REJECTED: "reject",
    PromotionState.DONE: "do",
}

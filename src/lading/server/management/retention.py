"""`/api/v1/retention`, `/api/v1/holds`: what may go, what must stay."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query, Response

from lading.access.repository_pattern import RepositoryPattern
from lading.api import retention as api
from lading.api.message import Listing
from lading.foundation.instants import rfc3339
from lading.oci.digest import Digest
from lading.registry.holds import LegalHold
from lading.registry.retention import Conditions, Going, Order, RetentionRule, Series, Staying
from lading.registry.tag_pattern import TagPattern
from lading.server.management.asking import Asking, Services
from lading.server.management.gates import Id
from lading.workflows import legal_holds, retain

router = APIRouter(tags=["retention"])

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@router.get("/retention/rules")
def get_rules(services: Services, caller: Asking) -> Listing[api.RetentionRuleLine]:
    """List the rules of retention, the oldest first."""
    rules = retain.list_retention_rules(services.records, caller)
    return Listing(items=[_rule_line(rule) for rule in rules])


@router.post("/retention/rules", status_code=201)
def post_rule(services: Services, caller: Asking, body: api.RetentionRuleAsk) -> api.RetentionRuleLine:
    """Make a rule. It counts at the next run."""
    rule = _rule(body, services.new_id())
    return _rule_line(retain.add_retention_rule(services.records, caller, rule, services.clock()))


@router.delete("/retention/rules/{rule_id}", status_code=204, response_class=Response)
def delete_rule(services: Services, caller: Asking, rule_id: Id) -> Response:
    """Take a rule away."""
    retain.remove_retention_rule(services.records, caller, rule_id, services.clock())
    return Response(status_code=204)


@router.get("/retention/preview")
def get_preview(
    services: Services,
    caller: Asking,
    prefix: Annotated[str, Query(max_length=255)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> api.RetentionPreview:
    """List every deletion that a run would do now, with its reason, and what is protected, with by what.

    ``limit`` is about repositories; ``next`` says that there are more of them.
    """
    return _preview(services, caller, prefix, limit, ())


@router.post("/retention/preview")
def post_preview(services: Services, caller: Asking, body: api.RetentionRuleAsk) -> api.RetentionPreview:
    """The same with one more rule, which is not made."""
    return _preview(services, caller, "", 1000, (_rule(body, "tried"),))


@router.post("/retention/runs", status_code=202)
def post_run(services: Services, caller: Asking) -> api.RetentionBegun:
    """Begin a run. What it deletes is in the audit log, with its reason."""
    run_id = services.new_id()
    retain.ask_for_retention(services.retain, caller, services.clock(), run_id=run_id)
    return api.RetentionBegun(run=run_id)


@router.get("/holds")
def get_holds(services: Services, caller: Asking) -> Listing[api.HoldLine]:
    """List legal holds that are not released."""
    return Listing(items=[_hold_line(hold) for hold in legal_holds.list_holds(services.records, caller)])


@router.post("/holds", status_code=201)
def post_hold(services: Services, caller: Asking, body: api.HoldAsk) -> api.HoldLine:
    """Place a hold: from now on nothing that it covers is deleted."""
    hold = legal_holds.place_hold(
        services.records,
        caller,
        RepositoryPattern.parse(body.repositories),
        Digest.parse(body.digest) if body.digest else None,
        body.reason,
        now=services.clock(),
        hold_id=services.new_id(),
    )
    return _hold_line(hold)


@router.delete("/holds/{hold_id}", status_code=204, response_class=Response)
def delete_hold(services: Services, caller: Asking, hold_id: Id) -> Response:
    """Release a hold."""
    legal_holds.release_hold(services.records, caller, hold_id, services.clock())
    return Response(status_code=204)


def _preview(
    services: Services, caller: Asking, prefix: str, limit: int, more: tuple[RetentionRule, ...]
) -> api.RetentionPreview:
    planned = retain.preview_retention(services.records, caller, services.clock(), prefix=prefix, more=more)
    found = list(islice(planned, limit + 1))
    shown = found[:limit]
    return api.RetentionPreview(
        tags=[_going(each) for one in shown for each in one.plan.tags],
        manifests=[_going(each) for one in shown for each in one.plan.manifests],
        protected=[_staying(each) for one in shown for each in one.plan.protected],
        freed=sum(one.freed for one in shown),
        repositories=len(shown),
        next=shown[-1].repository if len(found) > limit else "",
    )


def _rule(body: api.RetentionRuleAsk, rule_id: str) -> RetentionRule:
    conditions = Conditions(
        beyond_newest=body.beyond_newest,
        order=Order(body.order),
        series=Series(body.series),
        older_than=timedelta(days=body.older_than_days) if body.older_than_days else None,
        unpulled_for=timedelta(days=body.unpulled_days) if body.unpulled_days else None,
        never_pulled=body.never_pulled,
        never_deployed=body.never_deployed,
        untagged=body.untagged,
    )
    repositories, tags = RepositoryPattern.parse(body.repositories), TagPattern.parse(body.tags)
    return RetentionRule(rule_id, repositories, tags, conditions, body.reason.strip(), _NEVER, "")


def _rule_line(rule: RetentionRule) -> api.RetentionRuleLine:
    conditions = rule.conditions
    return api.RetentionRuleLine(
        id=rule.id,
        repositories=rule.repositories.text,
        tags=rule.tags.text,
        beyond_newest=conditions.beyond_newest,
        order=conditions.order.value,
        series=conditions.series.value,
        older_than_days=conditions.older_than.days if conditions.older_than else 0,
        unpulled_days=conditions.unpulled_for.days if conditions.unpulled_for else 0,
        never_pulled=conditions.never_pulled,
        never_deployed=conditions.never_deployed,
        untagged=conditions.untagged,
        reason=rule.reason,
        made_at=rfc3339(rule.made_at),
        made_by=rule.made_by,
    )


def _going(going: Going) -> api.GoingLine:
    return api.GoingLine(
        repository=going.repository,
        tag=going.tag,
        digest=str(going.digest),
        why=going.why,
        rule=going.rule,
    )


def _staying(staying: Staying) -> api.StayingLine:
    return api.StayingLine(
        repository=staying.repository,
        tag=staying.tag,
        digest=str(staying.digest),
        why=staying.why,
        rule=staying.rule,
        protectors=[str(protector) for protector in staying.protectors],
    )


def _hold_line(hold: LegalHold) -> api.HoldLine:
    return api.HoldLine(
        id=hold.id,
        repositories=hold.repositories.text,
        digest=str(hold.digest or ""),
        reason=hold.reason,
        placed_at=rfc3339(hold.placed_at),
        placed_by=hold.placed_by,
    )

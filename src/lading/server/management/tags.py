"""`/api/v1/tags`, `/api/v1/tag-rules`: tags, their history, and what protects them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from lading.access.repository_pattern import RepositoryPattern
from lading.api import tags as api
from lading.api.images import TagMoveLine
from lading.api.message import Listing
from lading.foundation.errors import Malformed
from lading.foundation.instants import rfc3339
from lading.registry.tag_pattern import TagPattern
from lading.registry.tag_rules import TagRule, TagRuleKind
from lading.server.management.asking import Asking, Services
from lading.server.management.gates import Id
from lading.server.management.images import Limit
from lading.workflows import tag_rules
from lading.workflows.show_tags import ShownTag, show_tag_history, show_tags

router = APIRouter(tags=["tags"])

Repository = Annotated[str, Query(max_length=255)]
TagName = Annotated[str, Query(max_length=128)]


@router.get("/tags")
def get_tags(
    services: Services, caller: Asking, repository: Repository, after: str = "", limit: Limit = 100
) -> api.TagList:
    """List the tags of a repository by name, each with what protects it."""
    shown = show_tags(services.records, caller, repository, after=after, limit=limit)
    items = [_tag_line(each) for each in shown.page.items]
    return api.TagList(pattern=shown.pattern, items=items, next=shown.page.next)


@router.get("/tags/history")
def get_tag_history(
    services: Services,
    caller: Asking,
    repository: Repository,
    tag: TagName,
    after: str = "",
    limit: Limit = 100,
) -> Listing[TagMoveLine]:
    """List every move of a tag, newest first, also after it was deleted."""
    page = show_tag_history(services.records, caller, repository, tag, after=after, limit=limit)
    items = [
        TagMoveLine(
            tag=move.name,
            before=str(move.before or ""),
            after=str(move.after or ""),
            at=rfc3339(move.at),
            by=move.by,
        )
        for move in page.items
    ]
    return Listing(items=items, next=page.next)


@router.get("/tag-rules")
def get_tag_rules(services: Services, caller: Asking) -> Listing[api.TagRuleLine]:
    """List the rules on tags, the oldest first."""
    return Listing(items=[_rule_line(rule) for rule in tag_rules.list_tag_rules(services.records, caller)])


@router.post("/tag-rules", status_code=201)
def post_tag_rule(services: Services, caller: Asking, body: api.TagRuleAsk) -> api.TagRuleLine:
    """Make a rule. It counts from the next push on."""
    if body.kind not in set(TagRuleKind):
        raise Malformed(
            "tag-rule-kind-unknown",
            f"{body.kind[:40]!r} is no kind of rule",
            hint=f"one of {', '.join(TagRuleKind)}",
        )
    asked = tag_rules.NewTagRule(
        TagRuleKind(body.kind),
        RepositoryPattern.parse(body.repositories),
        TagPattern.parse(body.tags),
        body.reason,
    )
    made = tag_rules.add_tag_rule(
        services.records, caller, asked, services.clock(), rule_id=services.new_id()
    )
    return _rule_line(made)


@router.delete("/tag-rules/{rule_id}", status_code=204, response_class=Response)
def delete_tag_rule(services: Services, caller: Asking, rule_id: Id) -> Response:
    """Take a rule away."""
    tag_rules.remove_tag_rule(services.records, caller, rule_id, services.clock())
    return Response(status_code=204)


def _tag_line(shown: ShownTag) -> api.TagLine:
    return api.TagLine(
        name=shown.tag.name,
        digest=str(shown.tag.digest),
        moved_at=rfc3339(shown.tag.moved_at),
        moved_by=shown.tag.moved_by,
        accessory=shown.is_accessory,
        fixed_by=shown.fixed_by.id if shown.fixed_by else "",
        kept_by=shown.kept_by.id if shown.kept_by else "",
    )


def _rule_line(rule: TagRule) -> api.TagRuleLine:
    return api.TagRuleLine(
        id=rule.id,
        kind=rule.kind.value,
        repositories=rule.repositories.text,
        tags=rule.tags.text,
        reason=rule.reason,
        made_at=rfc3339(rule.made_at),
        made_by=rule.made_by,
    )

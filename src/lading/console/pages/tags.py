"""Tags of a repository, the life of one of them, and the rules on tags."""

from collections.abc import Mapping

from lading.access.repository_pattern import RepositoryPattern
from lading.access.verbs import Verb
from lading.console.answers import Answer, Page, Redirect
from lading.console.frame import Section
from lading.console.links import list_link, tag_link, tags_link
from lading.console.views.notices import notice_of
from lading.console.views.tags import (
    KINDS,
    RULE_FIELDS,
    TagHistoryView,
    TagRulesView,
    TagsView,
    move_row,
    rule_rows,
    tag_row,
)
from lading.console.visit import Visit
from lading.foundation.errors import LadingError, Malformed
from lading.registry.tag_pattern import TagPattern
from lading.registry.tag_rules import TagRuleKind
from lading.workflows.rights import may_on_installation
from lading.workflows.show_tags import show_tag_history, show_tags
from lading.workflows.tag_rules import NewTagRule, add_tag_rule, list_tag_rules, remove_tag_rule

ROWS = 100


def show(visit: Visit) -> Answer:
    """Show a page of the tags of a repository."""
    repository, after = visit.place["repository"], visit.asked("after")
    shown = show_tags(visit.services.records, visit.caller, repository, after=after, limit=ROWS)
    path = tags_link(repository)
    view = TagsView(
        repository=repository,
        pattern=shown.pattern,
        rows=tuple(tag_row(each, visit.now) for each in shown.page.items),
        next_link=list_link(path, after=shown.page.next) if shown.page.next else "",
        first_link=path if after else "",
    )
    return Page("tags.html", f"Tags of {repository}", Section.REPOSITORIES, view)


def history(visit: Visit) -> Answer:
    """Show the life of one tag, the newest move first."""
    repository, tag, after = visit.place["repository"], visit.place["tag"], visit.asked("after")
    page = show_tag_history(visit.services.records, visit.caller, repository, tag, after=after, limit=ROWS)
    path = tag_link(repository, tag)
    view = TagHistoryView(
        repository=repository,
        tag=tag,
        tags_link=tags_link(repository),
        rows=tuple(move_row(move, visit.now) for move in page.items),
        next_link=list_link(path, after=page.next) if page.next else "",
        first_link=path if after else "",
    )
    return Page("tag_history.html", f"History of {repository}:{tag}", Section.REPOSITORIES, view)


def rules(visit: Visit) -> Answer:
    """Show the rules on tags."""
    return _rules_page(visit, {**dict.fromkeys(RULE_FIELDS, ""), "tags": "*"})


def add_rule(visit: Visit) -> Answer:
    """Make a rule. What was not accepted is shown again, with nothing lost."""
    fields = {name: visit.written(name) for name in RULE_FIELDS}
    try:
        if fields["kind"] not in set(TagRuleKind):
            raise Malformed("tag-rule-kind-unknown", "choose what the rule is about")
        asked = NewTagRule(
            TagRuleKind(fields["kind"]),
            RepositoryPattern.parse(fields["repositories"]),
            TagPattern.parse(fields["tags"]),
            fields["reason"],
        )
        rule_id = visit.services.new_token()[:16]
        add_tag_rule(visit.services.records, visit.caller, asked, visit.now, rule_id=rule_id)
    except LadingError as error:
        return _rules_page(visit, fields, error)
    return Redirect("/registry/tag-rules?done=tag-rule-added")


def remove_rule(visit: Visit) -> Answer:
    """Take a rule away."""
    remove_tag_rule(visit.services.records, visit.caller, visit.place["id"], visit.now)
    return Redirect("/registry/tag-rules?done=tag-rule-removed")


def _rules_page(visit: Visit, fields: Mapping[str, str], error: LadingError | None = None) -> Page:
    view = TagRulesView(
        rows=rule_rows(list_tag_rules(visit.services.records, visit.caller), visit.now),
        kinds=KINDS,
        fields=fields,
        may_change=may_on_installation(visit.caller, Verb.ADMINISTER),
        problem=error.message if error else "",
        hint=error.hint if error else "",
        notice=notice_of(visit.asked("done")),
    )
    return Page("tag_rules.html", "Rules on tags", Section.TAG_RULES, view, status=400 if error else 200)

"""What goes by itself, what stays and why, and legal holds."""

from lading.access.repository_pattern import RepositoryPattern
from lading.console.answers import Answer, Page, Redirect
from lading.console.frame import Section
from lading.console.views.notices import notice_of
from lading.console.views.retention import retention_view
from lading.console.views.retention_form import (
    FIELDS,
    RetentionForm,
    RetentionPage,
    empty_form,
    read_rule,
    refused_form,
)
from lading.console.visit import Visit
from lading.foundation.errors import LadingError, Malformed, OverLimit
from lading.oci.digest import Digest
from lading.registry.retention import RetentionRule, check_conditions
from lading.workflows.legal_holds import list_holds, place_hold, release_hold
from lading.workflows.retain import (
    add_retention_rule,
    ask_for_retention,
    list_retention_rules,
    preview_retention,
    remove_retention_rule,
)

ROWS = 200


def show(visit: Visit) -> Answer:
    """Show the rules, what they would do now, and the holds."""
    return _page(visit)


def run(visit: Visit) -> Answer:
    """Begin a run."""
    run_id = visit.services.new_token()[:16]
    ask_for_retention(visit.services.retain, visit.caller, visit.now, run_id=run_id)
    return Redirect("/registry/retention?done=retention-begun")


def add(visit: Visit) -> Answer:
    """Show what one more rule would do, or make it. What was not accepted is shown again, nothing lost."""
    fields = {name: visit.written(name) for name in FIELDS}
    records = visit.services.records
    try:
        rule = read_rule(fields, visit.services.new_token()[:16], visit.now)
        check_conditions(rule.conditions)
        if visit.written("do") != "make":
            return _page(visit, form=RetentionForm(fields, tried=True), more=(rule,))
        add_retention_rule(records, visit.caller, rule, visit.now)
    except (Malformed, OverLimit) as error:
        return _page(visit, form=refused_form(fields, error))
    return Redirect("/registry/retention?done=retention-rule-added")


def remove(visit: Visit) -> Answer:
    """Take a rule away."""
    remove_retention_rule(visit.services.records, visit.caller, visit.place["id"], visit.now)
    return Redirect("/registry/retention?done=retention-rule-removed")


def hold(visit: Visit) -> Answer:
    """Place a hold."""
    digest = visit.written("digest")
    try:
        place_hold(
            visit.services.records,
            visit.caller,
            RepositoryPattern.parse(visit.written("repositories")),
            Digest.parse(digest) if digest else None,
            visit.written("reason"),
            now=visit.now,
            hold_id=visit.services.new_token()[:16],
        )
    except LadingError as error:
        return _page(visit, str(error))
    return Redirect("/registry/retention?done=hold-placed")


def release(visit: Visit) -> Answer:
    """Release a hold."""
    release_hold(visit.services.records, visit.caller, visit.place["id"], visit.now)
    return Redirect("/registry/retention?done=hold-released")


def _page(
    visit: Visit,
    problem: str = "",
    *,
    form: RetentionForm | None = None,
    more: tuple[RetentionRule, ...] = (),
) -> Page:
    records, shown = visit.services.records, form or empty_form()
    view = retention_view(
        list_retention_rules(records, visit.caller),
        preview_retention(records, visit.caller, visit.now, more=more),
        list_holds(records, visit.caller),
        visit.now,
        most=ROWS,
        notice=notice_of(visit.asked("done")),
        problem=problem,
    )
    status = 400 if problem or shown.problem else 200
    return Page("retention.html", "Retention", Section.RETENTION, RetentionPage(view, shown), status=status)

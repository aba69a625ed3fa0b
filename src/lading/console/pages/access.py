"""Who may do what: roles, and to whom they are given; people and their groups."""

from lading.access.verbs import Verb
from lading.console.answers import Answer, Page, Redirect
from lading.console.formats.sentences import whole_sentence
from lading.console.frame import Section
from lading.console.views.access import (
    GRANT_FIELDS,
    PeopleView,
    RolesView,
    binding_rows,
    group_rows,
    person_row,
    role_rows,
)
from lading.console.views.notices import notice_of
from lading.console.visit import Visit
from lading.foundation.errors import Conflict, Forbidden, LadingError, Malformed, NotFound
from lading.ports.records.people import RoleBinding
from lading.workflows.administrators import iter_users
from lading.workflows.rights import load_roles, require_on_installation
from lading.workflows.role_bindings import grant_role, revoke_role, visible_bindings
from lading.workflows.second_factors import has_factor
from lading.workflows.unowned import list_unowned
from lading.workflows.user_accounts import UserChange, change_user

_ROWS = 100


def roles(visit: Visit) -> Answer:
    """Show the roles, and to whom they are given, as far as one could take them back."""
    return _roles(visit)


def grant(visit: Visit) -> Answer:
    """Give a role."""
    try:
        grant_role(visit.services.records, visit.caller, _written(visit), visit.now)
    except (Malformed, Forbidden) as error:
        return _roles(visit, error)
    return Redirect("/access/roles?done=role-granted")


def revoke(visit: Visit) -> Answer:
    """Take a role back."""
    try:
        revoke_role(visit.services.records, visit.caller, _written(visit), visit.now)
    except NotFound:
        return Redirect("/access/roles")  # somebody else was quicker
    return Redirect("/access/roles?done=role-revoked")


def people(visit: Visit) -> Answer:
    """Show the people, and the groups that they are in."""
    require_on_installation(visit.caller, Verb.ADMINISTER)
    with visit.services.records.read() as kept:
        page = kept.people.users(after=visit.asked("after"), limit=_ROWS)
        rows = tuple(person_row(user, factor=has_factor(kept, user.name)) for user in page.items)
        groups = group_rows(iter_users(kept.people), kept.people.bindings())
    ours = visit.services.gate.sources.registries.ours
    unowned = list_unowned(visit.services.records, visit.caller, ours)
    view = PeopleView(rows, page.next, groups, unowned, notice_of(visit.asked("done")))
    return Page("access_people.html", "People and groups", Section.PEOPLE, view)


def disable(visit: Visit) -> Answer:
    """Disable an account, or let it sign in again."""
    disabled = visit.written("disabled") == "yes"
    try:
        change = UserChange(disabled=disabled)
        change_user(visit.services.records, visit.caller, visit.place["name"], change, visit.now)
    except Conflict:
        return Redirect("/access/people?done=last-administrator")
    return Redirect(f"/access/people?done={'person-disabled' if disabled else 'person-enabled'}")


def _written(visit: Visit) -> RoleBinding:
    principal, role, pattern, environment = (visit.written(name) for name in GRANT_FIELDS)
    return RoleBinding(principal, role, pattern, environment)


def _roles(visit: Visit, problem: LadingError | None = None) -> Page:
    bindings = visible_bindings(visit.services.records, visit.caller)
    with visit.services.records.read() as kept:
        made = load_roles(kept.people)
    view = RolesView(
        roles=role_rows(made, bindings),
        bindings=binding_rows(bindings),
        fields={name: visit.written(name) for name in GRANT_FIELDS},
        problem=whole_sentence(problem.message) if problem else "",
        hint=whole_sentence(problem.hint) if problem else "",
        notice=notice_of(visit.asked("done")),
    )
    status = 200 if problem is None else 403 if isinstance(problem, Forbidden) else 400
    return Page("access_roles.html", "Roles", Section.ROLES, view, status=status)

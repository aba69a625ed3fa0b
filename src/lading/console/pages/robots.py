"""Machine accounts: listed, made, given a new secret, stopped, removed."""

from dataclasses import replace
from datetime import timedelta

from lading.console.answers import Answer, Page, Redirect
from lading.console.frame import Section
from lading.console.links import list_link
from lading.console.views.notices import notice_of
from lading.console.views.robots import GIVABLE, MadeSecret, RobotForm, RobotsView, robot_row
from lading.console.visit import Visit
from lading.foundation.errors import Conflict, Malformed
from lading.ports.records.people import RobotGrant
from lading.workflows.robot_accounts import (
    NewRobot,
    create_robot,
    delete_robot,
    disable_robot,
    list_robots,
    rotate_robot_secret,
)

ROWS = 100
_MOST_DAYS = 3_650


def show(visit: Visit) -> Answer:
    """Show a page of them, and the form for another one."""
    return _page(visit, RobotForm())


def create(visit: Visit) -> Answer:
    """Make one, and show its secret this once. What was not accepted is shown again."""
    services = visit.services
    form = RobotForm(
        name=visit.written("name"),
        description=visit.written("description"),
        pattern=visit.written("pattern"),
        days=visit.written("days"),
        verbs=tuple(str(verb) for verb in GIVABLE if visit.written(f"may-{verb}")),
    )
    secret = services.new_token()
    try:
        robot = NewRobot(
            name=form.name,
            secret=secret,
            grants=_grants(form),
            expires_at=visit.now + timedelta(days=days) if (days := _days(form)) else None,
            description=form.description,
        )
        create_robot(services.accounts, visit.caller, robot, visit.now)
    except (Malformed, Conflict) as error:
        status = 409 if isinstance(error, Conflict) else 400
        return _page(visit, replace(form, problem=error.message, hint=error.hint), status=status)
    return _page(visit, RobotForm(), made=MadeSecret(form.name, secret, services.registry))


def rotate(visit: Visit) -> Answer:
    """Give one a new secret, and show it this once; the old one ends at once."""
    services, name = visit.services, visit.place["name"]
    secret = services.new_token()
    rotate_robot_secret(services.accounts, visit.caller, name, secret, visit.now)
    return _page(visit, RobotForm(), made=MadeSecret(name, secret, services.registry))


def stop(visit: Visit) -> Answer:
    """Let one act no more."""
    disable_robot(visit.services.records, visit.caller, visit.place["name"], visit.now)
    return Redirect("/registry/robots?done=robot-stopped")


def resume(visit: Visit) -> Answer:
    """Let one act again."""
    disable_robot(visit.services.records, visit.caller, visit.place["name"], visit.now, disabled=False)
    return Redirect("/registry/robots?done=robot-resumed")


def remove(visit: Visit) -> Answer:
    """Remove one."""
    delete_robot(visit.services.records, visit.caller, visit.place["name"], visit.now)
    return Redirect("/registry/robots?done=robot-removed")


def _grants(form: RobotForm) -> tuple[RobotGrant, ...]:
    if not form.verbs:
        raise Malformed("grant-invalid", "choose at least one thing that it may do")
    return (RobotGrant(form.pattern, form.verbs),)


def _days(form: RobotForm) -> int:
    """0 for one that does not end."""
    text = form.days or "0"
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and int(text) <= _MOST_DAYS):
        raise Malformed(
            "days-invalid",
            f"days is a whole number up to {_MOST_DAYS:,}; empty for no end",
            hint="such as 90",
        )
    return int(text)


def _page(visit: Visit, form: RobotForm, *, made: MadeSecret | None = None, status: int = 200) -> Page:
    after = visit.asked("after")
    page = list_robots(visit.services.records, visit.caller, after=after, limit=ROWS)
    view = RobotsView(
        rows=tuple(robot_row(robot, visit.now) for robot in page.items),
        form=form,
        made=made,
        next_link=list_link("/registry/robots", after=page.next) if page.next else "",
        first_link="/registry/robots" if after else "",
        notice=notice_of(visit.asked("done")),
    )
    return Page("robots.html", "Machine accounts", Section.ROBOTS, view, status=status)

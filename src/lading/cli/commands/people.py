"""`lading users`, `robots`, `teams`, `owner`, `access`: who there is, and who may do what."""

import click

from lading.api import access as api
from lading.api.message import Listing as PageOf
from lading.cli.client import connected
from lading.cli.exit_codes import ExitCode
from lading.cli.options import output_option
from lading.cli.output import Facts, Line, Listing, Output


@click.group("users")
def users() -> None:
    """Local users."""


@users.command("list")
@output_option
def list_users(output: Output) -> None:
    """List them."""
    with connected() as client:
        page = client.get("users", PageOf[api.UserLine])
    rows = [
        (
            each.name,
            each.admin,
            each.disabled,
            [*each.groups, *each.directory_groups],
            each.directory or "here",
            each.created_at[:19],
        )
        for each in page.items
    ]
    columns = ("user", "admin", "disabled", "groups", "from", "created")
    output.show(page, Listing(columns, rows, empty="no users"))


@users.command("add")
@click.argument("name")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
@click.option("--admin", is_flag=True)
@click.option("--group", "groups", multiple=True)
@output_option
def add_user(name: str, password: str, admin: bool, groups: tuple[str, ...], output: Output) -> None:
    """Make a user, who has to choose another password at the first sign-in."""
    body = api.UserRequest(name=name, password=password, admin=admin, groups=list(groups))
    with connected() as client:
        made = client.post("users", api.UserLine, body)
    output.show(made, Line(f"made user {made.name}"))


@users.command("disable")
@click.argument("name")
@output_option
def disable_user(name: str, output: Output) -> None:
    """End a user's sessions and tokens, and let them sign in no more."""
    with connected() as client:
        changed = client.put(f"users/{name}", api.UserLine, api.UserChangeRequest(disabled=True))
    output.show(changed, Line(f"disabled user {changed.name}"))


@users.command("enable")
@click.argument("name")
@output_option
def enable_user(name: str, output: Output) -> None:
    """Let a user sign in again. Tokens that they had stay ended."""
    with connected() as client:
        changed = client.put(f"users/{name}", api.UserLine, api.UserChangeRequest(disabled=False))
    output.show(changed, Line(f"enabled user {changed.name}"))


@users.command("reset-factor")
@click.argument("name")
def reset_factor(name: str) -> None:
    """Take away the second factor of a user who has lost it, and all recovery codes."""
    with connected() as client:
        client.delete(f"users/{name}/second-factor")
    click.echo(f"{name} signs in without a second factor, until another is set up")


@users.command("directories")
@click.option("--look", is_flag=True, help="Look through the LDAP directories now, for who has left.")
@output_option
def directories(look: bool, output: Output) -> int:
    """List where people come from, and who was found to have left. Exit code 3 for a problem."""
    with connected() as client:
        kind = PageOf[api.DirectoryLine]
        page = client.post("directories/look", kind) if look else client.get("directories", kind)
    rows = [
        (
            each.name,
            each.accounts,
            each.looked_at[:19] or "never",
            each.gone,
            each.changed,
            each.provisioned_at[:19] or ("not yet" if each.provisions else "no token"),
            each.problem,
        )
        for each in page.items
    ]
    columns = ("directory", "accounts", "looked through", "left", "changed", "provisioned", "problem")
    output.show(page, Listing(columns, rows, empty="no directories"))
    return ExitCode.UNDETERMINED if any(each.problem for each in page.items) else ExitCode.DONE


@users.command("provisioning-token")
@click.argument("directory")
@click.option("--end", is_flag=True, help="End the token that the directory has, and make none.")
@output_option
def provisioning_token(directory: str, end: bool, output: Output) -> None:
    """Make the token by which DIRECTORY says over SCIM who there is. It ends the one before."""
    with connected() as client:
        path = f"directories/{directory}/provisioning-token"
        if end:
            client.delete(path)
            click.echo(f"{directory} provisions nobody any more")
            return
        made = client.post(path, api.ProvisioningTokenLine)
    output.show(made, Facts([("directory", made.directory), ("url", made.url), ("token", made.token)]))


@users.command("same")
@click.argument("name")
@click.argument("first", default="")
@output_option
def same_human(name: str, first: str, output: Output) -> None:
    """Say that NAME and FIRST are one human, whose word counts once. Without FIRST: that they are not."""
    with connected() as client:
        changed = client.put(f"users/{name}", api.UserLine, api.UserChangeRequest(person=first))
    said = f"a further account of {changed.person}" if changed.person else "nobody's further account"
    output.show(changed, Line(f"{changed.name} is {said}"))


@click.group("robots")
def robots() -> None:
    """Accounts of machines, with rights on few repositories."""


@robots.command("list")
@output_option
def list_robots(output: Output) -> None:
    """List them."""
    with connected() as client:
        page = client.get("robots", PageOf[api.RobotLine])
    rows = [
        (
            each.name,
            [f"{','.join(grant.verbs)} on {grant.pattern}" for grant in each.grants],
            each.last_used_at[:19] or "never",
            (each.secret_at or each.created_at)[:10],
            each.expires_at[:19] or "never",
            each.rotator,
        )
        for each in page.items
    ]
    columns = ("robot", "may", "last used", "secret of", "expires", "rotated by")
    output.show(page, Listing(columns, rows, empty="no robots"))


@robots.command("add")
@click.argument("name")
@click.option("--on", "pattern", required=True, help="Pattern of repositories, such as team/*.")
@click.option("--may", "verbs", default="pull,push", show_default=True, help="Verbs, separated by commas.")
@click.option("--expires", "expires_at", default="", help="RFC 3339 instant.")
@click.option("--rotator", default="", help="Another robot that may give it a new secret.")
@output_option
def add_robot(name: str, pattern: str, verbs: str, expires_at: str, rotator: str, output: Output) -> None:
    """Make a robot. Its secret is printed once and kept nowhere."""
    grant = api.RobotGrantLine(pattern=pattern, verbs=[verb.strip() for verb in verbs.split(",")])
    body = api.RobotRequest(name=name, grants=[grant], expires_at=expires_at, rotator=rotator)
    with connected() as client:
        made = client.post("robots", api.RobotLine, body)
    output.show(made, _robot_facts(made))


@robots.command("rotate")
@click.argument("name")
@output_option
def rotate_robot(name: str, output: Output) -> None:
    """Give a robot a new secret; the old one ends at once."""
    with connected() as client:
        made = client.post(f"robots/{name}/rotate", api.RobotLine)
    output.show(made, _robot_facts(made))


@robots.command("stop")
@click.argument("name")
def stop_robot(name: str) -> None:
    """Let a robot act no more, until it is resumed."""
    with connected() as client:
        client.post(f"robots/{name}/stop", api.RobotLine)
    click.echo(f"robot${name} is stopped")


@robots.command("resume")
@click.argument("name")
def resume_robot(name: str) -> None:
    """Let a robot that was stopped act again."""
    with connected() as client:
        client.post(f"robots/{name}/resume", api.RobotLine)
    click.echo(f"robot${name} acts again")


@robots.command("remove")
@click.argument("name")
def remove_robot(name: str) -> None:
    """Remove a robot; its tokens end with it."""
    with connected() as client:
        client.delete(f"robots/{name}")
    click.echo(f"robot${name} is removed")


@click.group("teams")
def teams() -> None:
    """Teams, and the repositories that they answer for."""


@teams.command("save")
@click.argument("name")
@click.option("--contact", default="", help="How to reach the team, such as a mail address.")
@click.option("--on-call", default="")
@output_option
def save_team(name: str, contact: str, on_call: str, output: Output) -> None:
    """Name a team, or change how to reach it."""
    with connected() as client:
        saved = client.put("teams", api.TeamLine, api.TeamLine(name=name, contact=contact, on_call=on_call))
    output.show(saved, Line(f"team {saved.name}"))


@teams.command("own")
@click.argument("team")
@click.argument("pattern")
@output_option
def own(team: str, pattern: str, output: Output) -> None:
    """Give the repositories of PATTERN, such as team/*, to TEAM."""
    with connected() as client:
        given = client.put("owners", api.OwnershipLine, api.OwnershipLine(pattern=pattern, team=team))
    output.show(given, Line(f"{given.team} answers for {given.pattern}"))


@teams.command("missing")
@output_option
def missing(output: Output) -> int:
    """List the repositories, bases with their layers, and running containers that nobody answers for.

    Exit code 1 for any.
    """
    with connected() as client:
        found = client.get("owners/missing", api.UnownedReport)
    repositories = [(name, "repository", "") for name in found.repositories]
    bases = [
        (each.image, "base", f"{each.layers} layers of its own, {each.users} images stand on it")
        for each in found.bases
    ]
    containers = [(each.image, "running", f"{each.name} on {each.host}") for each in found.containers]
    told = (
        f"{found.repository_count} of {found.all_repositories} repositories, {len(found.bases)} of "
        f"{found.all_bases} bases and {found.container_count} of "
        f"{found.all_containers} running containers have no owner"
    )
    columns = ("what", "kind", "where")
    output.show(
        found, Listing(columns, [*repositories, *bases, *containers], empty="all have one"), Line(told)
    )
    return ExitCode.DENIED if found.repository_count or found.container_count else ExitCode.DONE


@click.command("owner")
@click.argument("name")
@output_option
def owner(name: str, output: Output) -> int:
    """Tell who answers for NAME, and how that was found.

    NAME is a repository, an image (shop/app:1, a digest), the digest of a layer, a base of the catalogue, or
    the id of a running container. Exit code 3 when nobody does, 4 when it could not be told.
    """
    with connected() as client:
        page = client.get("owner", PageOf[api.OwnerLine], name=name)
    output.show(page, *(_owner_facts(each) for each in page.items))
    states = {each.state for each in page.items}
    if "undetermined" in states:
        return ExitCode.UNDETERMINED
    return ExitCode.NOT_FOUND if "nobody" in states else ExitCode.DONE


@click.group("access")
def access() -> None:
    """Who may do what, and why."""


_ON = click.option("--on", "pattern", default="**", show_default=True, help="Pattern of repositories.")
_IN = click.option("--environment", default="", help="Only there; every one where not given.")


@access.command("grant")
@click.argument("role")
@click.argument("who")
@_ON
@_IN
@output_option
def grant(role: str, who: str, pattern: str, environment: str, output: Output) -> None:
    """Give ROLE to WHO: person:NAME, group:NAME, robot:NAME, signed-in or everyone."""
    body = api.BindingLine(principal=who, role=role, pattern=pattern, environment=environment)
    with connected() as client:
        given = client.put("roles", api.BindingLine, body)
    output.show(given, Line(f"{given.principal} is {given.role} on {given.pattern}{_inside(given)}"))


@access.command("revoke")
@click.argument("role")
@click.argument("who")
@_ON
@_IN
@output_option
def revoke(role: str, who: str, pattern: str, environment: str, output: Output) -> None:
    """Take ROLE back from WHO."""
    body = api.BindingLine(principal=who, role=role, pattern=pattern, environment=environment)
    with connected() as client:
        taken = client.post("roles/revoke", api.BindingLine, body)
    output.show(taken, Line(f"{taken.principal} is not {taken.role} on {taken.pattern}{_inside(taken)}"))


@access.command("bindings")
@output_option
def bindings(output: Output) -> None:
    """List which roles are given to whom."""
    with connected() as client:
        page = client.get("roles", PageOf[api.BindingLine])
    rows = [(each.principal, each.role, each.pattern, each.environment or "every") for each in page.items]
    output.show(page, Listing(("who", "role", "on", "environment"), rows, empty="no roles are given"))


@access.command("roles")
@output_option
def roles(output: Output) -> None:
    """List the roles that there are, and their verbs."""
    with connected() as client:
        page = client.get("role-definitions", PageOf[api.RoleLine])
    rows = [(each.name, each.verbs, "shipped" if each.shipped else each.description) for each in page.items]
    output.show(page, Listing(("role", "verbs", ""), rows, empty="no roles"))


@access.command("define")
@click.argument("name")
@click.argument("verbs", nargs=-1, required=True)
@click.option("--description", default="")
@output_option
def define(name: str, verbs: tuple[str, ...], description: str, output: Output) -> None:
    """Make the role NAME of VERBS (pull, push, promote …), or change it for everybody who has it."""
    body = api.RoleLine(name=name, verbs=list(verbs), description=description)
    with connected() as client:
        made = client.put("role-definitions", api.RoleLine, body)
    output.show(made, Line(f"{made.name} may {', '.join(made.verbs)}"))


@access.command("undefine")
@click.argument("name")
def undefine(name: str) -> None:
    """Forget a role that nobody has."""
    with connected() as client:
        client.delete(f"role-definitions/{name}")
    click.echo(f"forgot the role {name}")


@access.command("who-can")
@click.argument("verb")
@click.argument("repository", default="")
@_IN
@output_option
def who_can(verb: str, repository: str, environment: str, output: Output) -> None:
    """Tell everybody who may VERB (pull, push, promote …) on REPOSITORY, and because of what.

    REPOSITORY may be a pattern, such as prod/*.
    """
    asked = {"verb": verb, "repository": repository, "environment": environment}
    with connected() as client:
        page = client.get("access/who-can", PageOf[api.GrantLine], **asked)
    rows = [(each.subject, each.because) for each in page.items]
    output.show(page, Listing(("who", "because"), rows, empty="nobody may"))


@access.command("what-can")
@click.argument("who")
@output_option
def what_can(who: str, output: Output) -> None:
    """Tell everything that WHO (alice, person:alice or robot:ci) may do, and as whom."""
    with connected() as client:
        found = client.get("access/what-can", api.Rights, who=_person(who))
    facts = Facts(
        (
            ("principal", found.principal),
            ("administrator", "yes: may do everything" if found.administrator else "no"),
            ("groups", found.groups),
        )
    )
    rows = [
        (each.verbs, each.pattern, each.environment or "every", each.role or "of its own", each.subject)
        for each in found.rights
    ]
    columns = ("may", "on", "environment", "role", "as")
    output.show(found, facts, Listing(columns, rows, empty="no roles"))


@access.command("why")
@click.argument("who")
@click.argument("verb")
@click.argument("repository", default="")
@_IN
@output_option
def why(who: str, verb: str, repository: str, environment: str, output: Output) -> int:
    """Tell whether WHO may VERB on REPOSITORY, and why or why not. Exit code 1 when not."""
    asked = {"verb": verb, "repository": repository, "environment": environment}
    with connected() as client:
        answer = client.get("access/why", api.Access, who=_person(who), **asked)
    output.show(answer, Line(f"{'yes' if answer.allowed else 'no'}: {answer.because}"))
    return ExitCode.DONE if answer.allowed else ExitCode.DENIED


def _person(who: str) -> str:
    return who if ":" in who else f"person:{who}"


def _inside(binding: api.BindingLine) -> str:
    return f" in {binding.environment}" if binding.environment else ""


def _owner_facts(found: api.OwnerLine) -> Facts:
    nobody = "could not tell" if found.state == "undetermined" else "nobody"
    return Facts(
        (
            (found.kind, found.what),
            ("repository", "" if found.kind == "repository" else found.repository),
            ("team", found.team or nobody),
            ("contact", found.contact),
            ("on call", found.on_call),
            ("environment", found.environment),
            ("found by", " > ".join(found.chain)),
            ("why" if found.state == "undetermined" else "do", found.advice),
        )
    )


def _robot_facts(robot: api.RobotLine) -> Facts:
    return Facts(
        (
            ("robot", robot.name),
            ("sign in as", f"robot${robot.name}"),
            ("secret", f"{robot.secret}   (shown only this once)"),
            ("expires", robot.expires_at or "never"),
        )
    )

"""`/api/v1/users`, `/robots`, `/teams`, `/owners`, `/roles`, `/access`: who there is, and who may do what."""

from collections import Counter

from fastapi import APIRouter, Response

from lading.access.bindings import Resource, RoleBinding
from lading.access.decisions import decide, what_can, who_can, who_can_below
from lading.access.principal import Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.roles import Role, parse_verbs
from lading.access.verbs import ROLES, Verb
from lading.api import access as api
from lading.api.message import Listing
from lading.foundation.errors import Malformed, NotFound
from lading.foundation.instants import rfc3339
from lading.ports.records import people
from lading.ports.records.provisioning import ProvisioningToken
from lading.server.management.asking import Asking, Services
from lading.server.management.gate_lines import parse_instant
from lading.server.management.services import ManagementServices
from lading.workflows import robot_accounts, role_bindings, user_accounts
from lading.workflows.administrators import iter_users
from lading.workflows.provisioning_tokens import end_provisioning_token, make_provisioning_token
from lading.workflows.rights import (
    current_principal,
    parse_subject,
    require_on_installation,
    require_signed_in,
)
from lading.workflows.second_factors import remove_factor_of
from lading.workflows.sync_directories import DirectoryLook, last_look, look_through
from lading.workflows.unowned import UnownedBase, list_unowned
from lading.workflows.who_owns import OwnerAnswer, OwnerQuestion, who_owns

router = APIRouter(tags=["access"])


@router.get("/users")
def get_users(services: Services, caller: Asking, after: str = "") -> Listing[api.UserLine]:
    """List local users."""
    require_on_installation(caller, Verb.ADMINISTER)
    with services.records.read() as kept:
        page = kept.people.users(after=after)
    return Listing(items=[_user(user) for user in page.items], next=page.next)


@router.post("/users", status_code=201)
def post_user(services: Services, caller: Asking, body: api.UserRequest) -> api.UserLine:
    """Make a user."""
    new = user_accounts.NewUser(body.name, body.password, body.admin, tuple(body.groups))
    return _user(user_accounts.create_user(services.accounts, caller, new, services.clock()))


@router.put("/users/{name}")
def put_user(services: Services, caller: Asking, name: str, body: api.UserChangeRequest) -> api.UserLine:
    """Change what a user is; disabling ends their sessions and tokens."""
    groups = None if body.groups is None else tuple(body.groups)
    change = user_accounts.UserChange(body.admin, body.disabled, groups, body.person)
    return _user(user_accounts.change_user(services.records, caller, name, change, services.clock()))


@router.delete("/users/{name}/second-factor", status_code=204)
def delete_factor(services: Services, caller: Asking, name: str) -> Response:
    """Take away the second factor of a user who has lost it."""
    remove_factor_of(services.records, caller, name, services.clock())
    return Response(status_code=204)


@router.get("/directories")
def get_directories(services: Services, caller: Asking) -> Listing[api.DirectoryLine]:
    """List the directories that people come from, and how the last look through each went."""
    require_on_installation(caller, Verb.ADMINISTER)
    with services.records.read() as kept:
        counted = Counter(user.directory for user in iter_users(kept.people) if user.directory)
        tokens = {token.directory: token for token in kept.provisioning.tokens()}
        asked = (each.name for each in services.accounts.directories)
        names = dict.fromkeys([*asked, *sorted({*counted, *tokens, *services.directories})])
        lines = [_directory(name, counted[name], last_look(kept, name)) for name in names]
    return Listing(items=[_provisioning(line, tokens.get(line.name)) for line in lines])


@router.post("/directories/look")
def post_look(services: Services, caller: Asking) -> Listing[api.DirectoryLine]:
    """Look through the LDAP directories now, for who has left."""
    require_on_installation(caller, Verb.ADMINISTER)
    look_through(services.records, services.accounts.directories, services.clock())
    return get_directories(services, caller)


@router.post("/directories/{name}/provisioning-token", status_code=201)
def post_provisioning_token(services: Services, caller: Asking, name: str) -> api.ProvisioningTokenLine:
    """Give a directory a token for SCIM, in place of the one that it had. It is in this answer alone."""
    token = services.new_token()
    make_provisioning_token(
        services.records, caller, name, token, known=services.directories, now=services.clock()
    )
    url = f"{services.address.rstrip('/')}/scim/v2"
    return api.ProvisioningTokenLine(directory=name, url=url, token=token)


@router.delete("/directories/{name}/provisioning-token", status_code=204)
def delete_provisioning_token(services: Services, caller: Asking, name: str) -> Response:
    """End the token of a directory; the people whom it made stay."""
    end_provisioning_token(services.records, caller, name, services.clock())
    return Response(status_code=204)


@router.get("/robots")
def get_robots(services: Services, caller: Asking, after: str = "") -> Listing[api.RobotLine]:
    """List robots."""
    page = robot_accounts.list_robots(services.records, caller, after=after)
    return Listing(items=[_robot(robot) for robot in page.items], next=page.next)


@router.post("/robots", status_code=201)
def post_robot(services: Services, caller: Asking, body: api.RobotRequest) -> api.RobotLine:
    """Make a robot. Its secret is in this answer and nowhere else."""
    secret = services.new_token()
    expires_at = parse_instant(body.expires_at) if body.expires_at else None
    grants = tuple(people.RobotGrant(grant.pattern, tuple(grant.verbs)) for grant in body.grants)
    new = robot_accounts.NewRobot(body.name, secret, grants, expires_at, body.description, body.rotator)
    made = robot_accounts.create_robot(services.accounts, caller, new, services.clock())
    return _robot(made).model_copy(update={"secret": secret})


@router.post("/robots/{name}/rotate")
def post_rotation(services: Services, caller: Asking, name: str) -> api.RobotLine:
    """Give a robot a new secret; the old one ends at once. It may do so itself, and its rotator may."""
    secret = services.new_token()
    robot_accounts.rotate_robot_secret(services.accounts, caller, name, secret, services.clock())
    return _robot_named(services, name).model_copy(update={"secret": secret})


@router.post("/robots/{name}/stop")
def post_stop(services: Services, caller: Asking, name: str) -> api.RobotLine:
    """Let a robot act no more: its secret and its tokens open nothing until it may act again."""
    robot_accounts.disable_robot(services.records, caller, name, services.clock())
    return _robot_named(services, name)


@router.post("/robots/{name}/resume")
def post_resume(services: Services, caller: Asking, name: str) -> api.RobotLine:
    """Let a robot that was stopped act again, with the secret that it has."""
    robot_accounts.disable_robot(services.records, caller, name, services.clock(), disabled=False)
    return _robot_named(services, name)


@router.delete("/robots/{name}", status_code=204)
def delete_robot(services: Services, caller: Asking, name: str) -> Response:
    """Remove a robot."""
    robot_accounts.delete_robot(services.records, caller, name, services.clock())
    return Response(status_code=204)


@router.get("/teams")
def get_teams(services: Services, caller: Asking, after: str = "") -> Listing[api.TeamLine]:
    """List teams."""
    require_on_installation(caller, Verb.LIST_REPOSITORIES)
    with services.records.read() as kept:
        page = kept.people.teams(after=after)
    items = [api.TeamLine(name=team.name, contact=team.contact, on_call=team.on_call) for team in page.items]
    return Listing(items=items, next=page.next)


@router.put("/teams")
def put_team(services: Services, caller: Asking, body: api.TeamLine) -> api.TeamLine:
    """Name a team, or change how to reach it."""
    team = people.Team(body.name, body.contact, body.on_call)
    role_bindings.save_team(services.records, caller, team, services.clock())
    return body


@router.get("/owners")
def get_owners(services: Services, caller: Asking) -> Listing[api.OwnershipLine]:
    """List which team owns which pattern of repositories."""
    require_on_installation(caller, Verb.LIST_REPOSITORIES)
    with services.records.read() as kept:
        rows = kept.people.ownerships()
    return Listing(items=[api.OwnershipLine(pattern=row.pattern, team=row.team) for row in rows])


@router.put("/owners")
def put_owner(services: Services, caller: Asking, body: api.OwnershipLine) -> api.OwnershipLine:
    """Give the repositories of a pattern to a team."""
    ownership = people.Ownership(body.pattern, body.team)
    role_bindings.set_owner(services.records, caller, ownership, services.clock())
    return body


@router.get("/owners/missing")
def get_unowned(services: Services, caller: Asking) -> api.UnownedReport:
    """List the repositories, bases and running containers that nobody answers for."""
    found = list_unowned(services.records, caller, services.gate.sources.registries.ours)
    return api.UnownedReport(
        repositories=list(found.repositories),
        containers=[
            api.UnownedContainer(
                host=seen.container.host, name=seen.container.name, image=seen.container.image_reference
            )
            for seen in found.containers
        ],
        repository_count=found.repository_count,
        container_count=found.container_count,
        all_repositories=found.all_repositories,
        all_containers=found.all_containers,
        bases=[_unowned_base(each) for each in found.bases],
        all_bases=found.all_bases,
    )


@router.get("/owner")
def get_owner(services: Services, caller: Asking, name: str) -> Listing[api.OwnerLine]:
    """Tell who answers for everything of a name: a repository, image, layer, base or running container."""
    ours = services.gate.sources.registries.ours
    question = OwnerQuestion(name, ours, services.environment_of_host)
    return Listing(items=[_owner(each) for each in who_owns(services.records, caller, question)])


@router.get("/roles")
def get_roles(services: Services, caller: Asking) -> Listing[api.BindingLine]:
    """List which roles are given to whom, as far as one could take them back."""
    rows = role_bindings.visible_bindings(services.records, caller)
    return Listing(items=[_binding(row) for row in rows])


@router.get("/role-definitions")
def get_role_definitions(services: Services, caller: Asking) -> Listing[api.RoleLine]:
    """List the roles that there are, and their verbs."""
    require_signed_in(caller)
    with services.records.read() as kept:
        made = kept.people.roles()
    shipped = [api.RoleLine(name=name, verbs=sorted(verbs), shipped=True) for name, verbs in ROLES.items()]
    return Listing(items=[*shipped, *(_role(role) for role in made)])


@router.put("/role-definitions")
def put_role_definition(services: Services, caller: Asking, body: api.RoleLine) -> api.RoleLine:
    """Make a role, or change what one means for everybody who has it."""
    role = Role(body.name, parse_verbs(body.verbs), body.description)
    role_bindings.define_role(services.records, caller, role, services.clock())
    return _role(role)


@router.delete("/role-definitions/{name}", status_code=204)
def delete_role_definition(services: Services, caller: Asking, name: str) -> Response:
    """Forget a role that nobody has."""
    role_bindings.remove_role(services.records, caller, name, services.clock())
    return Response(status_code=204)


@router.put("/roles")
def put_role(services: Services, caller: Asking, body: api.BindingLine) -> api.BindingLine:
    """Give a role."""
    role_bindings.grant_role(services.records, caller, _row(body), services.clock())
    return body


@router.post("/roles/revoke")
def post_revocation(services: Services, caller: Asking, body: api.BindingLine) -> api.BindingLine:
    """Take a role back."""
    role_bindings.revoke_role(services.records, caller, _row(body), services.clock())
    return body


@router.get("/access/who-can")
def get_who_can(
    services: Services, caller: Asking, verb: Verb, repository: str = "", environment: str = ""
) -> Listing[api.GrantLine]:
    """Tell everybody who may do something to a repository, or to those of a pattern, and because of what."""
    require_on_installation(caller, Verb.ADMINISTER)
    with services.records.read() as kept:
        admins = [
            Principal(PrincipalKind.PERSON, user.name, admin=True)
            for user in iter_users(kept.people)
            if user.admin and not user.disabled
        ]
    if "*" in repository:
        pattern = RepositoryPattern.parse(repository)
        grants = who_can_below(verb, pattern, environment, services.bindings(), admins)
    else:
        grants = who_can(verb, Resource(repository, environment), services.bindings(), admins)
    return Listing(
        items=[api.GrantLine(subject=str(grant.subject), because=grant.because) for grant in grants]
    )


@router.get("/access/what-can")
def get_what_can(services: Services, caller: Asking, who: str) -> api.Rights:
    """Tell everything that somebody ("person:ann", "robot:ci") may do, and as whom they may."""
    require_on_installation(caller, Verb.ADMINISTER)
    principal = _principal(services, who)
    return api.Rights(
        principal=str(principal),
        administrator=principal.admin,
        groups=list(principal.groups),
        rights=[_right(binding) for binding in what_can(principal, services.bindings())],
    )


@router.get("/access/why")
def get_why(
    services: Services, caller: Asking, who: str, verb: Verb, repository: str = "", environment: str = ""
) -> api.Access:
    """Tell whether somebody ("person:ann", "robot:ci") may do something, and why or why not."""
    require_on_installation(caller, Verb.ADMINISTER)
    principal = _principal(services, who)
    decision = decide(principal, verb, Resource(repository, environment), services.bindings())
    return api.Access(allowed=decision.allowed, because=decision.because)


def _principal(services: ManagementServices, who: str) -> Principal:
    subject = parse_subject(who)
    if subject.kind.value not in {PrincipalKind.PERSON.value, PrincipalKind.ROBOT.value}:
        raise Malformed("subject-invalid", f"{who!r} is neither a person nor a robot")
    named = Principal(PrincipalKind(subject.kind.value), subject.name)
    with services.records.read() as kept:
        principal = current_principal(kept.people, named, services.clock())
    if principal is None:
        raise NotFound("principal-unknown", f"{who} is not here, or may not sign in any more")
    return principal


def _user(user: people.User) -> api.UserLine:
    return api.UserLine(
        name=user.name,
        admin=user.admin,
        disabled=user.disabled,
        groups=list(user.groups),
        created_at=rfc3339(user.created_at),
        person=user.person,
        directory=user.directory,
        directory_groups=list(user.directory_groups),
    )


def _robot_named(services: ManagementServices, name: str) -> api.RobotLine:
    with services.records.read() as kept:
        robot = kept.people.robot(name)
    if robot is None:
        raise NotFound("robot-unknown", f"there is no robot {name!r} any more")
    return _robot(robot)


def _directory(name: str, accounts: int, look: DirectoryLook | None) -> api.DirectoryLine:
    if look is None:
        return api.DirectoryLine(name=name, accounts=accounts)
    return api.DirectoryLine(
        name=name,
        accounts=accounts,
        looked_at=look.at,
        asked=look.asked,
        gone=look.gone,
        changed=look.changed,
        problem=look.problem,
    )


def _provisioning(line: api.DirectoryLine, token: ProvisioningToken | None) -> api.DirectoryLine:
    if token is None:
        return line
    used = rfc3339(token.last_used_at) if token.last_used_at else ""
    return line.model_copy(update={"provisions": True, "provisioned_at": used})


def _robot(robot: people.RobotAccount) -> api.RobotLine:
    return api.RobotLine(
        name=robot.name,
        grants=[api.RobotGrantLine(pattern=each.pattern, verbs=list(each.verbs)) for each in robot.grants],
        disabled=robot.disabled,
        expires_at=rfc3339(robot.expires_at) if robot.expires_at else "",
        last_used_at=rfc3339(robot.last_used_at) if robot.last_used_at else "",
        description=robot.description,
        created_at=rfc3339(robot.created_at),
        secret_at=rfc3339(robot.secret_at) if robot.secret_at else "",
        rotator=robot.rotator,
    )


def _unowned_base(base: UnownedBase) -> api.UnownedBase:
    name = f"{base.repository}:{base.tag}" if base.tag else f"{base.repository}@{base.manifest}"
    return api.UnownedBase(image=name, layers=base.layers, users=base.users)


def _owner(answer: OwnerAnswer) -> api.OwnerLine:
    return api.OwnerLine(
        kind=answer.kind,
        what=answer.what,
        state=answer.state,
        repository=answer.repository,
        team=answer.team.name if answer.team else "",
        contact=answer.team.contact if answer.team else "",
        on_call=answer.team.on_call if answer.team else "",
        chain=list(answer.chain),
        advice=answer.advice,
        environment=answer.environment,
    )


def _role(role: Role) -> api.RoleLine:
    return api.RoleLine(name=role.name, verbs=sorted(role.verbs), description=role.description)


def _right(binding: RoleBinding) -> api.RightLine:
    return api.RightLine(
        subject=str(binding.subject),
        role=binding.role,
        verbs=sorted(binding.verbs),
        pattern=binding.repositories.text,
        environment=binding.environment,
    )


def _binding(row: people.RoleBinding) -> api.BindingLine:
    return api.BindingLine(
        principal=row.principal, role=row.role, pattern=row.pattern, environment=row.environment
    )


def _row(line: api.BindingLine) -> people.RoleBinding:
    return people.RoleBinding(
        principal=line.principal, role=line.role, pattern=line.pattern, environment=line.environment
    )

"""Robots: accounts of machines, each with a secret of its own and rights on few repositories.

The secret is random, shown once when it is made, and stored as passwords are. Each change is one transaction
with its audit entry.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from lading.access.account_rules import check_account_name
from lading.access.principal import PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.access.verbs import INSTALLATION_VERBS, Verb
from lading.foundation.errors import Malformed, NotFound
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.people import PeopleRecords, RobotAccount, RobotGrant
from lading.ports.records.record_set import Records
from lading.registry.caller import BoundRights, Caller
from lading.workflows.rights import require_on_installation
from lading.workflows.sign_in import AccountPorts

MIN_SECRET = 32  # characters; ours have 43, which is 256 bits


@dataclass(frozen=True, slots=True)
class NewRobot:
    """What a robot is to be. It never expires where ``expires_at`` is None."""

    name: str
    secret: str  # fresh and random
    grants: tuple[RobotGrant, ...]
    expires_at: datetime | None = None
    description: str = ""
    rotator: str = ""  # a robot that may give it a new secret

    def __repr__(self) -> str:
        """Never the secret."""
        return f"NewRobot(name={self.name!r}, grants={self.grants!r}, expires_at={self.expires_at!r})"


def create_robot(ports: AccountPorts, caller: Caller, robot: NewRobot, now: datetime) -> RobotAccount:
    """Make a robot, which signs in as ``robot$name``.

    Raises Malformed for its name or its grants, and Conflict ``robot-exists``.
    """
    require_on_installation(caller, Verb.ADMINISTER)
    check_account_name(robot.name)
    if robot.rotator:
        check_account_name(robot.rotator)
    for grant in robot.grants:
        _check_grant(grant)
    if robot.expires_at is not None and robot.expires_at <= now:
        raise Malformed("robot-expired", f"the robot {robot.name} would have expired already")
    account = RobotAccount(
        name=robot.name,
        secret_hash=_encode_secret(ports, robot.secret),
        grants=robot.grants,
        created_at=now,
        created_by=str(caller.principal),
        expires_at=robot.expires_at,
        description=robot.description,
        secret_at=now,
        rotator=robot.rotator,
    )
    with ports.records.write() as kept:
        kept.people.add_robot(account)
        grants = [{"pattern": grant.pattern, "verbs": list(grant.verbs)} for grant in robot.grants]
        kept.audit.append(caller.did("robot.create", f"robot:{robot.name}", now, grants=grants))
    return account


def list_robots(
    records: Records, caller: Caller, *, after: str = "", limit: int = DEFAULT_LIMIT
) -> Page[RobotAccount]:
    """Robots by name, for administrators."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.read() as kept:
        return kept.people.robots(after=after, limit=limit)


def rotate_robot_secret(ports: AccountPorts, caller: Caller, name: str, secret: str, now: datetime) -> None:
    """Give a robot another secret; the old one stops working at once. Raises NotFound ``robot-unknown``.

    A robot may do this for itself and for those that name it as their rotator, and for nobody else. One
    that may not cannot tell whether there is such a robot.
    """
    with ports.records.read() as kept:
        robot = kept.people.robot(name)
    if not _may_rotate(caller, name, robot):
        require_on_installation(caller, Verb.ADMINISTER)
    encoded = _encode_secret(ports, secret)
    with ports.records.write() as kept:
        renewed = replace(_robot(kept.people, name), secret_hash=encoded, secret_at=now)
        kept.people.change_robot(renewed)
        kept.audit.append(caller.did("robot.rotate", f"robot:{name}", now))


def disable_robot(
    records: Records, caller: Caller, name: str, now: datetime, *, disabled: bool = True
) -> None:
    """Stop a robot from acting, or let it act again. Raises NotFound ``robot-unknown``."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        kept.people.change_robot(replace(_robot(kept.people, name), disabled=disabled))
        action = "robot.disable" if disabled else "robot.enable"
        kept.audit.append(caller.did(action, f"robot:{name}", now))


def delete_robot(records: Records, caller: Caller, name: str, now: datetime) -> None:
    """Remove a robot; its tokens end with it. Raises NotFound ``robot-unknown``."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        if not kept.people.delete_robot(name):
            raise NotFound("robot-unknown", f"there is no robot {name}")
        kept.audit.append(caller.did("robot.delete", f"robot:{name}", now))


def _may_rotate(caller: Caller, name: str, robot: RobotAccount | None) -> bool:
    """A registry token is for repositories, and rotates nothing."""
    if robot is None or caller.principal.kind is not PrincipalKind.ROBOT:
        return False
    return isinstance(caller.rights, BoundRights) and caller.principal.name in {name, robot.rotator}


def _encode_secret(ports: AccountPorts, secret: str) -> str:
    if len(secret) < MIN_SECRET:
        raise ValueError(f"a robot's secret has at least {MIN_SECRET} random characters")
    return ports.passwords.encode(secret)


def _check_grant(grant: RobotGrant) -> None:
    pattern = RepositoryPattern.parse(grant.pattern)
    for verb in grant.verbs:
        if verb not in set(Verb) or verb == Verb.ADMINISTER:
            raise Malformed("grant-invalid", f"a robot cannot be given {verb[:40]!r}")
        if Verb(verb) in INSTALLATION_VERBS and not pattern.covers_everything:
            raise Malformed(
                "grant-invalid",
                f"{verb} concerns the whole installation, and {pattern.text!r} only a part of it",
                hint="give it on the pattern **",
            )


def _robot(kept: PeopleRecords, name: str) -> RobotAccount:
    robot = kept.robot(name)
    if robot is None:
        raise NotFound("robot-unknown", f"there is no robot {name}")
    return robot

"""People, machines, teams, and who may do what."""

from pydantic import Field

from lading.api.message import Message


class UserLine(Message):
    """A local user."""

    name: str
    admin: bool
    disabled: bool
    groups: list[str]
    created_at: str
    person: str = ""  # the user who is the same human, with whom they count as one
    directory: str = ""  # that signs them in; empty where a password is kept here
    directory_groups: list[str] = Field(default_factory=list)  # as it said last


class DirectoryLine(Message):
    """A directory that checks passwords, and how the last look through it went."""

    name: str
    accounts: int
    looked_at: str = ""
    asked: int = 0
    gone: int = 0
    changed: int = 0
    problem: str = ""
    provisions: bool = False  # it has a token, to say by SCIM who there is
    provisioned_at: str = ""  # newest use of that token


class ProvisioningTokenLine(Message):
    """The token of a directory, made just now and shown nowhere else, and where its provider sends it."""

    directory: str
    url: str
    token: str = Field(repr=False)


class UserRequest(Message):
    """A user to make; the password is given to them, and has to be changed at the first sign-in."""

    name: str
    password: str = Field(repr=False)
    admin: bool = False
    groups: list[str] = Field(default_factory=list)


class UserChangeRequest(Message):
    """What to change of a user; what is left out stays."""

    admin: bool | None = None
    disabled: bool | None = None
    groups: list[str] | None = None
    person: str | None = None  # the user who is the same human; empty for nobody else


class RobotGrantLine(Message):
    """Verbs on repositories."""

    pattern: str
    verbs: list[str]


class RobotRequest(Message):
    """A robot to make."""

    name: str
    grants: list[RobotGrantLine]
    expires_at: str = ""
    description: str = ""
    rotator: str = ""  # a robot that may give it a new secret, beside itself


class RobotLine(Message):
    """A robot, which signs in as ``robot$name``. ``secret`` is set only when it was made just now.

    ``secret_at`` is when its secret was made; empty where nobody wrote that down.
    """

    name: str
    grants: list[RobotGrantLine]
    disabled: bool
    expires_at: str
    last_used_at: str
    description: str
    created_at: str
    secret_at: str
    rotator: str
    secret: str = ""


class TeamLine(Message):
    """A team, and how to reach it."""

    name: str
    contact: str = ""
    on_call: str = ""


class OwnershipLine(Message):
    """A pattern of repositories that a team answers for."""

    pattern: str
    team: str


class BindingLine(Message):
    """A role, given to somebody on a pattern of repositories."""

    principal: str
    role: str
    pattern: str = "**"
    environment: str = ""


class RoleLine(Message):
    """A role: a set of verbs by name. ``shipped`` ones cannot be changed."""

    name: str
    verbs: list[str]
    description: str = ""
    shipped: bool = False


class RightLine(Message):
    """What somebody may do, and as whom they may."""

    subject: str
    role: str
    verbs: list[str]
    pattern: str
    environment: str


class Rights(Message):
    """Everything that somebody may do. An administrator may do everything."""

    principal: str
    administrator: bool
    groups: list[str]
    rights: list[RightLine]


class OwnerLine(Message):
    """Who answers for one thing of a name. ``state`` is owned, nobody or undetermined; ``chain`` is how that
    was found, ``advice`` what to do, or why it could not be told."""

    kind: str  # repository, image, layer, base or container
    what: str
    state: str
    repository: str
    team: str
    contact: str
    on_call: str
    chain: list[str]
    advice: str
    environment: str  # of the host of a container


class UnownedContainer(Message):
    """A running container that nobody answers for."""

    host: str
    name: str
    image: str  # as it was started


class UnownedBase(Message):
    """An image that others stand on, and that nobody answers for, with the number of layers it brought."""

    image: str
    layers: int
    users: int  # images that stand on it


class UnownedReport(Message):
    """What nobody answers for: some of it by name, and how many of how many."""

    repositories: list[str]
    containers: list[UnownedContainer]
    repository_count: int
    container_count: int
    all_repositories: int
    all_containers: int
    bases: list[UnownedBase] = Field(default_factory=list)
    all_bases: int = 0  # the most used are looked at


class GrantLine(Message):
    """Somebody who may, and because of what."""

    subject: str
    because: str


class Access(Message):
    """Whether somebody may do something, and why."""

    allowed: bool
    because: str

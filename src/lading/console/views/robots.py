"""Machine accounts: what each may do, when it was last used, how old its secret is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.access.verbs import INSTALLATION_VERBS, Verb
from lading.console.formats.instants import Instant, instant
from lading.console.views.badges import Badge, Tone
from lading.console.views.notices import Notice
from lading.ports.records.people import RobotAccount

IDLE_AFTER = timedelta(days=90)
GIVABLE = tuple(verb for verb in Verb if verb is not Verb.ADMINISTER)


@dataclass(frozen=True, slots=True)
class RobotRow:
    """One machine account. ``used`` is None where it never was, ``ends`` where it does not end."""

    name: str
    description: str
    grants: tuple[tuple[str, str], ...]  # pattern, and verbs in words
    badge: Badge
    used: Instant | None
    secret: Instant
    ends: Instant | None
    disabled: bool


@dataclass(frozen=True, slots=True)
class MadeSecret:
    """A secret that was made just now: the only page that shows it."""

    name: str
    secret: str
    registry: str

    def __repr__(self) -> str:
        """Never the secret."""
        return f"MadeSecret(name={self.name!r})"


@dataclass(frozen=True, slots=True)
class RobotForm:
    """What was typed for another one, and what is wrong with it."""

    name: str = ""
    description: str = ""
    pattern: str = ""
    days: str = "90"
    verbs: tuple[str, ...] = ()
    problem: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class RobotsView:
    """The whole page."""

    rows: tuple[RobotRow, ...]
    form: RobotForm
    made: MadeSecret | None
    next_link: str
    first_link: str
    notice: Notice | None
    verbs: tuple[Verb, ...] = tuple(verb for verb in GIVABLE if verb not in INSTALLATION_VERBS)
    wide_verbs: tuple[Verb, ...] = tuple(verb for verb in GIVABLE if verb in INSTALLATION_VERBS)


def robot_row(robot: RobotAccount, now: datetime) -> RobotRow:
    """Make a row."""
    return RobotRow(
        name=robot.name,
        description=robot.description,
        grants=tuple((grant.pattern, ", ".join(grant.verbs)) for grant in robot.grants),
        badge=_badge(robot, now),
        used=instant(robot.last_used_at, now) if robot.last_used_at else None,
        secret=instant(robot.secret_at or robot.created_at, now),
        ends=instant(robot.expires_at, now) if robot.expires_at else None,
        disabled=robot.disabled,
    )


def _badge(robot: RobotAccount, now: datetime) -> Badge:
    if robot.disabled:
        return Badge(Tone.QUIET, "Stopped")
    if robot.expires_at is not None and robot.expires_at <= now:
        return Badge(Tone.QUIET, "Ended")
    if now - (robot.last_used_at or robot.created_at) > IDLE_AFTER:
        return Badge(Tone.WARN, "Not used", "Remove it, if nobody needs it: every secret can be found.")
    return Badge(Tone.GOOD, "Acts")

"""The sign-in page, and the page to choose a password."""

from dataclasses import dataclass
from datetime import datetime

from lading.access.account_rules import MAX_PASSWORD, MIN_PASSWORD
from lading.console.formats.instants import relative
from lading.workflows.sign_in import RefusalReason, SignInRefusal


@dataclass(frozen=True, slots=True)
class SignInView:
    """``next`` is where to go afterwards; ``said`` is good news, ``problem`` is not.

    ``providers`` are links and labels of the OpenID providers, filled in where the page is made.
    """

    next: str
    name: str = ""
    problem: str = ""
    hint: str = ""
    said: str = ""
    providers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PasswordView:
    """The page to choose a password. ``given``: the present one was given, and has to be changed."""

    given: bool
    problem: str = ""
    hint: str = ""
    shortest: int = MIN_PASSWORD
    longest: int = MAX_PASSWORD


def refusal_view(refused: SignInRefusal, name: str, after: str, now: datetime) -> SignInView:
    """Say calmly that it did not work, and nothing that helps to guess: every reason but waiting is one."""
    if refused.reason is RefusalReason.WAITING:
        when = relative(refused.wait_until, now) if refused.wait_until else ""
        return SignInView(
            after,
            name,
            problem="There were too many failures in a row.",
            hint=f"Please try again {'in a minute' if when in {'', 'just now'} else when}.",
        )
    if refused.reason is RefusalReason.DIRECTORY:
        return SignInView(
            after,
            problem="You could not be signed in this way.",
            hint="Please try again; if it happens again, an administrator finds the reason in the audit log.",
        )
    return SignInView(
        after,
        name,
        problem="This name and password do not belong together.",
        hint="Check both, and the Caps Lock key.",
    )


def robot_view(name: str, after: str) -> SignInView:
    """Robots have no business here: a session of theirs would outlive what they are for."""
    return SignInView(
        after,
        name,
        problem="Robot accounts do not sign in here.",
        hint="They use the registry and the API.",
    )

"""Choosing a password. It ends every session of the person, this one too."""

from lading.console.answers import Answer, Page, Redirect
from lading.console.formats.sentences import whole_sentence
from lading.console.sign_in_endpoint import MAX_PASSWORD_SENT, PASSWORD_CHANGED
from lading.console.views.sign_in import PasswordView
from lading.console.visit import Visit
from lading.foundation.errors import Malformed, OverLimit, Unauthenticated
from lading.workflows.sign_in import SignInAttempt
from lading.workflows.user_accounts import change_own_password


def show(visit: Visit) -> Answer:
    """Show the form."""
    return _form(PasswordView(given=visit.must_change))


def change(visit: Visit) -> Answer:
    """Change it, and ask to sign in with the new one."""
    old, new = visit.secret("old"), visit.secret("new")
    if new != visit.secret("again"):
        return _form(
            PasswordView(visit.must_change, "The two new passwords differ.", "Type both again."), 400
        )
    attempt = SignInAttempt(
        name=visit.caller.principal.name,
        password=old[:MAX_PASSWORD_SENT],
        address=visit.address,
        purpose="console",
        request_id=visit.caller.request_id,
    )
    try:
        change_own_password(visit.services.accounts, visit.caller, attempt, new, visit.now)
    except Malformed as error:
        return _form(
            PasswordView(visit.must_change, whole_sentence(error.message), whole_sentence(error.hint)), 400
        )
    except Unauthenticated:
        return _form(PasswordView(visit.must_change, "The present password is not this one."), 403)
    except OverLimit as error:
        return _form(
            PasswordView(visit.must_change, whole_sentence(error.message), whole_sentence(error.hint)), 429
        )
    return Redirect(f"/sign-in?said={PASSWORD_CHANGED}")


def _form(view: PasswordView, status: int = 200) -> Page:
    return Page("password.html", "Choose a password", None, view, status=status)

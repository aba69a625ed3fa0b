"""The personal tokens of who is signed in."""

from datetime import timedelta

from lading.access.personal_token import personal_token
from lading.console.answers import Answer, Page, Redirect
from lading.console.formats.sentences import whole_sentence
from lading.console.views.notices import notice_of
from lading.console.views.tokens import MadeToken, TokensView, token_row
from lading.console.visit import Visit
from lading.foundation.errors import Conflict, Malformed
from lading.workflows.personal_tokens import NewToken, create_token, list_tokens, revoke_token


def show(visit: Visit) -> Answer:
    """Show them, and the form for another one."""
    return _page(visit)


def create(visit: Visit) -> Answer:
    """Make one, and show it this once."""
    services, name = visit.services, visit.written("name")
    token = personal_token(services.new_token())
    try:
        expires_at = visit.now + timedelta(days=_days(visit))
        new = NewToken(name, token, expires_at)
        create_token(services.records, visit.caller, new, visit.now, longest=services.longest_token)
    except (Malformed, Conflict) as error:
        return _page(visit, name=name, problem=error)
    made = MadeToken(name, token, visit.caller.principal.name, services.registry)
    return _page(visit, made=made)


def revoke(visit: Visit) -> Answer:
    """End one."""
    revoke_token(visit.services.records, visit.caller, visit.place["id"], visit.now)
    return Redirect("/tokens?done=token-revoked")


def _days(visit: Visit) -> int:
    text = visit.written("days")
    if not (text.isascii() and text.isdecimal() and len(text) <= 5):
        raise Malformed("days-invalid", "days is a whole number")
    return int(text)


def _page(
    visit: Visit,
    *,
    name: str = "",
    problem: Malformed | Conflict | None = None,
    made: MadeToken | None = None,
) -> Page:
    tokens = list_tokens(visit.services.records, visit.caller)
    view = TokensView(
        rows=tuple(token_row(token, visit.now) for token in tokens),
        most_days=visit.services.longest_token.days,
        name=name,
        problem=whole_sentence(problem.message) if problem else "",
        hint=whole_sentence(problem.hint) if problem else "",
        made=made,
        notice=notice_of(visit.asked("done")),
    )
    status = 200 if problem is None else 409 if isinstance(problem, Conflict) else 400
    return Page("tokens.html", "Personal tokens", None, view, status=status)

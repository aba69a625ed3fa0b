"""Signing in and out.

1. The form is tied to the browser that it was shown in, so that nobody can sign somebody else's browser in
   as themselves (login CSRF).
2. A refusal says what to do and never which of name and password was wrong, or whether the name exists.
3. Success makes a new session token (session fixation), and goes only to a page of ours (open redirects).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lading.access.account_rules import ROBOT_PREFIX
from lading.access.principal import Principal
from lading.console.answers import Page
from lading.console.asgi import Receive, Scope, Send
from lading.console.bodies import read_form_bytes
from lading.console.desk import NOBODY, Desk, Reader
from lading.console.forms import form_token, parse_fields, parse_form, refuse_forgery
from lading.console.links import list_link, own_path
from lading.console.page_endpoint import request_id
from lading.console.views.problem import problem_of, wrong_method
from lading.console.views.sign_in import SignInView, refusal_view, robot_view
from lading.foundation.errors import Forbidden, LadingError
from lading.workflows.browser_sessions import HALF, close_session, find_session, open_session
from lading.workflows.sign_in import RefusalReason, SignInAccepted, SignInAttempt, SignInRefusal, sign_in

MAX_NAME = 64  # characters
MAX_PASSWORD_SENT = 1024  # characters that are compared at all; chosen passwords are far shorter
SIGNED_OUT = "signed-out"
PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a word in an address
FACTOR_ADDED = "factor-added"
FACTOR_REMOVED = "factor-removed"
_SAID = {
    FACTOR_ADDED: "Your second factor counts from now. Please sign in with it.",
    FACTOR_REMOVED: "Your second factor is removed. Please sign in again.",
    SIGNED_OUT: "You are signed out.",
    PASSWORD_CHANGED: "Your password is changed. Please sign in with it.",
}


@dataclass(frozen=True, slots=True)
class SignInEndpoint:
    """The sign-in page."""

    desk: Desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            content = await read_form_bytes(request) if request.method == "POST" else b""
            if content is None:
                return
            response = await run_in_threadpool(self._answer, request, content)
        except LadingError as error:
            response = self.desk.problem(problem_of(error, request_id(scope)), NOBODY)
        await response(scope, receive, send)

    def _answer(self, request: Request, content: bytes) -> Response:
        if request.method in {"GET", "HEAD"}:
            return self._show(request)
        if request.method != "POST":
            return self.desk.problem(wrong_method(), NOBODY)
        form = parse_form(request.headers.get("content-type", ""), content)
        try:
            refuse_forgery(request.headers, form, self.desk.cookies.form_token(request.cookies))  # rule 1
        except Forbidden:
            view = SignInView(
                next=own_path(form.get("next", "")),
                name=form.get("name", "")[:64],
                problem="This page had been open for too long.",
                hint="Please sign in again.",
            )
            return sign_in_page(self.desk, request, view, 403)
        return self._try(request, form)

    def _show(self, request: Request) -> Response:
        query = parse_fields(request.url.query.encode())
        after = own_path(query.get("next", "/"))
        token = self.desk.cookies.session_token(request.cookies)
        services = self.desk.services
        if token and find_session(services.records, token, services.clock()) is not None:
            return RedirectResponse(after, status_code=303)
        said = _SAID.get(query.get("said", ""), "")
        return sign_in_page(self.desk, request, SignInView(next=after, said=said), 200)

    def _try(self, request: Request, form: Mapping[str, str]) -> Response:
        services = self.desk.services
        now = services.clock()
        attempt = SignInAttempt(
            name=form.get("name", "").strip()[:MAX_NAME],
            password=form.get("password", "")[:MAX_PASSWORD_SENT],
            address=request.client.host if request.client else "",
            purpose="console",
            request_id=request_id(request.scope),
        )
        after = own_path(form.get("next", ""))
        if attempt.name.startswith(ROBOT_PREFIX):
            return sign_in_page(self.desk, request, robot_view(attempt.name, after), 403)
        outcome = sign_in(services.accounts, attempt, now)
        if isinstance(outcome, SignInAccepted):
            if outcome.factor_due:
                return ask_for_code(self.desk, outcome.principal, after, now)
            return welcome(self.desk, outcome.principal, after, now)
        view = refusal_view(outcome, attempt.name, after, now)
        return refused(self.desk, request, outcome, view, now)


def sign_in_page(desk: Desk, request: Request, view: SignInView, status: int) -> Response:
    """Show the sign-in page, its form tied to this browser."""
    known = desk.cookies.form_token(request.cookies)
    secret = known or desk.services.new_token()
    doors = tuple(
        (list_link(f"/sign-in/openid/{name}", next=view.next), label)
        for name, label in desk.services.directories.openid_labels
    )
    page = Page("sign_in.html", "Sign in", None, replace(view, providers=doors), status=status)
    response = desk.respond(page, Reader(form_token=form_token(secret)))
    desk.cookies.set_form(response, secret)
    return response


def welcome(desk: Desk, principal: Principal, after: str, now: datetime) -> Response:
    """Sign the browser in (rule 3)."""
    token = desk.services.new_token()
    expires_at = open_session(desk.services.records, principal, token, now)
    response = RedirectResponse(after, status_code=303)
    desk.cookies.set_session(response, token, int((expires_at - now).total_seconds()))
    return response


def ask_for_code(desk: Desk, principal: Principal, after: str, now: datetime) -> Response:
    """The password was right: open a session that is good for nothing but the code that is owed."""
    token = desk.services.new_token()
    open_session(desk.services.records, principal, token, now, lifetime=HALF, factor_due=True)
    response = RedirectResponse(list_link("/sign-in/code", next=after), status_code=303)
    desk.cookies.set_session(response, token, int(HALF.total_seconds()))
    return response


def refused(
    desk: Desk, request: Request, outcome: SignInRefusal, view: SignInView, now: datetime
) -> Response:
    """Show the sign-in page with what went wrong, and when to try again (rule 2)."""
    if outcome.reason is not RefusalReason.WAITING or outcome.wait_until is None:
        return sign_in_page(desk, request, view, 403)
    response = sign_in_page(desk, request, view, 429)
    seconds = int((outcome.wait_until - now).total_seconds())
    response.headers["retry-after"] = str(max(seconds, 1))
    return response


@dataclass(frozen=True, slots=True)
class SignOutEndpoint:
    """Signing out: a form, so that no link or picture elsewhere can do it."""

    desk: Desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            content = await read_form_bytes(request) if request.method == "POST" else b""
            if content is None:
                return
            response = await run_in_threadpool(self._answer, request, content)
        except LadingError as error:
            response = self.desk.problem(problem_of(error, request_id(scope)), NOBODY)
        await response(scope, receive, send)

    def _answer(self, request: Request, content: bytes) -> Response:
        if request.method != "POST":
            return self.desk.problem(wrong_method(), NOBODY)
        token = self.desk.cookies.session_token(request.cookies)
        form = parse_form(request.headers.get("content-type", ""), content)
        refuse_forgery(request.headers, form, token)
        services = self.desk.services
        close_session(services.records, token, services.clock(), request_id=request_id(request.scope))
        response = RedirectResponse(f"/sign-in?said={SIGNED_OUT}", status_code=303)
        self.desk.cookies.drop_session(response)
        return response

"""The second page of signing in, for who has a second factor.

1. It is for a browser whose password was right a moment ago, and for nobody else.
2. Its form is tied to that half session like every other form to its session.
3. A good code makes a new session token; the half session ends (session fixation).
"""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lading.access.principal import Principal
from lading.audit.entry import Event
from lading.console.answers import Page
from lading.console.asgi import Receive, Scope, Send
from lading.console.bodies import read_form_bytes
from lading.console.desk import NOBODY, Desk, Reader
from lading.console.forms import form_token, parse_fields, parse_form, refuse_forgery
from lading.console.links import own_path
from lading.console.page_endpoint import request_id
from lading.console.sign_in_endpoint import welcome
from lading.console.views.problem import problem_of, wrong_method
from lading.console.views.second_factor import CodeView
from lading.foundation.errors import LadingError, OverLimit
from lading.foundation.instants import rfc3339
from lading.workflows.browser_sessions import close_session, find_half_session
from lading.workflows.second_factors import take_factor_code

MAX_CODE = 64  # characters that are compared at all; a recovery code has 19


@dataclass(frozen=True, slots=True)
class SignInCodeEndpoint:
    """The page that asks for the code."""

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
        if request.method not in {"GET", "HEAD", "POST"}:
            return self.desk.problem(wrong_method(), NOBODY)
        services, token = self.desk.services, self.desk.cookies.session_token(request.cookies)
        principal = find_half_session(services.records, token, services.clock()) if token else None
        if principal is None:  # rule 1
            return RedirectResponse("/sign-in", status_code=303)
        if request.method != "POST":
            after = own_path(parse_fields(request.url.query.encode()).get("next", "/"))
            return self._page(token, CodeView(after), 200)
        form = parse_form(request.headers.get("content-type", ""), content)
        refuse_forgery(request.headers, form, token)  # rule 2
        after = own_path(form.get("next", ""))
        problem = self._take(request, principal, form.get("code", "")[:MAX_CODE].strip())
        if problem is not None:
            status = 429 if isinstance(problem, OverLimit) else 403
            return self._page(token, CodeView(after, problem.message, problem.hint), status)
        now = services.clock()
        close_session(services.records, token, now, request_id=request_id(request.scope))
        return welcome(self.desk, principal, after, now)  # rule 3

    def _take(self, request: Request, principal: Principal, code: str) -> LadingError | None:
        services = self.desk.services
        now = services.clock()
        with services.records.write() as kept:
            problem = take_factor_code(kept, services.factors, principal.name, code, now)
            action = "sign-in.succeed" if problem is None else "sign-in.fail"
            details = {"address": request.client.host if request.client else ""}
            if problem is not None:
                details["reason"] = "second-factor"
            outcome = "done" if problem is None else "failed"
            event = Event(
                rfc3339(now), str(principal), action, "console", outcome, details, request_id(request.scope)
            )
            kept.audit.append(event)
        return problem

    def _page(self, token: str, view: CodeView, status: int) -> Response:
        page = Page("sign_in_code.html", "Sign in", None, view, status=status)
        return self.desk.respond(page, Reader(form_token=form_token(token)))

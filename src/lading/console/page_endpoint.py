"""The way of every request for a page that only people who are signed in may see.

1. The session cookie says who it is; nobody is sent to sign in, and comes back afterwards.
2. A form must be one that we gave to this very session (``forms.refuse_forgery``).
3. Somebody whose password was given to them chooses one of their own before anything else; then, who must
   have a second factor and has none sets one up.
4. The page decides what to answer. It runs in a thread: records are read synchronously.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lading.console.answers import Answer
from lading.console.asgi import Receive, Scope, Send
from lading.console.bodies import read_form_bytes
from lading.console.desk import NOBODY, Desk, Reader
from lading.console.forms import form_token, parse_fields, parse_form, refuse_forgery
from lading.console.views.problem import no_such_page, problem_of, wrong_method
from lading.console.visit import Visit
from lading.foundation.errors import LadingError, Unauthenticated
from lading.registry.caller import BoundRights, Caller
from lading.workflows.browser_sessions import OpenSession, find_session
from lading.workflows.second_factors import must_have_factor

PageHandler: TypeAlias = Callable[[Visit], Answer]
FACTOR_PATH = "/second-factor"
PASSWORD_PATH = "/password"  # noqa: S105 - an address, not a secret


@dataclass(frozen=True, slots=True)
class PageRoute:
    """A path with the handlers of what can be done there. ``{name}`` in the path is a part of it."""

    path: str
    get: PageHandler | None = None
    post: PageHandler | None = None


@dataclass(frozen=True, slots=True)
class PageEndpoint:
    """One page as an ASGI application."""

    desk: Desk
    route: PageRoute

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        content: bytes | None = b""
        if request.method == "POST":
            try:
                content = await read_form_bytes(request)
            except LadingError as error:
                await self.desk.problem(problem_of(error), NOBODY)(scope, receive, send)
                return
        if content is not None:
            response = await run_in_threadpool(self._answer, request, content)
            await response(scope, receive, send)

    def _answer(self, request: Request, content: bytes) -> Response:
        handler = {"GET": self.route.get, "HEAD": self.route.get, "POST": self.route.post}.get(request.method)
        reader = NOBODY
        try:
            # Step 1.
            token = self.desk.cookies.session_token(request.cookies)
            now = self.desk.services.clock()
            session = find_session(self.desk.services.records, token, now) if token else None
            if session is None:
                return self._to_sign_in(request)
            reader = Reader(session.principal.name, form_token(token))
            if handler is None:
                return self._wrong_method(reader)
            # Step 2.
            form: Mapping[str, str] = {}
            if request.method == "POST":
                form = parse_form(request.headers.get("content-type", ""), content)
                refuse_forgery(request.headers, form, token)
            # Step 3.
            if session.must_change and self.route.path != PASSWORD_PATH:
                return RedirectResponse(PASSWORD_PATH, status_code=303)
            if self._misses_factor(session) and self.route.path not in {PASSWORD_PATH, FACTOR_PATH}:
                return RedirectResponse(FACTOR_PATH, status_code=303)
            # Step 4.
            visit = Visit(
                services=self.desk.services,
                caller=Caller(
                    session.principal,
                    BoundRights(self.desk.services.bindings()),
                    request_id(request.scope),
                ),
                now=now,
                address=request.client.host if request.client else "",
                path=request.url.path,
                place=request.path_params,
                query=parse_fields(request.url.query.encode()),
                form=form,
                form_token=reader.form_token,
                must_change=session.must_change,
            )
            return self.desk.respond(handler(visit), reader)
        except LadingError as error:
            return self.desk.problem(problem_of(error, request_id(request.scope)), reader)

    def _misses_factor(self, session: OpenSession) -> bool:
        if session.user is None or session.factor:
            return False
        accounts = self.desk.services.accounts
        directories = {directory.name for directory in accounts.directories}
        return must_have_factor(accounts.factors, session.user, directories)

    def _to_sign_in(self, request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            error = Unauthenticated(
                "sign-in-required",
                "you are not signed in any more, so nothing was done",
                hint="sign in, and send the form again",
            )
            return self.desk.problem(problem_of(error), NOBODY)
        query = f"?{request.url.query}" if request.url.query else ""
        back = quote(request.url.path + query, safe="/")
        return RedirectResponse("/sign-in" + (f"?next={back}" if back != "/" else ""), status_code=303)

    def _wrong_method(self, reader: Reader) -> Response:
        response = self.desk.problem(wrong_method(), reader)
        response.headers["allow"] = "GET, HEAD" if self.route.post is None else "POST"
        return response


@dataclass(frozen=True, slots=True)
class NoSuchPage:
    """The answer for paths that lead nowhere, in the frame of who asks."""

    desk: Desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await run_in_threadpool(self._answer, Request(scope, receive))
        await response(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        token = self.desk.cookies.session_token(request.cookies)
        services = self.desk.services
        session = find_session(services.records, token, services.clock()) if token else None
        reader = NOBODY if session is None else Reader(session.principal.name, form_token(token))
        return self.desk.problem(no_such_page(request.url.path), reader)


def request_id(scope: Scope) -> str:
    """The request id that the server gave, empty where it gave none."""
    return str(scope.get("state", {}).get("request_id", ""))

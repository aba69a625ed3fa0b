"""Signing in with an OpenID provider: the way there, and the way back.

1. The way there is a link, not a form: our own policy lets no form lead to another site. It does nothing but
   keep a fresh attempt in this browser, so a link elsewhere can at most begin a sign-in as oneself.
2. The way back is judged by the workflow, with the attempt of this browser alone; whatever comes of it, the
   attempt is over.
3. Success makes a new session token (session fixation), and goes only to a page of ours (open redirects).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lading.console.asgi import Receive, Scope, Send
from lading.console.desk import NOBODY, Desk
from lading.console.forms import parse_fields
from lading.console.links import own_path
from lading.console.page_endpoint import request_id
from lading.console.sign_in_endpoint import refused, welcome
from lading.console.views.problem import no_such_page, problem_of, wrong_method
from lading.console.views.sign_in import refusal_view
from lading.foundation.errors import LadingError
from lading.workflows.openid_sign_in import OpenIdPorts, ProviderAnswer, begin_sign_in, finish_sign_in
from lading.workflows.sign_in import SignInAccepted

Answering: TypeAlias = Callable[[Request, OpenIdPorts], Response]

_LONGEST_PAGE = 500  # characters of where to go afterwards, which the cookie has to hold


@dataclass(frozen=True, slots=True)
class OpenIdBeginEndpoint:
    """The way there."""

    desk: Desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        response = await run_in_threadpool(_answered, self.desk, request, self._begin)
        await response(scope, receive, send)

    def _begin(self, request: Request, ports: OpenIdPorts) -> Response:
        services = self.desk.services
        after = own_path(parse_fields(request.url.query.encode()).get("next", "/"))
        provider = request.path_params["provider"]
        attempt, place = begin_sign_in(
            ports,
            provider,
            after if len(after) <= _LONGEST_PAGE else "/",
            services.new_token,
            services.clock(),
        )
        response = RedirectResponse(place, status_code=303)
        self.desk.cookies.set_attempt(response, attempt)
        return response


@dataclass(frozen=True, slots=True)
class OpenIdAnswerEndpoint:
    """The way back."""

    desk: Desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        response = await run_in_threadpool(_answered, self.desk, request, self._finish)
        self.desk.cookies.drop_attempt(response)  # rule 2
        await response(scope, receive, send)

    def _finish(self, request: Request, ports: OpenIdPorts) -> Response:
        now, attempt = self.desk.services.clock(), self.desk.cookies.attempt(request.cookies)
        answer = ProviderAnswer(
            provider=request.path_params["provider"],
            attempt=attempt,
            query=parse_fields(request.url.query.encode()),
            address=request.client.host if request.client else "",
            request_id=request_id(request.scope),
        )
        after = own_path(attempt.after if attempt else "/")
        outcome = finish_sign_in(ports, answer, now)
        if isinstance(outcome, SignInAccepted):
            return welcome(self.desk, outcome.principal, after, now)  # rule 3
        return refused(self.desk, request, outcome, refusal_view(outcome, "", after, now), now)


def _answered(desk: Desk, request: Request, answer: Answering) -> Response:
    ports = desk.services.directories.openid
    if request.method not in {"GET", "HEAD"}:
        return desk.problem(wrong_method(), NOBODY)
    if ports is None:
        return desk.problem(no_such_page(request.url.path), NOBODY)
    try:
        return answer(request, ports)
    except LadingError as error:
        return desk.problem(problem_of(error, request_id(request.scope)), NOBODY)

"""The console as one ASGI application."""

from dataclasses import dataclass

from starlette.routing import Route, Router

from lading.console.all_pages import ALL_PAGES
from lading.console.asgi import AsgiApp, Receive, Scope, Send
from lading.console.cookies import CookieJar
from lading.console.desk import Desk
from lading.console.frame import Frame
from lading.console.openid_endpoint import OpenIdAnswerEndpoint, OpenIdBeginEndpoint
from lading.console.page_endpoint import NoSuchPage, PageEndpoint
from lading.console.render import make_renderer
from lading.console.security_headers import with_security_headers
from lading.console.services import ConsoleServices
from lading.console.sign_in_code_endpoint import SignInCodeEndpoint
from lading.console.sign_in_endpoint import SignInEndpoint, SignOutEndpoint
from lading.console.static_files import StaticFiles, load_static_files
from lading.console.views.problem import our_fault


def console_app(services: ConsoleServices) -> AsgiApp:
    """Put the pages together. Reads the static files and compiles nothing before it is needed."""
    static = load_static_files()
    desk = Desk(services, make_renderer(static), CookieJar(services.tls))
    nowhere = NoSuchPage(desk)
    routes = [
        Route("/static/{name}", StaticEndpoint(static, nowhere)),
        Route("/sign-in", SignInEndpoint(desk)),
        Route("/sign-in/code", SignInCodeEndpoint(desk)),
        Route("/sign-in/openid/{provider}", OpenIdBeginEndpoint(desk)),
        Route("/sign-in/openid/{provider}/answer", OpenIdAnswerEndpoint(desk)),
        Route("/sign-out", SignOutEndpoint(desk)),
        *(Route(page.path, PageEndpoint(desk, page)) for page in ALL_PAGES),
    ]
    return with_security_headers(Router(routes, redirect_slashes=False, default=nowhere), tls=services.tls)


def fault_page(request_id: str) -> bytes:
    """The page for a fault of ours, made without records, sessions or anything else that may be at fault."""
    renderer = make_renderer(load_static_files())
    frame = Frame("The server failed")
    return renderer.page("problem.html", frame, our_fault(request_id)).encode()


@dataclass(frozen=True, slots=True)
class StaticEndpoint:
    """The style sheet and the picture."""

    static: StaticFiles
    nowhere: NoSuchPage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        found = (
            self.static.answer(scope["path_params"]["name"]) if scope["method"] in {"GET", "HEAD"} else None
        )
        await (found or self.nowhere)(scope, receive, send)

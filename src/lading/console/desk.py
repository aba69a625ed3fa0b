"""From answers to responses: what every page shares once it has been decided what to say."""

from dataclasses import dataclass
from typing import assert_never

from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from lading.console.answers import Answer, Download, Page, Redirect
from lading.console.cookies import CookieJar
from lading.console.frame import Frame
from lading.console.render import Renderer
from lading.console.services import ConsoleServices
from lading.console.views.problem import ProblemView


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a page. ``person`` is empty where nobody is signed in."""

    person: str = ""
    form_token: str = ""


NOBODY = Reader()


@dataclass(frozen=True, slots=True)
class Desk:
    """What turns answers into responses."""

    services: ConsoleServices
    renderer: Renderer
    cookies: CookieJar

    def respond(self, answer: Answer, reader: Reader) -> Response:
        """Give the response for an answer."""
        match answer:
            case Page():
                return self._page(answer, reader)
            case Redirect(path):
                return RedirectResponse(path, status_code=303)
            case Download():
                return _download(answer)
            case _:
                assert_never(answer)

    def problem(self, view: ProblemView, reader: Reader) -> Response:
        """Give the page that says why something cannot be shown."""
        return self._page(Page("problem.html", view.title, None, view, status=view.status), reader)

    def _page(self, page: Page, reader: Reader) -> Response:
        frame = Frame(page.title, page.section, reader.person, reader.form_token, page.search)
        return HTMLResponse(self.renderer.page(page.template, frame, page.view), status_code=page.status)


def _download(file: Download) -> Response:
    headers = {
        "content-disposition": f'attachment; filename="{file.name}"',
        "content-length": str(file.size),
    }
    return StreamingResponse(file.chunks, media_type=file.media_type, headers=headers)

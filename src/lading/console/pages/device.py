"""Signing a command in: type its code, see what asks, say yes or no."""

from lading.access.device_grant import shown_code
from lading.console.answers import Answer, Page, Redirect
from lading.console.formats.instants import instant
from lading.console.formats.sentences import whole_sentence
from lading.console.views.device import AskingView, DeviceView
from lading.console.views.notices import notice_of
from lading.console.visit import Visit
from lading.foundation.errors import Conflict, Malformed, NotFound, OverLimit
from lading.workflows.device_sign_in import answer_device, find_waiting


def show(visit: Visit) -> Answer:
    """Ask for the code, or show what asks by it."""
    typed = visit.asked("code")
    if not typed:
        return _page(DeviceView(notice=notice_of(visit.asked("done"))))
    try:
        grant = find_waiting(visit.services.records, visit.caller, typed, visit.now)
    except (Malformed, NotFound, Conflict, OverLimit) as error:
        return _problem(typed, error)
    asking = AskingView(
        shown_code(grant.user_code), grant.asking, grant.address, instant(grant.created_at, visit.now)
    )
    return _page(DeviceView(asking=asking))


def answer(visit: Visit) -> Answer:
    """Sign it in, or not."""
    typed, granted = visit.written("code"), visit.written("answer") == "grant"
    try:
        answer_device(visit.services.records, visit.caller, typed, visit.now, granted=granted)
    except (Malformed, NotFound, Conflict, OverLimit) as error:
        return _problem(typed, error)
    return Redirect(f"/device?done=device-{'granted' if granted else 'denied'}")


def _problem(typed: str, error: Malformed | NotFound | Conflict | OverLimit) -> Page:
    view = DeviceView(code=typed[:40], problem=whole_sentence(error.message), hint=whole_sentence(error.hint))
    status = 429 if isinstance(error, OverLimit) else 404 if isinstance(error, NotFound) else 400
    return _page(view, status)


def _page(view: DeviceView, status: int = 200) -> Page:
    return Page("device.html", "Sign a command in", None, view, status=status)

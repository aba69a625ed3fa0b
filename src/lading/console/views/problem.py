"""When a page cannot be shown: what happened, and what to do about it."""

from dataclasses import dataclass

from lading.console.formats.sentences import whole_sentence
from lading.foundation.errors import (
    Conflict,
    Forbidden,
    LadingError,
    Malformed,
    NotFound,
    OverLimit,
    Unauthenticated,
    Upstream,
)


@dataclass(frozen=True, slots=True)
class ProblemView:
    """One error page."""

    status: int
    title: str
    message: str
    hint: str = ""
    request_id: str = ""  # quoted where the log has more to say


# The console's table from blame to HTTP status and to a heading for people.
_TABLE: dict[type[LadingError], tuple[int, str]] = {
    Malformed: (400, "This cannot be understood"),
    Unauthenticated: (401, "Please sign in"),
    Forbidden: (403, "This is not yours to see"),
    NotFound: (404, "Not found"),
    Conflict: (409, "This cannot be done now"),
    OverLimit: (413, "This is too much"),
    Upstream: (502, "Something we depend on does not answer"),
}


def problem_of(error: LadingError, request_id: str = "") -> ProblemView:
    """The page for an error."""
    status, title = next(_TABLE[kind] for kind in type(error).__mro__ if kind in _TABLE)
    if isinstance(error, OverLimit) and "retry_after" in error.details:
        status, title = 429, "Too many at once"
    quoted = request_id if isinstance(error, Upstream) else ""
    return ProblemView(status, title, whole_sentence(error.message), whole_sentence(error.hint), quoted)


def no_such_page(path: str) -> ProblemView:
    """The page for a path that leads nowhere."""
    return ProblemView(404, "Not found", f"There is no page at {path[:300]}.")


def wrong_method() -> ProblemView:
    """The page for a form sent to where none is taken."""
    return ProblemView(405, "This page takes no form", "It can only be looked at.")


def our_fault(request_id: str) -> ProblemView:
    """The page for a fault of ours: nothing but where to find it in the log."""
    return ProblemView(
        500,
        "The server failed",
        "The fault is ours and has been logged.",
        "Try again, and quote the request id if it stays.",
        request_id,
    )

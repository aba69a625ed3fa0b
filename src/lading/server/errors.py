"""The one table from blame to HTTP status, and the body that tells a person or program what to do.

The distribution API (/v2/) answers with its own codes; everything else answers as RFC 9457 problem details.
"""

import json
from typing import Any

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

HTTP_STATUS: dict[type[LadingError], int] = {
    Malformed: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    OverLimit: 413,
    Upstream: 502,
}
PROBLEM_JSON = "application/problem+json"


def http_status(error: LadingError) -> int:
    """The status for an error; 429 for a limit of rate, which waiting alone cures."""
    if isinstance(error, OverLimit) and "retry_after" in error.details:
        return 429
    # A kind may have kinds of its own (NeedsScope is an Unauthenticated): the nearest that is listed counts.
    return next(HTTP_STATUS[kind] for kind in type(error).__mro__ if kind in HTTP_STATUS)


def problem(error: LadingError, request_id: str) -> dict[str, Any]:
    """Problem details (RFC 9457) with the stable code, the hint, and the request id to quote."""
    document: dict[str, Any] = {
        "type": f"urn:lading:error:{error.code}",
        "title": error.message,
        "status": http_status(error),
        "code": error.code,
        "request_id": request_id,
    }
    if error.hint:
        document["hint"] = error.hint
    if error.details:
        document["details"] = dict(error.details)
    return document


def internal_problem(request_id: str) -> bytes:
    """What the outside is told of a fault of ours: nothing but where to find it in the log."""
    return json.dumps(
        {
            "type": "urn:lading:error:internal",
            "title": "the server failed; the fault is ours and has been logged",
            "status": 500,
            "code": "internal",
            "hint": "try again, and quote the request id if it stays",
            "request_id": request_id,
        }
    ).encode()

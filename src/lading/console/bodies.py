"""Reading what a browser sends, within a limit."""

from starlette.requests import ClientDisconnect, Request

from lading.console.forms import MAX_FORM_BYTES
from lading.foundation.errors import OverLimit


async def read_form_bytes(request: Request) -> bytes | None:
    """Read a form's bytes; None where the browser went away. Raises OverLimit for too many."""
    parts: list[bytes] = []
    total = 0
    try:
        async for part in request.stream():
            total += len(part)
            if total > MAX_FORM_BYTES:
                raise OverLimit(
                    "form-too-large",
                    f"a form has at most {MAX_FORM_BYTES >> 10} KiB",
                    details={"limit": MAX_FORM_BYTES},
                )
            parts.append(part)
    except ClientDisconnect:
        return None
    return b"".join(parts)

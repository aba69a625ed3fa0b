"""Forms that browsers send, and the proof that our own page sent them.

A POST is believed only if all of this holds:

1. The browser does not say that another site made it (Fetch Metadata, ``Sec-Fetch-Site``).
2. If it names an origin, that origin is the host it was sent to (RFC 6454).
3. The form carries the token of this browser's session: an HMAC under the session's own secret, so that
   nothing is stored and no other session's token fits.
"""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from lading.foundation.errors import Forbidden, Malformed, OverLimit

MAX_FORM_BYTES = 64 << 10
MAX_FIELDS = 64
TOKEN_FIELD = "form_token"  # noqa: S105 - the name of a field, not a secret
_TYPE = "application/x-www-form-urlencoded"


def form_token(secret: str) -> str:
    """Derive the token that forms of this session (or of this sign-in page) carry."""
    return hmac.new(secret.encode(), b"lading console form v1", hashlib.sha256).hexdigest()


def refuse_forgery(headers: Mapping[str, str], form: Mapping[str, str], secret: str) -> None:
    """Raise Forbidden ``form-not-ours`` unless the rules hold. ``secret`` is empty for no session."""
    # Rule 1. "none" is the person's own doing: typed, or reloaded.
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise _forged("it came from another site")
    # Rule 2.
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
        raise _forged("it came from another origin")
    # Rule 3.
    given = form.get(TOKEN_FIELD, "").encode()
    if not secret or not hmac.compare_digest(given, form_token(secret).encode()):
        raise _forged("its token does not fit this browser's session")


def parse_form(content_type: str, content: bytes) -> dict[str, str]:
    """Read a form (URL standard, "application/x-www-form-urlencoded"); of equal fields the first counts.

    Raises Malformed for anything else, OverLimit for more than MAX_FIELDS fields.
    """
    if content_type.partition(";")[0].strip().lower() != _TYPE:
        raise Malformed("form-invalid", f"a form is sent as {_TYPE}")
    return parse_fields(content)


def parse_fields(content: bytes) -> dict[str, str]:
    """Read the fields of a form or of a query."""
    if content.count(b"&") >= MAX_FIELDS:
        raise OverLimit(
            "form-too-large", f"a form has at most {MAX_FIELDS} fields", details={"limit": MAX_FIELDS}
        )
    try:
        pairs = parse_qsl(content.decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise Malformed("form-invalid", "the form is not UTF-8") from error
    fields: dict[str, str] = {}
    for name, value in pairs:
        if "\x00" in value:  # no database text holds one
            raise Malformed("form-invalid", "the form holds a NUL character")
        fields.setdefault(name, value.replace("\r\n", "\n"))
    return fields


def _forged(why: str) -> Forbidden:
    return Forbidden(
        "form-not-ours",
        f"this form was not accepted: {why}",
        hint="go back, reload the page and send it again",
    )

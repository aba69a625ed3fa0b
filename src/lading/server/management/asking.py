"""Who asks: from the Authorization header to a Caller with the rights of this moment.

1. ``Bearer``: the token of a session that ``POST /api/v1/sessions`` has opened, or a personal token.
2. ``Basic``: a name and a password, checked on every request; who has a second factor sends its code too.
   Argon2 is slow on purpose; programs that ask often open a session first, or take a personal token in place
   of the password.
3. Nothing: a caller without rights. Cookies are never looked at, so no web page can make a browser ask.
"""

import base64
from typing import Annotated, cast

from fastapi import Depends, Request

from lading.access.personal_token import is_personal_token
from lading.access.principal import ANONYMOUS, Principal
from lading.foundation.errors import Forbidden, Unauthenticated
from lading.registry.caller import BoundRights, Caller
from lading.server.management.services import ManagementServices
from lading.workflows.browser_sessions import find_session
from lading.workflows.personal_tokens import prove_or_raise
from lading.workflows.rights import require_signed_in
from lading.workflows.sign_in import SignInAttempt

CODE_HEADER = "Lading-Code"  # of the second factor, beside a password; each is good once
# The key that verifies signatures, ending a session that may have ended already, and being signed in.
FOR_EVERYBODY = frozenset(
    {
        ("GET", "/api/v1/key"),
        ("DELETE", "/api/v1/sessions/current"),
        ("POST", "/api/v1/sessions/device"),
        ("POST", "/api/v1/sessions/device/token"),
    }
)


def services_of(request: Request) -> ManagementServices:
    """What the application was built with."""
    return cast("ManagementServices", request.app.state.services)


def caller_of(request: Request) -> Caller:
    """The caller, proven. Raises Unauthenticated, or OverLimit while too many sign-ins have failed."""
    services = services_of(request)
    principal = _principal(request, services)
    if principal.reading_only and request.method not in {"GET", "HEAD"}:
        raise Forbidden("token-reading-only", f"the token of {principal} is for reading only")
    return Caller(principal, BoundRights(services.bindings()), request_id_of(request))


def require_caller(request: Request, caller: "Asking") -> None:
    """Raise Unauthenticated for nobody, on every route but those that are for everybody."""
    if (request.method, request.url.path) not in FOR_EVERYBODY:
        require_signed_in(caller)


def request_id_of(request: Request) -> str:
    """The id that the server gave to this request."""
    return str(getattr(request.state, "request_id", ""))


def address_of(request: Request) -> str:
    """The address that the request came from, as far as the server knows."""
    return request.client.host if request.client else ""


def bearer_of(request: Request) -> str:
    """The bearer token, empty where there is none."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def shows_personal_token(request: Request) -> bool:
    """Whether the caller is known by a personal token, which may not open what outlives it."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    shown = _decoded(value.strip())[1] if scheme.lower() == "basic" else value.strip()
    return is_personal_token(shown)


def _principal(request: Request, services: ManagementServices) -> Principal:
    header = request.headers.get("Authorization", "")
    if not header:
        return ANONYMOUS
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        if is_personal_token(value.strip()):
            return _proven(request, services, "", value.strip())
        session = find_session(services.records, value.strip(), services.clock())
        if session is None:
            raise Unauthenticated("session-ended", "this session is not open", hint="lading login")
        return session.principal
    if scheme.lower() == "basic":
        return _proven(request, services, *_decoded(value.strip()))
    raise Unauthenticated("credentials-invalid", "the Authorization header is neither Basic nor Bearer")


def _proven(request: Request, services: ManagementServices, name: str, password: str) -> Principal:
    code = request.headers.get(CODE_HEADER, "")
    attempt = SignInAttempt(name, password, address_of(request), "api", request_id_of(request), code)
    return prove_or_raise(services.accounts, attempt, services.clock())


def _decoded(encoded: str) -> tuple[str, str]:
    try:
        name, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError as error:  # also what is not ASCII, which is no binascii.Error
        raise Unauthenticated("credentials-invalid", "the Basic credentials are not encoded") from error
    if not colon or not name:
        raise Unauthenticated("credentials-invalid", "the Basic credentials name nobody")
    return name, password


Services = Annotated[ManagementServices, Depends(services_of)]
Asking = Annotated[Caller, Depends(caller_of)]

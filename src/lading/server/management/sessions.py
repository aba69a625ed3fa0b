"""`/api/v1/sessions`, `/api/v1/whoami`: signing in."""

from fastapi import APIRouter, Request, Response

from lading.access.decisions import what_can
from lading.access.principal import PrincipalKind
from lading.api.sessions import OpenedSession, WhoAmI
from lading.foundation.errors import Unauthenticated
from lading.foundation.instants import rfc3339
from lading.server.management.asking import Asking, Services, bearer_of, request_id_of, shows_personal_token
from lading.workflows.browser_sessions import close_session, find_session, open_session

router = APIRouter(tags=["sessions"])


@router.post("/sessions", status_code=201)
def post_session(request: Request, services: Services, caller: Asking) -> OpenedSession:
    """Open a session for the name and password of the Authorization header."""
    renewing = bearer_of(request) or shows_personal_token(request)
    if caller.principal.kind is PrincipalKind.ANONYMOUS or renewing:
        # Not by a session or a token: else whoever gets hold of one could renew it for ever.
        raise Unauthenticated("sign-in-required", "opening a session needs a name and a password")
    token, now = services.new_token(), services.clock()
    expires_at = open_session(services.records, caller.principal, token, now)
    opened = find_session(services.records, token, now)
    return OpenedSession(
        token=token,
        expires_at=rfc3339(expires_at),
        principal=str(caller.principal),
        must_change_password=opened is not None and opened.must_change,
    )


@router.delete("/sessions/current", status_code=204)
def delete_session(request: Request, services: Services) -> Response:
    """End the session whose token is sent. Ending one that has ended is fine."""
    close_session(services.records, bearer_of(request), services.clock(), request_id=request_id_of(request))
    return Response(status_code=204)


@router.get("/whoami")
def get_whoami(services: Services, caller: Asking) -> WhoAmI:
    """Tell who asks, and which roles count for them."""
    if caller.principal.kind is PrincipalKind.ANONYMOUS:
        raise Unauthenticated("sign-in-required", "nobody is signed in", hint="lading login")
    return WhoAmI(
        principal=str(caller.principal),
        admin=caller.principal.admin,
        groups=list(caller.principal.groups),
        roles=[str(binding) for binding in what_can(caller.principal, services.bindings())],
    )

"""`/api/v1/sessions`, `/api/v1/whoami`: signing in."""

from fastapi import APIRouter, Request, Response

from lading.access.decisions import what_can
from lading.access.device_grant import INTERVAL, LIFETIME, shown_code
from lading.access.principal import Principal, PrincipalKind
from lading.api.sessions import DeviceCodes, DeviceRequest, DeviceToken, OpenedSession, WhoAmI
from lading.foundation.errors import Unauthenticated
from lading.foundation.instants import rfc3339
from lading.server.management.asking import (
    Asking,
    Services,
    address_of,
    bearer_of,
    request_id_of,
    shows_personal_token,
)
from lading.server.management.services import ManagementServices
from lading.workflows.browser_sessions import close_session, find_session, open_session
from lading.workflows.device_sign_in import AskingCommand, begin_device, redeem_device

router = APIRouter(tags=["sessions"])


@router.post("/sessions", status_code=201)
def post_session(request: Request, services: Services, caller: Asking) -> OpenedSession:
    """Open a session for the name and password of the Authorization header."""
    renewing = bearer_of(request) or shows_personal_token(request)
    if caller.principal.kind is PrincipalKind.ANONYMOUS or renewing:
        # Not by a session or a token: else whoever gets hold of one could renew it for ever.
        raise Unauthenticated("sign-in-required", "opening a session needs a name and a password")
    return _opened(services, caller.principal)


@router.delete("/sessions/current", status_code=204)
def delete_session(request: Request, services: Services) -> Response:
    """End the session whose token is sent. Ending one that has ended is fine."""
    close_session(services.records, bearer_of(request), services.clock(), request_id=request_id_of(request))
    return Response(status_code=204)


@router.post("/sessions/device", status_code=201)
def post_device(request: Request, services: Services, body: DeviceRequest) -> DeviceCodes:
    """Begin to be signed in by a browser on any machine (RFC 8628): show the person code and address."""
    secret = services.new_token()
    grant = begin_device(
        services.records, AskingCommand(secret, body.asking, address_of(request)), services.clock()
    )
    place, code = f"{services.address.rstrip('/')}/device", shown_code(grant.user_code)
    return DeviceCodes(
        device_code=secret,
        user_code=code,
        verification_uri=place,
        verification_uri_complete=f"{place}?code={code}",
        expires_in=int(LIFETIME.total_seconds()),
        interval=int(INTERVAL.total_seconds()),
    )


@router.post("/sessions/device/token", status_code=201)
def post_device_token(request: Request, services: Services, body: DeviceToken) -> OpenedSession:
    """Ask whether the person has said yes. Codes of refusals: authorization-pending (ask again), slow-down,
    access-denied, expired-token."""
    now, request_id = services.clock(), request_id_of(request)
    principal = redeem_device(services.records, body.device_code, now, request_id=request_id)
    return _opened(services, principal)


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


def _opened(services: ManagementServices, principal: Principal) -> OpenedSession:
    token, now = services.new_token(), services.clock()
    expires_at = open_session(services.records, principal, token, now)
    opened = find_session(services.records, token, now)
    return OpenedSession(
        token=token,
        expires_at=rfc3339(expires_at),
        principal=str(principal),
        must_change_password=opened is not None and opened.must_change,
    )

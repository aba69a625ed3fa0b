"""``/scim/v2/``: plain ASGI, because nothing of it is like the management API but the records.

1. Nothing is answered without the token of a directory, not even what this service can do.
2. Errors are SCIM's (RFC 7644, section 3.12). They repeat no value that was sent.
"""

import asyncio
import json
from collections.abc import Callable, Mapping

from lading.foundation.errors import LadingError, NotFound, OverLimit, Unauthenticated
from lading.server.asgi import AsgiApp, Receive, Scope, Send
from lading.server.errors import http_status
from lading.server.provisioning.descriptions import get_config, get_resource_types, get_schemas
from lading.server.provisioning.groups import (
    delete_group,
    get_group,
    list_all_groups,
    patch_group,
    post_group,
    put_group,
)
from lading.server.provisioning.request import MAX_BODY, PREFIX, ScimAnswer, ScimRequest
from lading.server.provisioning.services import ProvisioningServices
from lading.server.provisioning.users import (
    delete_user,
    get_user,
    list_users,
    patch_user,
    post_user,
    put_user,
)
from lading.workflows.provisioning_tokens import prove_provisioner

_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
Route = Callable[[ScimRequest], ScimAnswer]
_ALL: Mapping[str, Mapping[str, Route]] = {
    "Users": {"GET": list_users, "POST": post_user},
    "Groups": {"GET": list_all_groups, "POST": post_group},
    "ServiceProviderConfig": {"GET": get_config},
    "ResourceTypes": {"GET": get_resource_types},
    "Schemas": {"GET": get_schemas},
}
_ONE: Mapping[str, Mapping[str, Route]] = {
    "Users": {"GET": get_user, "PUT": put_user, "PATCH": patch_user, "DELETE": delete_user},
    "Groups": {"GET": get_group, "PUT": put_group, "PATCH": patch_group, "DELETE": delete_group},
    "ResourceTypes": {"GET": get_resource_types},
    "Schemas": {"GET": get_schemas},
}


def provisioning_app(services: ProvisioningServices) -> AsgiApp:
    """Build the application that answers everything under ``/scim/``."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            content = await _body(receive)
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(services.executor, lambda: _answer(services, scope, content))
        except LadingError as error:
            answer = _refusal(error)
        await _send(send, answer)

    return app


def _answer(services: ProvisioningServices, scope: Scope, content: bytes) -> ScimAnswer:
    by = prove_provisioner(
        services.records,
        _bearer(scope),
        services.directories,
        services.clock(),
        address=(scope.get("client") or ("",))[0],
        request_id=scope.get("state", {}).get("request_id", ""),
    )
    path: str = scope["path"]
    kind, _, resource_id = path.removeprefix(f"{PREFIX}/").partition("/")
    routes = (_ONE if resource_id else _ALL).get(kind)
    if routes is None or not path.isprintable() or not path.startswith(f"{PREFIX}/"):
        raise NotFound("scim-unknown", "there is nothing at this path")
    route = routes.get(scope["method"])
    if route is None:
        allowed = {"Allow": ", ".join(routes)}
        return ScimAnswer(405, _error_document(405, f"here are {allowed['Allow']}"), allowed)
    query = scope["query_string"].decode("latin-1")
    return route(ScimRequest(scope["method"], kind, resource_id, query, content, by, services))


def _bearer(scope: Scope) -> str:
    """The token; empty where there is none, or more than one header that might have it."""
    headers = [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"]
    scheme, _, token = (headers[0] if len(headers) == 1 else "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else ""


def _refusal(error: LadingError) -> ScimAnswer:
    headers = {"WWW-Authenticate": 'Bearer realm="lading"'} if isinstance(error, Unauthenticated) else {}
    kind = str(error.details.get("scimType", "invalidSyntax" if error.code.startswith("json-") else ""))
    return ScimAnswer(http_status(error), _error_document(http_status(error), str(error), kind), headers)


def _error_document(status: int, detail: str, kind: str = "") -> dict[str, object]:
    document: dict[str, object] = {"schemas": [_ERROR], "status": str(status), "detail": detail}
    return {**document, "scimType": kind} if kind else document


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY:
            limit = {"limit": MAX_BODY}
            raise OverLimit("request-too-large", f"a request has at most {MAX_BODY} bytes", details=limit)
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def _send(send: Send, answer: ScimAnswer) -> None:
    body = b"" if answer.document is None else json.dumps(answer.document).encode()
    headers = {"Cache-Control": "no-store", **answer.headers}
    if answer.document is not None:
        headers |= {"Content-Type": "application/scim+json", "Content-Length": str(len(body))}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})

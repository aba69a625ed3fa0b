"""The distribution API as one ASGI application."""

from collections.abc import Mapping
from dataclasses import replace

from lading.foundation.errors import LadingError, Malformed, Unauthenticated
from lading.registry.names import check_repository
from lading.registry.oci_errors import error_document, oci_answer
from lading.server.asgi import AsgiApp, Receive, Scope, Send
from lading.server.distribution import blobs, lists, manifests, tokens, uploads
from lading.server.distribution.api import Api, Call, Handler
from lading.server.distribution.exchange import ClientGone, Exchange, Headers, header
from lading.server.distribution.routes import Kind, Route, find_route
from lading.server.distribution.services import DistributionServices
from lading.server.telemetry import logger

_HANDLERS: Mapping[Kind, Mapping[str, Handler]] = {
    Kind.BASE: {"GET": lists.get_base, "HEAD": lists.get_base},
    Kind.CATALOG: {"GET": lists.get_catalog},
    Kind.TAGS: {"GET": lists.get_tags},
    Kind.REFERRERS: {"GET": lists.get_referrers},
    Kind.MANIFEST: {
        "GET": manifests.get_manifest,
        "HEAD": manifests.get_manifest,
        "PUT": manifests.put_manifest,
        "DELETE": manifests.delete_manifest_or_tag,
    },
    Kind.BLOB: {
        "GET": blobs.get_blob,
        "HEAD": blobs.get_blob,
        "DELETE": blobs.delete_blob_here,
    },
    Kind.UPLOADS: {"POST": uploads.post_upload},
    Kind.UPLOAD: {
        "GET": uploads.get_upload,
        "PATCH": uploads.patch_upload,
        "PUT": uploads.put_upload,
        "DELETE": uploads.delete_upload,
    },
}


def distribution_app(services: DistributionServices) -> AsgiApp:
    """Build the application that answers everything under /v2/."""
    api = Api(services)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send, idle=services.limits.idle_client)
        try:
            await _answer(api, exchange)
        except ClientGone:
            return
        except LadingError as error:
            if exchange.is_answered:  # breaking the connection is the only honest signal left
                logger().warning("an answer broke off", code=error.code, said=str(error))
                return
            await _refuse(api, exchange, error)

    return app


async def _answer(api: Api, exchange: Exchange) -> None:
    route = find_route(exchange.path)
    if route.kind is Kind.TOKEN:  # its callers have no token yet
        await tokens.answer(api, exchange)
        return
    namespace = exchange.parameter("ns")
    if namespace and route.repository:
        route = await _for_namespace(api, route, namespace)
    handlers = _HANDLERS[route.kind]
    handler = handlers.get(exchange.method)
    caller = await api.credentials.caller_of(exchange)
    if handler is None:
        raise Malformed(
            "method-unsupported",
            f"{exchange.method[:20]} is not for this path",
            details={"allow": ", ".join(handlers)},
        )
    await handler(Call(api, exchange, caller, route))


async def _for_namespace(api: Api, route: Route, namespace: str) -> Route:
    """What containerd means when it asks a mirror: ``?ns=`` names the registry that it wants (rule 3 of
    ``registry.upstreams``)."""
    caches = await api.run(api.services.caches)
    return replace(route, repository=check_repository(caches.for_namespace(route.repository, namespace)))


async def _refuse(api: Api, exchange: Exchange, error: LadingError) -> None:
    answer = oci_answer(error)
    headers: Headers = []
    if isinstance(error, Unauthenticated):
        headers.append(header(b"www-authenticate", api.credentials.challenge(exchange, error)))
    if "allow" in error.details:
        headers.append(header(b"allow", error.details["allow"]))
    if "retry_after" in error.details:
        headers.append(header(b"retry-after", error.details["retry_after"]))
    if answer.status == 416 and "size" in error.details:
        headers.append(header(b"content-range", f"bytes */{error.details['size']}"))
    await exchange.respond_json(
        answer.status, error_document(answer.code, str(error), dict(error.details)), headers
    )

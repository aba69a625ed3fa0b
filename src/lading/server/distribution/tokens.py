"""The token service (distribution project, "Token Authentication" and "OAuth2 Token Authentication").

GET takes HTTP Basic or nobody's credentials; POST takes the form of OAuth 2 (RFC 6749, section 4.3). Refresh
tokens are not given out: a robot has its password, a person a session.
"""

from urllib.parse import parse_qs

from lading.access.principal import ANONYMOUS, Principal
from lading.access.token_scopes import parse_scopes
from lading.foundation.errors import LadingError, Malformed, Unauthenticated
from lading.foundation.instants import rfc3339
from lading.registry.oci_errors import error_document, oci_answer
from lading.server.distribution.api import Api
from lading.server.distribution.exchange import Exchange

_MAX_FORM = 64 << 10  # bytes
_NO_STORE = [(b"cache-control", b"no-store")]


async def answer(api: Api, exchange: Exchange) -> None:
    """Give out a token, or say in the client's protocol why not."""
    match exchange.method:
        case "GET":
            await _answer_get(api, exchange)
        case "POST":
            await _answer_post(api, exchange)
        case _:
            raise Malformed(
                "method-unsupported", "tokens are asked for by GET or POST", details={"allow": "GET, POST"}
            )


async def _answer_get(api: Api, exchange: Exchange) -> None:
    authorization = exchange.header(b"authorization")
    try:
        principal = ANONYMOUS
        if authorization is not None:
            scheme, _, encoded = authorization.partition(" ")
            if scheme.lower() != "basic":
                raise Unauthenticated("credentials-invalid", "ask for a token with a name and a password")
            principal = await api.credentials.by_password(exchange, encoded.strip())
        document = await _issue(
            api, exchange, principal, exchange.parameters("scope"), exchange.parameter("service")
        )
    except Unauthenticated as error:
        challenge = (b"www-authenticate", b'Basic realm="lading"')
        body = error_document(oci_answer(error).code, str(error))
        await exchange.respond_json(401, body, [challenge, *_NO_STORE])
        return
    await exchange.respond_json(200, document, _NO_STORE)


async def _answer_post(api: Api, exchange: Exchange) -> None:
    form = _parse_form(await exchange.read_body(max_bytes=_MAX_FORM, code="form-too-large", what="the form"))
    grant = form.get("grant_type", [""])[0]
    if grant != "password":
        await _refuse_grant(
            exchange,
            "unsupported_grant_type",
            Malformed("grant-unsupported", "only the grant type password is supported"),
        )
        return
    try:
        name, password = form.get("username", [""])[0], form.get("password", [""])[0]
        principal = await api.credentials.sign_in(exchange, name, password)
        document = await _issue(
            api, exchange, principal, form.get("scope", []), next(iter(form.get("service", [])), None)
        )
    except Unauthenticated as error:
        await _refuse_grant(exchange, "invalid_grant", error)
        return
    await exchange.respond_json(200, document, _NO_STORE)


async def _issue(
    api: Api, exchange: Exchange, principal: Principal, scope_texts: list[str], service: str | None
) -> dict[str, object]:
    if service is not None and service != api.services.service:
        raise Malformed("service-unknown", f"there are no tokens here for the service {service[:160]!r}")
    scopes = parse_scopes(scope_texts)
    issued = await api.run(
        lambda: api.services.issue_token(principal, scopes, request_id=exchange.request_id)
    )
    return {
        "token": issued.token,
        "access_token": issued.token,
        "expires_in": issued.expires_in,
        "issued_at": rfc3339(issued.issued_at),
        "scope": " ".join(str(scope) for scope in issued.scopes),
    }


def _parse_form(body: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(body.decode("utf-8"), max_num_fields=100)
    except ValueError as error:  # also what is not UTF-8
        raise Malformed("form-invalid", "the body is not a form") from error


async def _refuse_grant(exchange: Exchange, reason: str, error: LadingError) -> None:
    """Answer as RFC 6749, section 5.2 asks, with the registry's own errors beside it."""
    document = {
        "error": reason,
        "error_description": str(error),
        **error_document(oci_answer(error).code, str(error)),
    }
    await exchange.respond_json(oci_answer(error).status, document, _NO_STORE)

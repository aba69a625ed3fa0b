"""The token service (distribution project, "Token Authentication" and "OAuth2 Token Authentication").

GET takes HTTP Basic or nobody's credentials; POST takes the form of OAuth 2 (RFC 6749, section 4.3), and that
of token exchange (RFC 8693), by which a CI job gets a token of ours for the one that its platform gave it.
Refresh tokens are not given out: a robot has its password, a person a session.
"""

from urllib.parse import parse_qs

from lading.access.principal import ANONYMOUS, Principal
from lading.access.token_scopes import parse_scopes
from lading.foundation.errors import Forbidden, LadingError, Malformed, Unauthenticated
from lading.foundation.instants import rfc3339
from lading.registry.oci_errors import error_document, oci_answer
from lading.server.distribution.api import Api
from lading.server.distribution.credentials import token_in
from lading.server.distribution.exchange import Exchange
from lading.workflows.registry_tokens import IssuedToken

_MAX_FORM = 64 << 10  # bytes
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 -- the name of a type
_JOB_TOKENS = frozenset({"urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"})
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
            held = token_in(encoded.strip())
            if held is not None:
                await exchange.respond_json(200, await _narrow(api, exchange, held), _NO_STORE)
                return
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
    if grant == _EXCHANGE:
        await _answer_exchange(api, exchange, form)
        return
    if grant != "password":
        await _refuse_grant(
            exchange,
            "unsupported_grant_type",
            Malformed("grant-unsupported", "the grant types are password and token-exchange"),
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


async def _answer_exchange(api: Api, exchange: Exchange, form: dict[str, list[str]]) -> None:
    """Answer as RFC 8693, section 2 asks."""
    try:
        if form.get("subject_token_type", [""])[0] not in _JOB_TOKENS:
            raise Malformed("token-type-unsupported", f"subject_token_type is one of {sorted(_JOB_TOKENS)}")
        _check_service(api, next(iter(form.get("service", [])), None))
        token, scopes = form.get("subject_token", [""])[0], parse_scopes(form.get("scope", []))
        request_id = exchange.request_id
        issued = await api.run(lambda: api.services.jobs.exchange(token, scopes, request_id=request_id))
    except (Unauthenticated, Malformed) as error:
        await _refuse_grant(exchange, "invalid_request", error)
        return
    except Forbidden as error:
        await _refuse_grant(exchange, "invalid_scope", error)
        return
    document = {**_document(issued), "issued_token_type": _ACCESS_TOKEN, "token_type": "Bearer"}
    await exchange.respond_json(200, document, _NO_STORE)


async def _narrow(api: Api, exchange: Exchange, token: str) -> dict[str, object]:
    _check_service(api, exchange.parameter("service"))
    scopes = parse_scopes(exchange.parameters("scope"))
    return _document(await api.run(lambda: api.services.jobs.narrow(token, scopes)))


def _check_service(api: Api, service: str | None) -> None:
    if service is not None and service != api.services.service:
        raise Malformed("service-unknown", f"there are no tokens here for the service {service[:160]!r}")


async def _issue(
    api: Api, exchange: Exchange, principal: Principal, scope_texts: list[str], service: str | None
) -> dict[str, object]:
    _check_service(api, service)
    scopes = parse_scopes(scope_texts)
    issued = await api.run(
        lambda: api.services.issue_token(principal, scopes, request_id=exchange.request_id)
    )
    return _document(issued)


def _document(issued: IssuedToken) -> dict[str, object]:
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

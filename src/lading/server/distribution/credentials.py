"""Who is calling: from the Authorization header to a Caller, and the challenge for those who are nobody.

1. A bearer token is judged once and remembered by its digest, for a minute at most and never longer than it
   is valid: so that a key that was retired, or an account that was disabled, stops working soon.
2. A name and password are checked by the sign-in workflow (Argon2id, which is slow on purpose) and the
   outcome is remembered for half a minute under a keyed digest; the password itself is not kept. Failures
   are never remembered: each one counts.
3. A token may also come as the password of the name TOKEN_USER: container clients know nothing else.
4. A personal token, as a password or as a bearer token, is looked up each time: no memory of it is kept
   here, so that revoking it counts with the next request. What the token service gave for it lives on for
   the few minutes that registry tokens have.
5. No header means a caller without rights, who is told where to get a token.
"""

import asyncio
import base64
import hashlib
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Generic, TypeVar

from lading.access.personal_token import is_personal_token
from lading.access.principal import ANONYMOUS, Principal
from lading.access.token_claims import RefusedToken, ValidToken
from lading.foundation.errors import Unauthenticated
from lading.registry.caller import BoundRights, Caller, NeedsScope, TokenRights
from lading.server.distribution.exchange import Exchange
from lading.server.distribution.services import DistributionServices
from lading.workflows.registry_tokens import verify_registry_token

TOKEN_USER = "@token"  # noqa: S105 -- a name, which no account can have
_TOKEN_SECONDS = 60
_PASSWORD_SECONDS = 30
_REMEMBERED = 10_000
_HOST = re.compile(r"[A-Za-z0-9.:\[\]_-]{1,255}\Z")

T = TypeVar("T")


class TokenRefused(Unauthenticated):
    """A bearer token that is not believed; the client should get a fresh one."""


class _Remembered(Generic[T]):
    """A few values, each until its moment has passed; the oldest go first when there are too many."""

    def __init__(self) -> None:
        self._values: OrderedDict[bytes, tuple[float, T]] = OrderedDict()

    def get(self, key: bytes, now: float) -> T | None:
        found = self._values.get(key)
        if found is None:
            return None
        if now >= found[0]:
            del self._values[key]
            return None
        return found[1]

    def put(self, key: bytes, value: T, until: float) -> None:
        self._values[key] = (until, value)
        if len(self._values) > _REMEMBERED:
            self._values.popitem(last=False)


class Credentials:
    """Knows callers by their Authorization header."""

    def __init__(self, services: DistributionServices) -> None:
        self._services = services
        self._tokens: _Remembered[tuple[Principal, TokenRights]] = _Remembered()
        self._passwords: _Remembered[Principal] = _Remembered()
        self._key = secrets.token_bytes(32)

    async def caller_of(self, exchange: Exchange) -> Caller:
        """Return the caller; raise Unauthenticated for credentials that prove nothing."""
        authorization = exchange.header(b"authorization")
        if authorization is None:
            return Caller(ANONYMOUS, TokenRights(()), exchange.request_id)
        scheme, _, value = authorization.partition(" ")
        match scheme.lower():
            case "bearer" if is_personal_token(value.strip()):
                principal = await self.sign_in(exchange, "", value.strip())
                return await self._bound(exchange, principal)
            case "bearer":
                principal, rights = await self._by_token(value.strip())
                return Caller(principal, rights, exchange.request_id)
            case "basic" if (token := token_in(value.strip())) is not None:
                principal, rights = await self._by_token(token)
                return Caller(principal, rights, exchange.request_id)
            case "basic":
                principal = await self.by_password(exchange, value.strip())
                return await self._bound(exchange, principal)
        raise Unauthenticated("credentials-invalid", "the Authorization header is neither Basic nor Bearer")

    async def by_password(self, exchange: Exchange, encoded: str) -> Principal:
        """Check the credentials of HTTP Basic (RFC 7617)."""
        name, password = _decode_basic(encoded)
        return await self.sign_in(exchange, name, password)

    async def sign_in(self, exchange: Exchange, name: str, password: str) -> Principal:
        """Check a name and a password or personal token, by rules 2 and 4."""
        now = self._services.clock().timestamp()
        key = hashlib.blake2b(f"{name}\0{password}".encode(), key=self._key).digest()
        principal = self._passwords.get(key, now)
        if principal is None:
            address, request_id = exchange.client_address, exchange.request_id
            principal = await self._run(
                lambda: self._services.sign_in(name, password, address=address, request_id=request_id)
            )
            if not is_personal_token(password):
                self._passwords.put(key, principal, now + _PASSWORD_SECONDS)
        return principal

    def challenge(self, exchange: Exchange, error: Unauthenticated) -> str:
        """Write the WWW-Authenticate header that leads the client to the token service."""
        origin = self._services.public_url.rstrip("/") or _safe_origin(exchange)
        parts = [f'realm="{origin}/v2/token"', f'service="{self._services.service}"']
        if isinstance(error, NeedsScope):
            parts.append(f'scope="{error.scope}"')
            if exchange.header(b"authorization") is not None:
                parts.append('error="insufficient_scope"')
        elif isinstance(error, TokenRefused):
            parts.append('error="invalid_token"')
        return "Bearer " + ",".join(parts)

    async def _bound(self, exchange: Exchange, principal: Principal) -> Caller:
        bindings = await self._run(self._services.bindings)
        return Caller(principal, BoundRights(bindings), exchange.request_id)

    async def _by_token(self, token: str) -> tuple[Principal, TokenRights]:
        services = self._services
        moment = services.clock()
        now = moment.timestamp()
        key = hashlib.sha256(token.encode()).digest()
        known = self._tokens.get(key, now)
        if known is not None:
            return known
        verdict = await self._run(
            lambda: verify_registry_token(
                services.records, services.tokens, token, moment, audience=services.service
            )
        )
        match verdict:
            case ValidToken(claims):
                known = (claims.principal, TokenRights(claims.scopes))
                self._tokens.put(key, known, min(now + _TOKEN_SECONDS, claims.expires_at))
                return known
            case RefusedToken(refusal, message):
                raise TokenRefused(
                    "token-refused", message, hint="sign in again", details={"reason": str(refusal)}
                )

    async def _run(self, work: Callable[[], T]) -> T:
        return await run_blocking(self._services.executor, work)


async def run_blocking(executor: Executor, work: Callable[[], T]) -> T:
    """Run what blocks off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(executor, work)


def token_in(encoded: str) -> str | None:
    """The token in the credentials of HTTP Basic, where they are one (rule 3)."""
    name, password = _decode_basic(encoded)
    return password if name == TOKEN_USER else None


def _decode_basic(encoded: str) -> tuple[str, str]:
    try:
        name, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError as error:  # also what is not ASCII, which is no binascii.Error
        raise Unauthenticated("credentials-invalid", "the Basic credentials are not encoded") from error
    if not colon or not name:
        raise Unauthenticated("credentials-invalid", "the Basic credentials name nobody")
    return name, password


def _safe_origin(exchange: Exchange) -> str:
    scheme, _, host = exchange.origin.partition("://")
    return f"{scheme}://{host}" if _HOST.match(host) else f"{scheme}://localhost"

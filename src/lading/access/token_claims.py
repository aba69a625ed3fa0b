"""What a registry token says, and whether to believe it now.

The signature has been verified before anything here is read (see the ``tokens`` port). Then, in order:

1. The claims have the types they must have; a missing one is as bad as a wrong one.
2. The issuer is this server.
3. The audience is the service that is being asked.
4. The token is not yet expired, and already valid. Only the second check has some leeway, for clocks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from lading.access.principal import Principal, PrincipalKind
from lading.access.token_scopes import MAX_SCOPES, Scope
from lading.foundation.errors import Malformed

LEEWAY = 30  # seconds that the clock of another server may be ahead of ours


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """A token's content. Times are whole seconds since 1970, UTC.

    ``principal`` carries no groups and is never an administrator: a token can do what its scopes say, not
    what its holder could.
    """

    issuer: str
    audience: str
    principal: Principal
    scopes: tuple[Scope, ...]
    issued_at: int
    not_before: int
    expires_at: int
    token_id: str


class TokenRefusal(StrEnum):
    """Why a token is not believed."""

    MALFORMED = "malformed"
    ALGORITHM = "algorithm-not-allowed"
    UNKNOWN_KEY = "unknown-key"
    SIGNATURE = "signature-wrong"
    CLAIMS = "claims-invalid"
    ISSUER = "wrong-issuer"
    AUDIENCE = "wrong-audience"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    DISABLED = "principal-disabled"


@dataclass(frozen=True, slots=True)
class ValidToken:
    """A token to believe."""

    claims: TokenClaims


@dataclass(frozen=True, slots=True)
class RefusedToken:
    """A token not to believe, and why; ``message`` is for logs and never quotes the token."""

    refusal: TokenRefusal
    message: str


TokenVerdict: TypeAlias = ValidToken | RefusedToken


def claims_to_json(claims: TokenClaims) -> dict[str, Any]:
    """Give the claims as the JWT claim set of the distribution project's token specification."""
    return {
        "iss": claims.issuer,
        "aud": claims.audience,
        "sub": str(claims.principal),
        "access": [
            {"type": scope.type, "name": scope.name, "actions": sorted(scope.actions)}
            for scope in claims.scopes
        ],
        "iat": claims.issued_at,
        "nbf": claims.not_before,
        "exp": claims.expires_at,
        "jti": claims.token_id,
    }


def check_claims(document: Mapping[str, Any], *, issuer: str, audience: str, now: int) -> TokenVerdict:
    """Judge the claim set of a token whose signature is good; never raises for a bad claim set."""
    # Step 1.
    try:
        claims = _parse_claims(document)
    except Malformed as error:
        return RefusedToken(TokenRefusal.CLAIMS, error.message)
    # Step 2.
    if claims.issuer != issuer:
        return RefusedToken(TokenRefusal.ISSUER, f"the token was issued by {claims.issuer[:160]!r}")
    # Step 3.
    if claims.audience != audience:
        return RefusedToken(TokenRefusal.AUDIENCE, f"the token is for {claims.audience[:160]!r}")
    # Step 4.
    if now >= claims.expires_at:
        return RefusedToken(TokenRefusal.EXPIRED, f"the token expired {now - claims.expires_at} s ago")
    if now + LEEWAY < claims.not_before:
        return RefusedToken(TokenRefusal.NOT_YET_VALID, f"valid only in {claims.not_before - now} s")
    return ValidToken(claims)


def _parse_claims(document: Mapping[str, Any]) -> TokenClaims:
    return TokenClaims(
        issuer=_text(document, "iss"),
        audience=_text(document, "aud"),
        principal=_principal(_text(document, "sub")),
        scopes=_scopes(document.get("access")),
        issued_at=_seconds(document, "iat"),
        not_before=_seconds(document, "nbf"),
        expires_at=_seconds(document, "exp"),
        token_id=_text(document, "jti"),
    )


_HOLDERS = {PrincipalKind.PERSON, PrincipalKind.ROBOT, PrincipalKind.JOB, PrincipalKind.ANONYMOUS}


def _principal(text: str) -> Principal:
    kind, _, name = text.partition(":")
    if kind not in _HOLDERS or not name:
        raise Malformed("claims-invalid", "sub names no principal")
    return Principal(PrincipalKind(kind), name)


def _scopes(value: object) -> tuple[Scope, ...]:
    if not isinstance(value, list) or len(value) > MAX_SCOPES:
        raise Malformed("claims-invalid", "access must be a list")
    return tuple(_scope(entry) for entry in value)


def _scope(entry: object) -> Scope:
    if isinstance(entry, dict):
        type_, name, actions = entry.get("type"), entry.get("name"), entry.get("actions")
        if isinstance(type_, str) and isinstance(name, str) and isinstance(actions, list):
            texts = frozenset(action for action in actions if isinstance(action, str))
            if len(texts) == len(actions):
                return Scope(type_, name, texts)
    raise Malformed("claims-invalid", "an entry of access must have a type, a name and distinct actions")


def _text(document: Mapping[str, Any], claim: str) -> str:
    value = document.get(claim)
    if not isinstance(value, str) or not value:
        raise Malformed("claims-invalid", f"{claim} must be a string")
    return value


def _seconds(document: Mapping[str, Any], claim: str) -> int:
    value = document.get(claim)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed("claims-invalid", f"{claim} must be a number of seconds")
    return value

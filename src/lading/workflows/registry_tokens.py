"""Tokens of the registry: given out for what the bindings allow, believed while their holder may act."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.access.bindings import Bindings
from lading.access.principal import Principal
from lading.access.token_claims import RefusedToken, TokenClaims, TokenRefusal, TokenVerdict
from lading.access.token_scopes import Scope, grant_scopes
from lading.ports.records.record_set import Records
from lading.ports.tokens import Tokens
from lading.workflows.rights import current_principal

LIFETIME = timedelta(minutes=5)  # long enough to begin any request; clients ask anew when it has ended


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token, and what of the wish it grants."""

    token: str
    scopes: tuple[Scope, ...]
    issued_at: datetime
    expires_in: int  # seconds


def issue_registry_token(
    tokens: Tokens,
    principal: Principal,
    requested: tuple[Scope, ...],
    bindings: Bindings,
    now: datetime,
    *,
    audience: str,
    token_id: str,
) -> IssuedToken:
    """Sign a token for what ``principal`` may do of what is asked for.

    Who may do nothing of it gets a token for nothing: the registry then says what was missing.
    """
    scopes = grant_scopes(principal, requested, bindings)
    issued = int(now.timestamp())
    seconds = int(LIFETIME.total_seconds())
    claims = TokenClaims(
        issuer=tokens.issuer,
        audience=audience,
        principal=Principal(principal.kind, principal.name),
        scopes=scopes,
        issued_at=issued,
        not_before=issued,
        expires_at=issued + seconds,
        token_id=token_id,
    )
    return IssuedToken(tokens.issue(claims), scopes, now, seconds)


def verify_registry_token(
    records: Records, tokens: Tokens, token: str, now: datetime, *, audience: str
) -> TokenVerdict:
    """Judge a token, and whether its holder may act now: a disabled account's tokens end with it."""
    verdict = tokens.verify(token, audience=audience, now=int(now.timestamp()))
    if isinstance(verdict, RefusedToken):
        return verdict
    principal = verdict.claims.principal
    with records.read() as kept:
        if current_principal(kept.people, principal, now) is None:
            return RefusedToken(TokenRefusal.DISABLED, f"{principal} may not sign in any more")
    return verdict

"""Browsers that are signed in.

The cookie holds a random token; records hold its digest, so that a copied table opens nothing. Rights are not
kept in the session: they are looked up at each request, so that a change of them works on the next one.

A session whose second factor is still owed opens nothing but the page that asks for it, and is never made a
whole one: a new token is.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.access.principal import Principal, PrincipalKind
from lading.audit.entry import Event
from lading.foundation.instants import rfc3339
from lading.ports.records.people import BrowserSession, User
from lading.ports.records.record_set import Records
from lading.workflows.rights import current_principal
from lading.workflows.second_factors import has_factor

HALF = timedelta(minutes=5)  # that a second factor may be owed
LIFETIME = timedelta(hours=12)  # OWASP ASVS 4.0, 3.3.2, level 2
MIN_TOKEN = 32  # characters; ours have 43, which is 256 bits


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser that is signed in, with the rights of this moment."""

    principal: Principal
    must_change: bool
    expires_at: datetime
    user: User | None = None  # None for who is no person
    factor: bool = False  # has a second factor


def open_session(
    records: Records,
    principal: Principal,
    token: str,
    now: datetime,
    *,
    lifetime: timedelta = LIFETIME,
    factor_due: bool = False,
) -> datetime:
    """Begin a session of a principal who has just signed in; return when it ends.

    ``token`` is fresh, random, and given to nobody but this browser.
    """
    if len(token) < MIN_TOKEN:
        raise ValueError(f"a session's token has at least {MIN_TOKEN} random characters")
    expires_at = now + lifetime
    with records.write() as kept:
        kept.people.drop_expired_sessions(now=now)
        kept.people.open_session(BrowserSession(_digest(token), principal, now, expires_at, factor_due))
    return expires_at


def find_session(records: Records, token: str, now: datetime) -> OpenSession | None:
    """Whose session this is; None when it is nobody's, has ended, or its principal may not act any more."""
    with records.read() as kept:
        session = kept.people.session(_digest(token), now=now)
        if session is None or session.factor_due:
            return None
        principal = current_principal(kept.people, session.principal, now)
        if principal is None:
            return None
        user = kept.people.user(principal.name) if principal.kind is PrincipalKind.PERSON else None
        factor = user is not None and has_factor(kept, user.name)
    return OpenSession(principal, user is not None and user.must_change, session.expires_at, user, factor)


def find_half_session(records: Records, token: str, now: datetime) -> Principal | None:
    """Who owes the second factor; None for every other token."""
    with records.read() as kept:
        session = kept.people.session(_digest(token), now=now)
        if session is None or not session.factor_due:
            return None
        return current_principal(kept.people, session.principal, now)


def close_session(records: Records, token: str, now: datetime, *, request_id: str = "") -> None:
    """Sign the browser out; harmless to repeat."""
    digest = _digest(token)
    with records.write() as kept:
        session = kept.people.session(digest, now=now)
        kept.people.close_session(digest)
        if session is not None:
            who = str(session.principal)
            event = Event(rfc3339(now), who, "sign-out.succeed", "console", "done", {}, request_id)
            kept.audit.append(event)


def _digest(token: str) -> str:
    """The token has 256 random bits, so a plain digest of it cannot be guessed back."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

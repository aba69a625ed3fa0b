"""Signing in by OpenID Connect: the authorization code flow with PKCE, as values.

1. A sign-in begins with four values that nobody can guess, made for this one attempt and kept by the browser
   that began it: ``state`` ties the answer to the browser (RFC 6749, 10.12), ``nonce`` ties the token to the
   attempt (Core 1.0, 3.1.2.1), ``verifier`` makes a stolen code worthless (RFC 7636, S256 only).
2. The answer is believed only by the browser that asked, for the provider that was asked, within LONGEST.
3. Where the provider says that it names itself in answers, it must; where it does, it must be the one that
   was asked (RFC 9207). Each provider also has a redirect address of its own, so that an answer of one cannot
   be taken for another's even where it does not (mix-up).
4. Claims are read only after the signature has been verified with a pinned algorithm. Then: issuer exactly,
   audience, authorized party, times, nonce.
5. Clocks may differ by LEEWAY seconds where a token says when it begins. When it ends, it has ended.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import urlencode, urlsplit

from lading.access.directory import DirectoryPerson, GroupRules, NotAPerson, directory_person
from lading.access.token_claims import LEEWAY

LONGEST = 600  # seconds that somebody may take at the provider
MAX_TOKEN_AGE = 600  # seconds since the token was issued: it comes straight from the provider


@dataclass(frozen=True, slots=True)
class OpenIdProvider:
    """A provider that people sign in with. Its keys are fetched, or read from ``jwks_file``."""

    name: str  # in addresses, and in the audit log
    label: str  # on the sign-in page
    url: str  # the `iss` of its tokens, exactly
    client_id: str
    client_secret: str = field(default="", repr=False)
    algorithms: tuple[str, ...] = ("RS256",)
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    name_claim: str = "preferred_username"
    groups_claim: str = "groups"
    groups: GroupRules = field(default_factory=GroupRules)
    newcomers: bool = True  # whether somebody without an account gets one at their first sign-in
    jwks_file: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that was begun. All of it is the browser's own, and secret from everybody else (rule 1)."""

    provider: str
    state: str
    nonce: str
    verifier: str
    after: str  # the page to go to afterwards
    begun: int  # seconds since 1970

    def __repr__(self) -> str:
        """Never the secrets."""
        return f"Attempt(provider={self.provider!r}, begun={self.begun!r})"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What of a provider's metadata matters here (Discovery 1.0; RFC 8414)."""

    authorization: str
    token: str
    names_itself: bool  # in the answer (RFC 9207)
    secret_in_form: bool = False  # takes the client's secret in the form, and not by HTTP Basic


@dataclass(frozen=True, slots=True)
class Refused:
    """Nobody is signed in. ``reason`` is for the audit log, and quotes nothing of token, code or secrets."""

    reason: str


Answered: TypeAlias = str | Refused  # the code


def authorization_url(
    provider: OpenIdProvider, endpoints: Endpoints, attempt: Attempt, redirect_uri: str
) -> str:
    """Where to send the browser."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest())
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(provider.scopes),
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": challenge.rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    joint = "&" if urlsplit(endpoints.authorization).query else "?"
    return f"{endpoints.authorization}{joint}{urlencode(query)}"


def check_answer(
    provider: OpenIdProvider,
    endpoints: Endpoints,
    attempt: Attempt | None,
    answer: Mapping[str, str],
    now: int,
) -> Answered:
    """Judge what came back with the browser, by rules 2 and 3; give the code."""
    # Rule 2.
    if attempt is None or attempt.provider != provider.name:
        return Refused("this browser has begun no sign-in with this provider")
    if not hmac.compare_digest(answer.get("state", "").encode(), attempt.state.encode()):
        return Refused("the answer is not to the sign-in that this browser has begun")
    if not 0 <= now - attempt.begun <= LONGEST:
        return Refused("the sign-in took too long")
    # Rule 3.
    named = answer.get("iss")
    if named is None and endpoints.names_itself:
        return Refused("the answer does not say which provider it is from")
    if named is not None and named != provider.url:
        return Refused("the answer is from another provider than the one that was asked")
    if "error" in answer:
        return Refused(f"the provider said {_plain(answer['error'])}")
    code = answer.get("code", "")
    return code or Refused("the answer has no code")


def judge_identity(
    provider: OpenIdProvider, claims: Mapping[str, Any], nonce: str, now: int
) -> DirectoryPerson | Refused:
    """Judge the claims of a token that a key of the provider has signed, by rules 4 and 5."""
    reason = _wrong_token(provider, claims, nonce, now)
    if reason:
        return Refused(reason)
    groups = _groups(provider, claims)
    if isinstance(groups, Refused):
        return groups
    subject = claims.get("sub")
    name = claims.get(provider.name_claim)
    if provider.name_claim == "email" and claims.get("email_verified") is not True:
        return Refused("the provider has not verified the mail address that the account is named by")
    person = directory_person(
        provider.name, subject if isinstance(subject, str) else "", name, groups, provider.groups
    )
    return Refused(person.reason) if isinstance(person, NotAPerson) else person


def _wrong_token(provider: OpenIdProvider, claims: Mapping[str, Any], nonce: str, now: int) -> str:
    if claims.get("iss") != provider.url:
        return "the token names another issuer than the one whose key signed it"
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or provider.client_id not in audiences:
        return "the token is for another client"
    party = claims.get("azp")
    if (party is not None or len(audiences) > 1) and party != provider.client_id:
        return "the token was given to another client"
    issued, expires = _seconds(claims.get("iat")), _seconds(claims.get("exp"))
    begins = _seconds(claims.get("nbf", claims.get("iat")))
    if issued is None or expires is None or begins is None:
        return "iat, exp or nbf is missing or no number of seconds"
    # Rule 5.
    if now >= expires:
        return f"the token expired {now - expires} s ago"
    if max(issued, begins) > now + LEEWAY:
        return "the token is not valid yet: is the clock right, here and at the provider?"
    if now - issued > MAX_TOKEN_AGE:
        return f"the token was issued {now - issued} s ago"
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        return "the token is not for this sign-in"
    return ""


def _groups(provider: OpenIdProvider, claims: Mapping[str, Any]) -> list[str] | Refused:
    """No claim is no group. One that cannot be read, or was left out for its length, is not: rights of groups
    that somebody has would be taken from them unseen (Entra ID names left-out claims in `_claim_names`)."""
    elsewhere = claims.get("_claim_names")
    if isinstance(elsewhere, dict) and provider.groups_claim in elsewhere:
        return Refused("the provider left the groups out of the token: they are too many")
    value = claims.get(provider.groups_claim, [])
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(group, str) for group in listed):
        return Refused(f"the claim {provider.groups_claim} is no list of names")
    return listed


def _seconds(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1 << 53:
        return None
    return int(value)


def _plain(text: str) -> str:
    return "".join(character for character in text[:80] if character.isalnum() or character in "_-. ")
